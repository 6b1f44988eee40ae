"""Finding the few directions in which visits go together beyond chance.

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

from models.recommend.tastes.covisits import Covisits
from models.recommend.tastes.tastes import Numbers

NUMBERS = 8
"""Most numbers of a product."""
_BLOCK = 16
_ITERATIONS = 8
_NOTHING = 1e-24


def directions(covisits: Covisits) -> Generator[None, None, Numbers]:
    """Find a row of numbers for each product; stops now and then for other work.

    Two products' rows times each other say how much more often than expected they are in one visit,
    as a share: their lift less 1. There are as many numbers as tell more than chance, maybe none.

    Args:
        covisits: What is counted of visits.
    """
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
    by_chance, kept = beyond_chance(sizes[order], whole, products)
    shrunk = np.sqrt(sizes[order[:kept]] ** 2 - by_chance**2)
    found: Numbers = basis @ turns[:, order[:kept]] * np.sqrt(shrunk)
    return found * covisits.lifts[:, None]


def beyond_chance(sizes: Numbers, whole: float, products: int) -> tuple[float, int]:
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
