"""The purchase model: how likely an order is within some days, and how many are to be expected.

Two regressions of rates (`models.intent.rates`) over the windows after a moment
(`models.intent.ahead`): of a first order, given that none came before the window; and of all
orders. The chance of an order within some days is one less what is left after all windows, so a
person who is likely to order often isn't taken for one who is sure to order. Both learn a window
when it has closed, of everybody sampled, ordered or not: nothing that isn't known yet counts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul

import numpy as np
from numpy.typing import NDArray

from models.intent import ahead
from models.intent.ahead import EDGES_DAYS, FADING, LEVELLING
from models.intent.rates import RateRegression

Numbers = NDArray[np.float64]

START = {
    "always": -5.0,
    "recent_quarter": 0.5,
    "recent_year": 0.5,
    "overdue": -0.3,
}
"""What is assumed before anything is learned: who ordered lately, and often, orders sooner."""

_FADES = {"ahead": -0.2, "idle_ahead": -0.2}
LENGTHS_DAYS = [end - start for start, end in pairwise(EDGES_DAYS)]
_SHARE = {"first": 0.0, "orders": 1.0}
"""By regression, its `extra`: whether a first order came doesn't vary beyond chance."""


@dataclass(frozen=True, slots=True)
class Moments:
    """What was seen of people at a moment, a row each.

    Attributes:
        inputs: By position of the model's names.
        age: Days since the first order; `idle` since the last one.
    """

    inputs: Numbers
    age: Numbers
    idle: Numbers

    @classmethod
    def of(cls, rows: Sequence[tuple[Sequence[float], float, float]]) -> "Moments":
        """From rows as `models.intent.history.inputs` gives them."""
        return cls(
            np.array([row[0] for row in rows], dtype=np.float64),
            np.array([row[1] for row in rows], dtype=np.float64),
            np.array([row[2] for row in rows], dtype=np.float64),
        )


class PurchaseModel:
    """Learns when people order next, and how often.

    Its size depends on the number of inputs alone: with eleven, 4 KB.

    Args:
        names: Of the inputs, by position.
        start: Weights assumed before anything is learned, by name.
        memory: Counts after which a count weighs 1/e; 0: everything is kept.
        spread: How unsure what is assumed is; see `RateRegression`.

    Attributes:
        learned: Windows of people learned from.
    """

    def __init__(
        self,
        names: Sequence[str],
        start: Mapping[str, float] | None = None,
        memory: float = 0.0,
        spread: float = 0.6,
    ) -> None:
        assumed = START if start is None else start
        self.names, self.memory, self.spread = tuple(names), memory, spread
        self.learned = 0
        self.first = RateRegression(
            (*self.names, *LEVELLING, *FADING),
            {**assumed, **_FADES},
            spread,
            extra=_SHARE["first"],
            memory=memory,
        )
        self.orders = RateRegression(
            (*self.names, *LEVELLING), assumed, spread, extra=_SHARE["orders"], memory=memory
        )

    def learn(
        self,
        moments: Moments,
        window: tuple[float, float],
        counts: Numbers,
        waiting: NDArray[np.bool_],
    ) -> None:
        """Learn from a window that has closed.

        Args:
            moments: What was seen at the moments the window comes after.
            window: Where it began and ended, days after each moment.
            counts: Orders of each in the window.
            waiting: Whether none had come between the moment and the window.
        """
        if not len(counts):
            return
        first, orders = self._rows(moments, window)
        days = window[1] - window[0]
        self.orders.learn(orders, counts, days)
        came = np.minimum(counts[waiting], 1.0)
        self.first.learn(first[waiting], came, days)
        self.learned += len(counts)

    def chances(self, moments: Moments, days: float) -> Numbers:
        """How likely each orders within some days after their moment."""
        hazard = np.zeros(len(moments.age))
        for window in ahead.windows(days):
            first, _ = self._rows(moments, window)
            hazard += self.first.expected(first, window[1] - window[0])
        return -np.expm1(-hazard)

    def hazards(self, inputs: Sequence[float], age: float, idle: float) -> list[float]:
        """How an order draws near for one person, window by window of `ahead.EDGES_DAYS`.

        The chance of an order by a window's end is one less the exponential of minus their sum up
        to it: what `chances` says, at the cost of one person.
        """
        weights: list[float] = self.first.weights.tolist()
        base = sum(map(mul, weights, inputs))
        one, two, three, four = weights[len(inputs) :]
        return [
            length * self.first.rate(base + one * a + two * b + three * c + four * d)
            for length, (a, b, c, d) in zip(LENGTHS_DAYS, ahead.of_one(age, idle), strict=True)
        ]

    def counts(self, moments: Moments, days: float) -> Numbers:
        """How many orders of each are to be expected within some days after their moment."""
        total = np.zeros(len(moments.age))
        for window in ahead.windows(days):
            _, orders = self._rows(moments, window)
            total += self.orders.expected(orders, window[1] - window[0])
        return total

    def _rows(self, moments: Moments, window: tuple[float, float]) -> tuple[Numbers, Numbers]:
        levelling, fading = ahead.columns(moments.age, moments.idle, *window)
        orders = np.concatenate([moments.inputs, levelling], axis=1)
        return np.concatenate([orders, fading], axis=1), orders
