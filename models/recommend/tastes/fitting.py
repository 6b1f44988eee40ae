"""Working out tastes from the visits that are kept and the catalog: the same from the same.

On another kind of processor sums are added in another order, and differ in their last digits. So
two workers may order two products that are as good as alike differently; what a decision showed is
in its record.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np

from models.catalog import Catalog
from models.recommend.learner import Learner
from models.recommend.tastes.covisits import counted
from models.recommend.tastes.directions import directions
from models.recommend.tastes.tastes import Tastes
from schemas.catalog_entry import PRODUCT

VIEWS = 250_000
"""Views of the last visits that are looked at; more tell little more, and cost as much again."""
LONGEST = 12
"""Products of one visit that are looked at, the last ones: its pairs grow with their square."""
_STRETCH = 250


@dataclass(slots=True)
class _Visits:
    """The last visits, their products by number in the order in which they were first met.

    Attributes:
        products: Of one visit after the other, each product once.
        lengths: By visit, how many products it has.
        names: By number, the product; `kinds` the number of its category.
        categories: By number, the category.
    """

    products: list[int] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    names: dict[str, int] = field(default_factory=dict)
    kinds: list[int] = field(default_factory=list)
    categories: dict[str, int] = field(default_factory=dict)

    def add(self, items: Sequence[str], catalog: Catalog) -> None:
        """Add a visit, the last item last."""
        length = 0
        for name in islice(dict.fromkeys(reversed(items)), LONGEST):
            number = self.names.get(name)
            if number is None:
                entry = catalog.find(name)
                if entry is None or entry.kind != PRODUCT:
                    continue
                number = self.names[name] = len(self.names)
                categories = self.categories
                self.kinds.append(categories.setdefault(entry.category, len(categories)))
            self.products.append(number)
            length += 1
        self.lengths.append(length)


def fitted(learned: Learner, catalog: Catalog) -> Generator[None, None, Tastes]:
    """Work out tastes from the visits that are kept, a stretch at a time.

    Args:
        learned: Has the visits.
        catalog: Says what is of which category; what it doesn't know is left out.
    """
    visits = yield from _visits(learned, catalog)
    if not visits.names:
        return Tastes()
    products, kinds = np.array(visits.products), np.array(visits.kinds)
    order = np.lexsort((-np.bincount(products), kinds))
    names = list(visits.names)
    names = [names[number] for number in order.tolist()]
    yield
    places = {name: place for place, name in enumerate(names)}
    yield
    first = np.searchsorted(kinds[order], np.arange(len(visits.categories)))
    at = np.argsort(order)[products]
    covisits = yield from counted(at, np.array(visits.lengths), first, len(names))
    vectors = yield from directions(covisits)
    views, sizes = covisits.views, np.diff(first, append=len(names))
    by_category = np.add.reduceat(views, first)
    ends = zip(first.tolist(), (first + sizes).tolist(), strict=True)
    return Tastes(
        names,
        places,
        vectors,
        spread=(views @ vectors**2) / views.sum(),
        shelves=dict(zip(visits.categories, ends, strict=True)),
        shares=views / np.repeat(by_category, sizes),
        chances=dict(zip(visits.categories, (by_category / views.sum()).tolist(), strict=True)),
    )


def _visits(learned: Learner, catalog: Catalog) -> Generator[None, None, _Visits]:
    """The last visits; those that go on for longer than a shopper's are left out."""
    recommender, visits = learned.recommender, _Visits()
    teaching = recommender.settings.teaching
    for at, session in enumerate(reversed(recommender.sessions.by_key.values()), 1):
        if session.events < teaching:
            visits.add(session.items, catalog)
        if len(visits.products) >= VIEWS:
            break
        if at % _STRETCH == 0:
            yield
    return visits


def fit(learned: Learner, catalog: Catalog) -> Tastes:
    """Work out tastes at once; see `fitted`."""
    steps = fitted(learned, catalog)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: Tastes = done.value
            return found
