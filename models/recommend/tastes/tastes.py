"""What tells tastes apart: a few numbers for each product, and what views say of a person's.

Products that the same visits look at, more than their categories and popularity explain, have
numbers that point the same way. So whoever looked at one is told to like others, of other
categories and never seen together with it.

The logarithm of how much likelier than anybody else a person looks at a product is taken for linear
in its numbers, with weights of the person that are normally distributed: what views say of them is
then their sum, held back while they are few.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LIMIT = 2.0
"""Largest logarithm of a lift, either way: about seven times, or a seventh."""
_SHELF = 1_000
"""Products of a category, the most viewed ones, among which the best are looked for."""


def _none() -> Numbers:
    return np.zeros(0)


@dataclass(frozen=True, slots=True)
class Tastes:
    """Numbers of products, made anew with each publication, and then only read.

    Attributes:
        names: Products, by category and then the most viewed first.
        places: By product where it is among them.
        vectors: By place, the product's numbers.
        spread: Of each number the mean of its square, over views.
        shelves: By category the first place, and the one after its last.
        shares: By place, the product's share of its category's views.
        chances: By category, its share of all views.
    """

    names: Sequence[str] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    vectors: Numbers = field(default_factory=_none)
    spread: Numbers = field(default_factory=_none)
    shelves: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    shares: Numbers = field(default_factory=_none)
    chances: Mapping[str, float] = field(default_factory=dict)

    def leaning(self, seen: Iterable[str]) -> "Leaning | None":
        """What somebody leans to who looked at some products; None where they tell nothing.

        Args:
            seen: The products, each once.
        """
        places = [self.places[product] for product in seen if product in self.places]
        return Leaning(self, places) if places and self.spread.any() else None


class Leaning:
    """What a person leans to.

    Args:
        tastes: Of all products.
        places: Where the products are that the person looked at; one or more.
    """

    def __init__(self, tastes: Tastes, places: Sequence[int]) -> None:
        self._tastes = tastes
        spread = tastes.spread
        self._weights = tastes.vectors[places].sum(axis=0) / (1.0 + len(places) * spread)
        # Lifts are against everybody: over all views their mean is 1.
        self._usual = 0.5 * float(self._weights @ (self._weights * spread))

    def lifts(self, products: Iterable[str]) -> dict[str, float]:
        """How much likelier than anybody else the person looks at products, of those known."""
        places = self._tastes.places
        known = [product for product in products if product in places]
        lifts = self._lifts(self._tastes.vectors[[places[product] for product in known]])
        return dict(zip(known, lifts.tolist(), strict=True))

    def best(self, category: str, barred: Set[str], count: int) -> list[tuple[str, float, float]]:
        """The products of a category that the person looks at most likely, the best first.

        Each with its share of what everybody looks at of the category, and its lift.

        Args:
            category: Which; of an unknown one there is nothing.
            barred: What is left out.
            count: How many at most.
        """
        tastes = self._tastes
        first, after = tastes.shelves.get(category, (0, 0))
        after = min(after, first + _SHELF)
        shares = tastes.shares[first:after]
        lifts = self._lifts(tastes.vectors[first:after])
        found: list[tuple[str, float, float]] = []
        for at in _largest(shares * lifts, count + len(barred)):
            name = tastes.names[first + at]
            if name not in barred:
                found.append((name, float(shares[at]), float(lifts[at])))
        return found[:count]

    def _lifts(self, vectors: Numbers) -> Numbers:
        if not len(vectors):
            return _none()
        logs = np.clip(vectors @ self._weights - self._usual, -LIMIT, LIMIT)
        lifts: Numbers = np.exp(logs)
        return lifts


def _largest(numbers: Numbers, count: int) -> list[int]:
    """Where the largest numbers are, the largest first; to sort all takes five times as long."""
    if len(numbers) <= count:
        return _sorted(numbers)
    least = np.partition(numbers, -count)[-count]
    places = np.flatnonzero(numbers >= least)
    return [int(places[at]) for at in _sorted(numbers[places])]


def _sorted(numbers: Numbers) -> list[int]:
    """Where numbers are, the largest first; of equal ones the first one first."""
    places: list[int] = np.argsort(-numbers, kind="stable").tolist()
    return places
