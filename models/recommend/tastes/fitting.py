"""Finding what tells tastes apart: the few directions in which visits go together beyond chance.

The largest eigenvalues of `models.recommend.tastes.covisits`, by subspace iteration from a start
that is always the same (N. Halko, P. G. Martinsson, J. A. Tropp, "Finding structure with
randomness", SIAM Review 53(2), 2011). What chance alone would make of as much is known from the
size of the whole, so that each is shrunk by it and what isn't larger is dropped: a shop in which
people's tastes are alike, or of which little is known, tells none apart (M. Gavish, D. L. Donoho,
"Optimal shrinkage of singular values", IEEE Transactions on Information Theory 63(4), 2017).
"""

from collections.abc import Generator
from math import sqrt

import numpy as np

from models.catalog import Catalog
from models.recommend.learner import Learner
from models.recommend.tastes.covisits import Covisits, Visits, counted
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
_STRETCH = 1_000
_NOTHING = 1e-24


def fitted(learned: Learner, catalog: Catalog) -> Generator[None, None, Tastes]:
    """Work out tastes from the visits that are kept, a stretch at a time.

    Args:
        learned: Has the visits.
        catalog: Says what is of which category; what it doesn't know is left out.
    """
    visits, seen = yield from _visits(learned, catalog)
    if not visits:
        return Tastes()
    names, shelves = yield from _shelved(seen)
    places = {name: place for place, name in enumerate(names)}
    sizes = [after - first for first, after in shelves.values()]
    categories = np.repeat(np.arange(len(shelves)), sizes)
    yield
    numbered = []
    for at, visit in enumerate(visits, 1):
        if len(visit) > 1:
            numbered.append([places[name] for name in visit])
        if at % _STRETCH == 0:
            yield
    covisits = yield from counted(numbered, categories)
    vectors = yield from _directions(covisits)
    views = np.array([seen[name][1] for name in names], dtype=np.float64)
    by_category = np.bincount(categories, views)
    chances = dict(zip(shelves, (by_category / views.sum()).tolist(), strict=True))
    shares = views / by_category[categories]
    spread = (views @ vectors**2) / views.sum()
    return Tastes(names, places, vectors, spread, shelves, shares, chances)


_Seen = dict[str, tuple[str, int]]
"""By product its category and how many visits it is in."""


def _visits(learned: Learner, catalog: Catalog) -> Generator[None, None, tuple[Visits, _Seen]]:
    """The last visits, each with its products once."""
    recommender = learned.recommender
    visits: Visits = []
    seen: _Seen = {}
    views = 0
    for at, session in enumerate(reversed(recommender.sessions.by_key.values()), 1):
        visit = []
        if session.events < recommender.settings.teaching:  # no shopper looks at so much
            for name in list(dict.fromkeys(reversed(session.items)))[:LONGEST]:
                entry = catalog.find(name)
                if entry is not None and entry.kind == PRODUCT:
                    category, times = seen.get(name) or (entry.category, 0)
                    seen[name] = category, times + 1
                    visit.append(name)
        if visit:
            visits.append(visit)
        views += len(visit)
        if views >= VIEWS:
            break
        if at % _STRETCH == 0:
            yield
    return visits, seen


def _shelved(
    seen: _Seen,
) -> Generator[None, None, tuple[list[str], dict[str, tuple[int, int]]]]:
    """Products by category, the most viewed first; by category where they begin and end."""
    by_category: dict[str, list[tuple[int, str]]] = {}
    for name, (category, times) in seen.items():
        by_category.setdefault(category, []).append((-times, name))
    yield
    names: list[str] = []
    shelves: dict[str, tuple[int, int]] = {}
    for category, theirs in by_category.items():
        shelves[category] = len(names), len(names) + len(theirs)
        names += [name for _, name in sorted(theirs)]
        yield
    return names, shelves


def _directions(covisits: Covisits) -> Generator[None, None, Numbers]:
    """A row of numbers for each product: two products' rows times each other are a lift less 1."""
    products = len(covisits.lifts)
    none: Numbers = np.zeros((products, 0))
    block = min(_BLOCK, products)
    if not covisits.pairs or block < 2:
        return none
    start = np.random.default_rng(0).normal(size=(products, block))
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
