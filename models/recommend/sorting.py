"""Working out of what was learned what decisions ask: what is popular by category, and tastes."""

from collections.abc import Iterator
from heapq import nlargest

from models.catalog import Catalog
from models.recommend.learner import Learner
from models.recommend.products import Products
from models.recommend.tastes.fitting import fitted
from models.recommend.tastes.tastes import Tastes

POPULAR = 20
"""Products of a category that are kept as its popular ones."""
_STRETCH = 1_000


class Sorting:
    """Sorts what was learned into categories and finds tastes in it, a stretch at a time.

    Args:
        learned: What was learned.
        catalog: Says what is of which category; what it doesn't know is left out.
    """

    def __init__(self, learned: Learner, catalog: Catalog) -> None:
        self._learned = learned
        self._catalog = catalog
        self._found: dict[str, list[tuple[float, str]]] = {}
        self._tastes = Tastes()

    def stretches(self) -> Iterator[None]:
        """Go on, and stop after each stretch for other work."""
        find, found = self._catalog.find, self._found
        for number, item in enumerate(self._learned.recommender.items.known.values(), 1):
            record = find(item.name)
            if record is not None:
                found.setdefault(record.category, []).append((item.weight, item.name))
            if number % _STRETCH == 0:
                yield
        self._tastes = yield from fitted(self._learned, self._catalog)

    def products(self) -> Products:
        """All of it, once every stretch is done."""
        popular = {
            category: tuple(name for _, name in nlargest(POPULAR, weighed))
            for category, weighed in self._found.items()
        }
        return Products(self._learned, popular, self._tastes)


def sorted_products(learned: Learner, catalog: Catalog) -> Products:
    """Sort at once; see `Sorting`."""
    sorting = Sorting(learned, catalog)
    for _ in sorting.stretches():
        pass
    return sorting.products()
