"""Which products people truly like: by style, across categories, and by what everybody likes.

A product has a style and a popularity, a person a leaning to styles, all hidden. A person likes a
product of a category by the exponential of how well style and leaning agree, so that whoever likes
one product of a style likes others of it, in other categories too. That is what a recommender can
find in visits, and popularity can't.
"""

from collections.abc import Sequence
from math import sqrt

import numpy as np

from schemas.catalog_entry import Entry
from simulation.goods import Goods
from simulation.luck import Draws, generator
from simulation.scenario import Parameters

STYLES = 5
"""Dimensions of style. Assumption: few things, like plain or playful, tell tastes apart."""
_MOST = 10.0
"""A product is liked at most so many times as much as the mean of its category."""


class Preference:
    """What each person thinks of each product, against the others of its category.

    Args:
        parameters: The scenario's.
        seed: The run's.
        goods: What the shop sells.
    """

    def __init__(self, parameters: Parameters, seed: int, goods: Goods) -> None:
        self._matters = parameters.product_tastes > 0.0 or parameters.popularity > 0.0
        self._shelves = goods.shelves
        self._place = {
            record.product_id: (shelf, number)
            for shelf, records in enumerate(goods.shelves)
            for number, record in enumerate(records)
        }
        if not self._matters:
            return
        products = generator(seed, "goods", "styles")
        count = parameters.products
        shape = (len(goods.shelves), count, STYLES)
        self._styles: Draws = products.normal(0.0, 1.0, shape) / sqrt(STYLES)
        self._liked: Draws = products.normal(0.0, parameters.popularity, shape[:2])
        people = generator(seed, "people", "styles")
        leanings = people.normal(0.0, 1.0, (parameters.people, STYLES))
        self._leanings: Draws = leanings * parameters.product_tastes

    def of_shelf(self, person: int, shelf: int) -> Draws:
        """How much each product of a shelf is liked; their mean is 1."""
        if not self._matters:
            return np.ones(len(self._shelves[shelf]))
        likes: Draws = np.exp(self._styles[shelf] @ self._leanings[person] + self._liked[shelf])
        against: Draws = np.minimum(likes / likes.mean(), _MOST)
        return against

    def of(self, person: int, product_id: str) -> float:
        """How much a product is liked against the mean of its category; 1 for an unknown one."""
        place = self._place.get(product_id)
        if place is None or not self._matters:
            return 1.0
        return float(self.of_shelf(person, place[0])[place[1]])

    def looked_at(self, person: int, shelf: int, luck: float) -> Entry:
        """The product of a shelf that the person looks at, by a uniform draw."""
        records: Sequence[Entry] = self._shelves[shelf]
        if not self._matters:
            return records[int(luck * len(records))]
        walk = np.cumsum(self.of_shelf(person, shelf))
        number = int(walk.searchsorted(luck * walk[-1], side="right"))
        return records[min(number, len(records) - 1)]
