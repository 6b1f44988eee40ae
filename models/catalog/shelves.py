"""What stands on the shelf of each category: the best of it and of all categories below it.

Each category's own products are ranked; a shelf is merged from those of the category and the
shelves of its children, and kept until one of them changes.
"""

from collections.abc import Callable, Iterable
from heapq import nsmallest
from itertools import chain

import msgspec

from models.catalog.categories import DEEPEST, Categories
from models.catalog.rankings import SHELF, Rank, Rankings, RankOf
from schemas.catalog_entry import Entry

_SHELVES = 20_000


class Shelf(msgspec.Struct, frozen=True, gc=False):
    """The best of a category: their places in the order, and their ids."""

    ranks: list[Rank]
    ids: tuple[str, ...]


class Shelves:
    """One kind of shelf for every category.

    Args:
        rank_of: The order on it.
        members: All products directly in a category.
        categories: Which category lies in which.
    """

    def __init__(
        self,
        rank_of: RankOf,
        members: Callable[[str], Iterable[Entry]],
        categories: Categories,
    ) -> None:
        self._own = Rankings(rank_of, members)
        self._merged: dict[str, Shelf] = {}
        self._categories = categories

    def changed(self, category: str, before: Entry | None, after: Entry | None) -> None:
        """Note what became of a product in a category; see `Rankings.changed`."""
        if self._own.changed(category, before, after):
            self._forget(category)

    def rearranged(self) -> None:
        """Note that a category lies elsewhere now."""
        self._merged.clear()

    def best(self, category: str) -> Shelf:
        """The first `SHELF` of a category's order."""
        if len(self._merged) >= _SHELVES:
            self._merged.clear()
        return self._merge(category, 0)

    def _merge(self, category: str, depth: int) -> Shelf:
        shelf = self._merged.get(category)
        if shelf is None:
            ranks = self._own.best(category)
            children = self._categories.children(category)
            if children and depth < DEEPEST:
                below = (self._merge(child, depth + 1).ranks for child in children)
                ranks = nsmallest(SHELF, chain(ranks, *below))
            shelf = Shelf(ranks, tuple(product_id for _, _, product_id in ranks))
            self._merged[category] = shelf
        return shelf

    def _forget(self, category: str) -> None:
        for name in (category, *self._categories.ancestors(category)):
            self._merged.pop(name, None)
