"""How often products are in the same visits, beyond what categories and popularity explain.

A matrix of products by products, never written out: what it makes of vectors is computed from the
visits, a stretch of them at a time.

    (pairs seen - pairs expected) / sqrt(pairs of the one + mean) / sqrt(pairs of the other + mean)

Expected is as many pairs of two categories as there are, spread over their products by how often
each is in a pair at all. The mean holds back what is rare: T. Qin, K. Rohe, "Regularized spectral
clustering under the degree-corrected stochastic blockmodel", NIPS 2013. Without it this is what
correspondence analysis takes apart (M. Greenacre, "Correspondence analysis in practice", 2017).
"""

from collections.abc import Generator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.recommend.tastes.tastes import Numbers

Places = NDArray[np.int64]

Visits = list[list[str]]
"""By visit its products, each once."""
ROWS = 5_000
"""Visits of a stretch."""
_HELD = 0.25
"""Pairs with nothing in particular, assumed of each product beside its own, against the mean."""


class Covisits:
    """What is counted of visits; see `counted`.

    Args:
        stretches: Visits by products, 1 where a visit has a product.
        categories: By product the number of its category.
        views: By product, the visits it is in.
        degrees: By product, how many times another is in a visit with it.
        between: By two categories, how many times products of them are in one visit, and each
            product with itself.

    Attributes:
        pairs: How many times two products are in one visit, both ways.
        lifts: By product, what makes a part of the matrix one of lifts less 1, but for what is held
            back of rare products.
    """

    def __init__(
        self,
        stretches: Sequence[sparse.csr_array],
        categories: Places,
        views: Numbers,
        degrees: Numbers,
        between: sparse.csr_array,
    ) -> None:
        self._stretches = stretches
        self._categories = categories
        self.pairs = float(degrees.sum())
        mean = max(degrees.mean(), 1.0)
        self._scale: Numbers = 1.0 / np.sqrt(degrees + mean)
        self.lifts: Numbers = np.sqrt(self.pairs) / self._scale / (degrees + _HELD * mean)
        by_pair = np.bincount(categories, degrees)
        self._share = degrees / np.maximum(by_pair[categories], 1.0)
        # No product is paired with itself: its category's pairs are those of all but itself.
        within = between.diagonal() - np.bincount(categories, views)
        itself = np.bincount(categories, self._share**2)
        within = np.where(itself < 1.0, within / np.maximum(1.0 - itself, 1e-9), 0.0)
        between.setdiag(within)
        self._between = between
        self._itself = views - self._share**2 * within[categories]

    def times(self, vectors: Numbers) -> Generator[None, None, Numbers]:
        """The matrix times some vectors; stops after each stretch for other work.

        Args:
            vectors: A column each.
        """
        scaled = vectors * self._scale[:, None]
        spread = scaled * self._share[:, None]
        by_kind = np.zeros((self._between.shape[0], vectors.shape[1]))
        np.add.at(by_kind, self._categories, spread)
        expected = (self._between @ by_kind)[self._categories] * self._share[:, None]
        found = -expected - self._itself[:, None] * scaled
        for stretch in self._stretches:
            yield
            found += stretch.T @ (stretch @ scaled)
        result: Numbers = found * self._scale[:, None]
        return result


def counted(visits: Sequence[Sequence[int]], categories: Places) -> Generator[None, None, Covisits]:
    """Count pairs, a stretch of visits at a time.

    Args:
        visits: By visit the numbers of its products, each once; two or more.
        categories: By product the number of its category; each has a product.
    """
    products, kinds = len(categories), int(categories[-1]) + 1
    at = np.arange(products)
    by_kind = sparse.csr_array((np.ones(products), (at, categories)), shape=(products, kinds))
    stretches = []
    views, degrees = np.zeros(products), np.zeros(products)
    between = sparse.csr_array((kinds, kinds))
    for first in range(0, len(visits), ROWS):
        stretch = _matrix(visits[first : first + ROWS], products)
        stretches.append(stretch)
        views += stretch.sum(axis=0)
        degrees += stretch.T @ stretch.sum(axis=1)
        yield
        kinds_of = stretch @ by_kind
        between = between + kinds_of.T @ kinds_of
        yield
    return Covisits(stretches, categories, views, degrees - views, between)


def _matrix(visits: Sequence[Sequence[int]], products: int) -> sparse.csr_array:
    """Visits by products, 1 where a visit has a product."""
    ends = np.cumsum([0, *(len(visit) for visit in visits)])
    columns = np.fromiter((number for visit in visits for number in visit), np.int64, ends[-1])
    return sparse.csr_array((np.ones(len(columns)), columns, ends), shape=(len(visits), products))
