"""Finding what tells tastes apart: the few directions in which visits go together beyond chance.

The largest eigenvalues of `models.recommend.tastes.covisits`, by subspace iteration from a start
that is always the same (N. Halko, P. G. Martinsson, J. A. Tropp, "Finding structure with
randomness", SIAM Review 53(2), 2011). What chance alone would make of as much is known from the
size of the whole, so that each is shrunk by it and what isn't larger is dropped: a shop in which
people's tastes are alike, or of which little is known, tells none apart (M. Gavish, D. L. Donoho,
"Optimal shrinkage of singular values", IEEE Transactions on Information Theory 63(4), 2017).
"""

from collections.abc import Generator

import numpy as np

from models.catalog import Catalog
from models.recommend.learner import Learner
from models.recommend.tastes.covisits import Covisits
from models.recommend.tastes.tastes import Numbers, Tastes
from schemas.catalog_entry import PRODUCT

NUMBERS = 8
"""Most numbers of a product."""
_BLOCK = 16
_ITERATIONS = 8
VIEWS = 250_000
"""Views of the last visits that are looked at; more tell little more, and cost as much again."""
_STRETCH = 1_000


def fitted(learned: Learner, catalog: Catalog) -> Generator[None, None, Tastes]:
    """Work out tastes from the visits that are kept, a stretch at a time.

    Args:
        learned: Has the visits.
        catalog: Says what is of which category; what it doesn't know is left out.
    """
    visits, weights = yield from _visits(learned, catalog)
    by_category: dict[str, list[tuple[int, str]]] = {}
    for name, (category, weight) in weights.items():
        by_category.setdefault(category, []).append((-weight, name))
    names: list[str] = []
    shelves: dict[str, tuple[int, int]] = {}
    for category, theirs in by_category.items():
        shelves[category] = len(names), len(names) + len(theirs)
        names += [name for _, name in sorted(theirs)]
    if not names:
        return Tastes()
    places = {name: row for row, name in enumerate(names)}
    categories = np.repeat(
        np.arange(len(shelves)), [after - first for first, after in shelves.values()]
    )
    yield
    numbered = [[places[name] for name in visit] for visit in visits if len(visit) > 1]
    vectors = yield from _directions(Covisits(numbered, categories))
    views = np.array([weights[name][1] for name in names], dtype=np.float64)
    by_kind = np.bincount(categories, views)
    chances = dict(zip(shelves, (by_kind / views.sum()).tolist(), strict=True))
    shares = views / by_kind[categories]
    spread = (views @ vectors**2) / views.sum()
    return Tastes(names, places, vectors, spread, shelves, shares, chances)


def _visits(
    learned: Learner, catalog: Catalog
) -> Generator[None, None, tuple[list[list[str]], dict[str, tuple[str, int]]]]:
    """The last visits, each with its products once; and by product its category and its visits."""
    kept = learned.recommender.sessions.items
    visits: list[list[str]] = []
    weights: dict[str, tuple[str, int]] = {}
    views = 0
    for at, number in enumerate(sorted(kept, reverse=True), 1):
        visit = []
        for name in dict.fromkeys(kept[number]):
            entry = catalog.find(name)
            if entry is not None and entry.kind == PRODUCT:
                category, weight = weights.get(name) or (entry.category, 0)
                weights[name] = category, weight + 1
                visit.append(name)
        visits.append(visit)
        views += len(visit)
        if views >= VIEWS:
            break
        if at % _STRETCH == 0:
            yield
    return visits, weights


def _directions(covisits: Covisits) -> Generator[None, None, Numbers]:
    """A row of numbers for each product: two products' rows times each other are a lift less 1."""
    products = len(covisits.views)
    none: Numbers = np.zeros((products, 0))
    block = min(_BLOCK, products)
    if not covisits.pairs or block < 2:
        return none
    start = np.random.default_rng(0).normal(size=(products, block))
    basis: Numbers = np.linalg.qr(start)[0]
    made = yield from covisits.times(basis)
    whole = float((made**2).sum()) * products / block
    for _ in range(_ITERATIONS):
        basis = np.linalg.qr(made)[0]
        yield
        made = yield from covisits.times(basis)
    small = basis.T @ made
    sizes, turns = np.linalg.eigh((small + small.T) / 2.0)
    left = max(whole - float((sizes**2).sum()), 0.0)
    by_chance = 2.0 * np.sqrt(left / products)
    kept = [at for at in np.argsort(-sizes)[:NUMBERS].tolist() if sizes[at] > by_chance]
    shrunk = np.sqrt(sizes[kept] ** 2 - by_chance**2)
    found: Numbers = basis @ turns[:, kept] * np.sqrt(covisits.pairs * shrunk)
    return found * covisits.scale[:, None]


def fit(learned: Learner, catalog: Catalog) -> Tastes:
    """Work out tastes at once; see `fitted`."""
    steps = fitted(learned, catalog)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: Tastes = done.value
            return found
