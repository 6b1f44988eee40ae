"""Six products of three categories, and what visits to them come to; for tests of tastes."""

from collections.abc import Generator, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from models.recommend.tastes.covisits import Covisits, counted
from models.recommend.tastes.tastes import Numbers

T = TypeVar("T")
KINDS = np.array([0, 0, 0, 1, 1, 2])


def last(steps: Generator[None, None, T]) -> T:
    """What comes of all steps."""
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result


def count(found: Sequence[Sequence[int]], kinds: NDArray[np.int64] = KINDS) -> Covisits:
    """What visits to products by number come to."""
    products = np.array([product for visit in found for product in visit])
    lengths = np.array([len(visit) for visit in found])
    first = np.searchsorted(kinds, np.arange(kinds[-1] + 1))
    return last(counted(products, lengths, first, len(kinds)))


def times(counts: Covisits, vectors: Numbers) -> Numbers:
    """The matrix times some vectors."""
    return last(counts.times(vectors))
