"""Finding what tells tastes apart: the few directions in which visits go together beyond chance.

The largest eigenvalues of `models.recommend.tastes.covisits`, by subspace iteration from a start
that is always the same (N. Halko, P. G. Martinsson, J. A. Tropp, "Finding structure with
randomness", SIAM Review 53(2), 2011). What chance alone would make of as much is known from the
size of the whole, so that each is shrunk by it and what isn't larger is dropped: a shop in which
people's tastes are alike, or of which little is known, tells none apart (M. Gavish, D. L. Donoho,
"Optimal shrinkage of singular values", IEEE Transactions on Information Theory 63(4), 2017).
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import sqrt

import numpy as np

from models.catalog import Catalog
from models.recommend.learner import Learner
from models.recommend.tastes.covisits import Covisits, counted
from models.recommend.tastes.tastes import Numbers, Tastes
from schemas.catalog_entry import PRODUCT

NUMBERS = 8
"""Most numbers of a product."""
_BLOCK = 16
_ITERATIONS = 8
VIEWS = 250_000
"""Views of the last visits that are looked at; more tell little more, and cost as much again."""
LONGEST = 12
"""Products of one visit that are looked at, the last ones: its pairs grow with their square."""
_STRETCH = 250
_NOTHING = 1e-24


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
    vectors = yield from _directions(covisits)
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


def _directions(covisits: Covisits) -> Generator[None, None, Numbers]:
    """A row of numbers for each product: two products' rows times each other are a lift less 1."""
    products = len(covisits.lifts)
    none: Numbers = np.zeros((products, 0))
    block = min(_BLOCK, products)
    if not covisits.pairs or block < 2:
        return none
    start = np.random.default_rng(0).normal(size=(products, block))
    yield
    basis = _basis(start)
    made = yield from covisits.times(basis)
    whole = float((made**2).sum()) * products / block
    for _ in range(_ITERATIONS):
        basis = _basis(made)
        yield
        made = yield from covisits.times(basis)
    if not basis.shape[1]:  # all is as expected, to the last pair
        return none
    small = basis.T @ made
    sizes, turns = np.linalg.eigh((small + small.T) / 2.0)
    order = np.argsort(-sizes)[:NUMBERS]
    by_chance, kept = _beyond_chance(sizes[order], whole, products)
    shrunk = np.sqrt(sizes[order[:kept]] ** 2 - by_chance**2)
    found: Numbers = basis @ turns[:, order[:kept]] * np.sqrt(shrunk)
    return found * covisits.lifts[:, None]


def _beyond_chance(sizes: Numbers, whole: float, products: int) -> tuple[float, int]:
    """The largest eigenvalue that chance makes, and how many of some are larger.

    By E. Wigner's semicircle law, of what is left of the whole without those that are larger.

    Args:
        sizes: Eigenvalues, the largest first.
        whole: The sum of the squares of all of them.
        products: How many there are.
    """
    kept = 0
    while True:
        left = max(whole - float((sizes[:kept] ** 2).sum()), 0.0)
        by_chance = 2.0 * sqrt(left / products)
        if kept == len(sizes) or sizes[kept] <= by_chance:
            return by_chance, kept
        kept += 1


def _basis(vectors: Numbers) -> Numbers:
    """An orthonormal basis of what some vectors span, fewer where they span less."""
    squares, turns = np.linalg.eigh(vectors.T @ vectors)
    kept = squares > _NOTHING + 1e-12 * squares.max(initial=0.0)
    found: Numbers = vectors @ (turns[:, kept] / np.sqrt(squares[kept]))
    return found


def fit(learned: Learner, catalog: Catalog) -> Tastes:
    """Work out tastes at once; see `fitted`."""
    steps = fitted(learned, catalog)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: Tastes = done.value
            return found
