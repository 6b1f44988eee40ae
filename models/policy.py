"""Choosing: probabilities from values and doubts about them, and a draw.

Each arm is taken as often as it may be the best one (`models.bandit.thompson`), mixed with an even
share for every allowed arm, so that each has a known floor: `exploration / arms`. What is logged as
propensity is exactly what the draw used.
"""

from collections.abc import Sequence
from math import erfc, hypot, sqrt

from models.bandit import thompson

_ROOT_TWO = sqrt(2.0)


def best(values: Sequence[float], doubts: Sequence[float]) -> list[float]:
    """How likely each is the best one, summing to 1.

    Args:
        values: Expected net values; at least one, all finite.
        doubts: Their standard deviations, 0 or more.
    """
    if len(values) == 2 and (spread := hypot(*doubts)) > 0.0:
        # The common case, in closed form: as exact as the rest, and a tenth of its cost.
        second = 0.5 * erfc((values[0] - values[1]) / spread / _ROOT_TWO)
        return [1.0 - second, second]
    chances: list[float] = thompson.best_probabilities(values, doubts).tolist()
    return chances


def explored(chances: Sequence[float], exploration: float) -> list[float]:
    """The probabilities with a share spread evenly, so that none is below it over their number.

    Args:
        chances: Probabilities that sum to 1.
        exploration: Share spread evenly, 0 < exploration <= 1.
    """
    even = exploration / len(chances)
    return [(1.0 - exploration) * chance + even for chance in chances]


def mostly(index: int, arms: int, exploration: float) -> list[float]:
    """One arm, but for the share spread evenly over all."""
    even = exploration / arms
    return [1.0 - exploration + even if arm == index else even for arm in range(arms)]


def draw(chances: Sequence[float], seed: int) -> int:
    """The index drawn with these probabilities by a seed of 64 random bits.

    The seed is read as a number between 0 and 1; the same seed and chances give the same index.
    """
    at = (seed >> 11) * 2.0**-53
    for index, chance in enumerate(chances):
        if at < chance:
            return index
        at -= chance
    return len(chances) - 1  # what rounding left over
