"""What is kept of one person's orders: a handful of numbers, however many there are."""

from math import log, log1p

import msgspec

from models import bounds, decay
from models.decay import DAY_MS, EMPTY

HALF_LIVES_DAYS = (28.0, 91.0, 365.0)
"""Of the decayed counts of orders: a month, a quarter, a year."""

NAMES = (
    "always",
    "young",
    "new",
    "idle",
    "orders",
    "again",
    "recent_month",
    "recent_quarter",
    "recent_year",
    "order_value",
    "overdue",
)
"""Of what `inputs` gives, by position."""

_NOTHING = [0.0] * len(HALF_LIVES_DAYS)
_HELD = 0.1
"""Orders assumed beside each decayed count, so that its logarithm stays finite."""
_WEEK_DAYS = 7.0
_LIMIT = 4.0


class History(msgspec.Struct, array_like=True, gc=False):
    """A person's orders, as far as they say when the next one comes.

    Attributes:
        first_ms: The first order; `last_ms` the last one, epoch milliseconds, 0 for never.
        orders: How many; those of one day are one, so that a split basket isn't a habit.
        spent: What they came to, less what was paid back, in the shop's currency.
        levels: Decayed counts as levels (`models.decay`), one for each of `HALF_LIVES_DAYS`.
    """

    first_ms: int = 0
    last_ms: int = 0
    orders: int = 0
    spent: float = 0.0
    levels: tuple[float, float, float] = (EMPTY, EMPTY, EMPTY)

    def order(self, at_ms: int, value: float) -> bool:
        """Note an order, in whatever order they come; False where it is one with the last one."""
        self.spent = min(self.spent + bounds.money(value), bounds.MONEY)
        if self.orders and at_ms // DAY_MS == self.last_ms // DAY_MS:
            self.last_ms = max(self.last_ms, at_ms)
            return False
        self.first_ms = min(self.first_ms, at_ms) if self.orders else at_ms
        self.last_ms = max(self.last_ms, at_ms)
        self.orders += 1
        month, quarter, year = (
            decay.raised(level, 1.0, at_ms, half_life * DAY_MS)
            for level, half_life in zip(self.levels, HALF_LIVES_DAYS, strict=True)
        )
        self.levels = month, quarter, year
        return True

    def refund(self, value: float) -> None:
        """Take off what was paid back; how often the person orders stays."""
        self.spent = max(self.spent - bounds.money(value), 0.0)

    def decayed(self, now_ms: int) -> list[float]:
        """The decayed counts of orders at a moment."""
        if not self.orders:
            return _NOTHING
        return [
            decay.value(level, now_ms, half_life * DAY_MS)
            for level, half_life in zip(self.levels, HALF_LIVES_DAYS, strict=True)
        ]

    def gap_days(self) -> float:
        """Mean days between orders; 0 with fewer than two."""
        if self.orders < 2:
            return 0.0
        return (self.last_ms - self.first_ms) / DAY_MS / (self.orders - 1)


def inputs(history: History, now_ms: int) -> tuple[list[float], float, float]:
    """What the models see of a person who ordered, at a moment no order is later than.

    Returns:
        Numbers near -1 to 1 in the order of `NAMES`; days since the first order; since the last.
    """
    age = max(now_ms - history.first_ms, 0) / DAY_MS
    idle = max(now_ms - history.last_ms, 0) / DAY_MS
    orders = max(history.orders, 1)
    overdue = 0.0
    if orders > 1:
        overdue = log((idle + _WEEK_DAYS) / (history.gap_days() + _WEEK_DAYS)) / 2.0
    values = [
        1.0,
        age / (age + 28.0),
        age / (age + 112.0),
        log1p(idle / 28.0) / 2.0,
        log(orders) / 2.0,
        1.0 if orders > 1 else 0.0,
        *(log(count + _HELD) / 2.0 for count in history.decayed(now_ms)),
        log1p(history.spent / orders) / 4.0,
        overdue,
    ]
    return [min(max(value, -_LIMIT), _LIMIT) for value in values], age, idle
