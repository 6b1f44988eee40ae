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
ROWS = 5_000
"""Visits of a stretch."""
_HELD = 0.25
"""Pairs with nothing in particular, assumed of each product beside its own, against the mean."""


class Covisits:
    """What is counted of visits; see `counted`.

    Args:
        stretches: Visits by products, 1 where a visit has a product.
        first: By category, the place of its first product; they stand by category.
        views: By product, the visits it is in.
        degrees: By product, how many times another is in a visit with it.
        between: By two categories, how many times products of them are in one visit, and each
            product with itself.

    Attributes:
        views: See above.
        pairs: How many times two products are in one visit, both ways.
        lifts: By product, what makes a part of the matrix one of lifts less 1, but for what is held
            back of rare products.
    """

    def __init__(
        self,
        stretches: Sequence[sparse.csr_array],
        first: Places,
        views: Numbers,
        degrees: Numbers,
        between: sparse.csr_array,
    ) -> None:
        self._stretches, self._first, self.views = stretches, first, views
        self._sizes = np.diff(first, append=len(views))
        self.pairs = float(degrees.sum())
        mean = max(degrees.mean(), 1.0)
        self._scale: Numbers = 1.0 / np.sqrt(degrees + mean)
        self.lifts: Numbers = np.sqrt(self.pairs) / self._scale / (degrees + _HELD * mean)
        by_pair = np.add.reduceat(degrees, first)
        self._share = degrees / np.repeat(np.maximum(by_pair, 1.0), self._sizes)
        # No product is paired with itself: its category's pairs are those of all but itself.
        both = between.diagonal()
        itself = np.add.reduceat(self._share**2, first)
        within = (both - np.add.reduceat(views, first)) / np.maximum(1.0 - itself, 1e-9)
        within[itself >= 1.0] = 0.0
        self._between, self._within = between, within - both
        self._itself = views - self._share**2 * np.repeat(within, self._sizes)

    def times(self, vectors: Numbers) -> Generator[None, None, Numbers]:
        """The matrix times some vectors; stops after each stretch for other work.

        Args:
            vectors: A column each.
        """
        scaled = vectors * self._scale[:, None]
        share = self._share[:, None]
        by_kind = np.add.reduceat(scaled * share, self._first)
        expected = self._between @ by_kind + self._within[:, None] * by_kind
        found = -np.repeat(expected, self._sizes, axis=0) * share - self._itself[:, None] * scaled
        for stretch in self._stretches:
            yield
            found += stretch.T @ (stretch @ scaled)
        result: Numbers = found * self._scale[:, None]
        return result


def counted(
    products: Places, lengths: Places, first: Places, count: int
) -> Generator[None, None, Covisits]:
    """Count pairs, a stretch of visits at a time.

    Args:
        products: Of one visit after the other the places of its products, each once.
        lengths: By visit, how many products it has.
        first: By category, the place of its first product; they stand by category, and each has
            one.
        count: How many products there are.
    """
    kinds = np.repeat(np.arange(len(first)), np.diff(first, append=count))
    shape = (count, len(first))
    by_kind = sparse.csr_array((np.ones(count), (np.arange(count), kinds)), shape=shape)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    stretches = []
    views, degrees = np.zeros(count), np.zeros(count)
    between = sparse.csr_array((len(first), len(first)))
    for at in range(0, len(lengths), ROWS):
        rows = ends[at : at + ROWS + 1]
        columns = products[rows[0] : rows[-1]]
        shape = (len(rows) - 1, count)
        stretch = sparse.csr_array((np.ones(len(columns)), columns, rows - rows[0]), shape=shape)
        stretches.append(stretch)
        views += stretch.sum(axis=0)
        degrees += stretch.T @ stretch.sum(axis=1)
        yield
        kinds_of = stretch @ by_kind
        between = between + kinds_of.T @ kinds_of
        yield
    return Covisits(stretches, first, views, degrees - views, between)
