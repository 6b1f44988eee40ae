"""What offers may take off in a week: each journal partition keeps to its share of the budget.

What they took off is a decayed sum of one partition's orders that an offer came with, whose mean
age is a week: at a steady rate it is what a week costs. It is kept with the partition's state, so
it is exact over crashes, and no partition waits for another. Where it has reached the share,
offers are ruled out until it has fallen below it. No order counts for more than four shares: one of
an absurd size rules them out for ten days, not for months.
"""

from math import log

from models import decay
from models.programme.flows import Programme

_NEARLY = 1.0 - 1e-9
"""A level is a logarithm: an order of just the share may come back as hardly less."""
_MOST_SHARES = 4.0
"""Most that one order counts for."""
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


def _share(programme: Programme, partitions: int) -> float | None:
    budget = programme.discounts_per_week
    return None if budget is None else budget / partitions


def counting(discount: float, programme: Programme, partitions: int) -> float:
    """How much of what an offer took off counts.

    Args:
        partitions: How many share the budget; 1 or more.
    """
    share = _share(programme, partitions)
    return discount if share is None else min(discount, _MOST_SHARES * share)


def reached(level: float, now_ms: int, programme: Programme, partitions: int) -> bool:
    """Whether a partition's share of the programme's budget is spent."""
    share = _share(programme, partitions)
    return share is not None and taken_off(level, now_ms) >= share * _NEARLY
