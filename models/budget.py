"""What offers may take off in a week: each journal partition keeps to its share of the budget.

What they took off is a decayed sum of one partition's orders that an offer came with, whose mean
age is a week: at a steady rate it is what a week costs. It is kept with the partition's state, so
it is exact over crashes, and no partition waits for another. Where it has reached the share,
offers are ruled out until it has fallen below it.
"""

from math import log

from models import decay
from models.flows import Programme

_HALF_LIFE_MS = 7.0 * decay.DAY_MS * log(2.0)


def raised(level: float, discount: float, at_ms: int) -> float:
    """The partition's level after an offer took off so much.

    Args:
        level: See `models.decay`; `decay.EMPTY` where no offer has taken anything off.
        discount: In the shop's currency, 0 or more.
        at_ms: When, epoch milliseconds.
    """
    return decay.raised(level, discount, at_ms, _HALF_LIFE_MS)


def taken_off(level: float, now_ms: int) -> float:
    """What offers took off in about the last week, in the shop's currency."""
    return decay.value(level, now_ms, _HALF_LIFE_MS)


def reached(level: float, now_ms: int, programme: Programme, partitions: int) -> bool:
    """Whether a partition's share of the programme's budget is spent.

    Args:
        partitions: How many share it; 1 or more.
    """
    budget = programme.discounts_per_week
    if budget is None:  # asked for every event
        return False
    return taken_off(level, now_ms) >= budget / partitions
