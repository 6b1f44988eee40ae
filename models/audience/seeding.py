"""Where clusters begin: k-means++ with several tries, then Lloyd's steps; the same from the same.

Source: D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_TRIES = 8
_STEPS = 20
_SEED = 20_240_117

Points = NDArray[np.float64]


def first_centres(
    points: Sequence[Sequence[float]], count: int
) -> tuple[list[list[float]], list[float]]:
    """The centres of so many clusters, the largest first, and how many points each has.

    Args:
        points: At least `count` of them, of one length.
        count: How many clusters.
    """
    data = np.asarray(points, dtype=np.float64)
    random = np.random.Generator(np.random.PCG64(_SEED))
    tries = (_settled(data, _spread(data, count, random)) for _ in range(_TRIES))
    centres, nearest, _ = min(tries, key=lambda found: found[2])
    sizes = np.bincount(nearest, minlength=count)
    order = np.argsort(-sizes, kind="stable")
    return centres[order].tolist(), sizes[order].astype(float).tolist()


def _squares(data: Points, centres: Points) -> Points:
    """Squared distances, a row for each point."""
    found: Points = ((data[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    return found


def _spread(data: Points, count: int, random: np.random.Generator) -> Points:
    """Points far from each other: each drawn by its squared distance to those drawn before."""
    chosen = [int(random.integers(len(data)))]
    while len(chosen) < count:
        away = _squares(data, data[chosen]).min(axis=1)
        total = float(away.sum())
        chances = away / total if total > 0.0 else None
        chosen.append(int(random.choice(len(data), p=chances)))
    return data[chosen].copy()


def _settled(data: Points, centres: Points) -> tuple[Points, NDArray[np.int64], float]:
    """Centres after Lloyd's steps, the nearest of each point, and the sum of squares left."""
    for _ in range(_STEPS):
        nearest = _squares(data, centres).argmin(axis=1)
        for number in range(len(centres)):
            own = data[nearest == number]
            if len(own):
                centres[number] = own.mean(axis=0)
    squares = _squares(data, centres)
    return centres, squares.argmin(axis=1), float(squares.min(axis=1).sum())
