"""What decisions know of products beside the catalog: what was learned, and what is popular."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from heapq import nlargest

from models.catalog import Catalog
from models.recommend.learner import Learner

POPULAR = 20
"""Products of a category that are kept as its popular ones."""
_STRETCH = 1_000


@dataclass(frozen=True, slots=True)
class Products:
    """Made anew with each publication, and then only read.

    Attributes:
        learned: What comes next in a visit, what is bought together, what is popular.
        popular: By category its popular products, the most popular first.
    """

    learned: Learner = field(default_factory=Learner)
    popular: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Sorting:
    """Sorts what was learned of into categories, a stretch at a time.

    Args:
        learned: What was learned.
        catalog: Says what is of which category; what it doesn't know is left out.
    """

    def __init__(self, learned: Learner, catalog: Catalog) -> None:
        self._learned = learned
        self._catalog = catalog
        self._found: dict[str, list[tuple[float, str]]] = {}

    def stretches(self) -> Iterator[None]:
        """Go on, and stop after each stretch for other work."""
        find, found = self._catalog.find, self._found
        for number, item in enumerate(self._learned.recommender.items.known.values(), 1):
            record = find(item.name)
            if record is not None:
                found.setdefault(record.category, []).append((item.weight, item.name))
            if number % _STRETCH == 0:
                yield

    def products(self) -> Products:
        """All of it, once every stretch is done."""
        popular = {
            category: tuple(name for _, name in nlargest(POPULAR, weighed))
            for category, weighed in self._found.items()
        }
        return Products(self._learned, popular)


def sorted_products(learned: Learner, catalog: Catalog) -> Products:
    """Sort at once; see `Sorting`."""
    sorting = Sorting(learned, catalog)
    for _ in sorting.stretches():
        pass
    return sorting.products()
