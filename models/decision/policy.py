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
    if len(values) == 1:
        return [1.0]
    if len(values) == 2:  # in closed form: as exact as the rest, and a tenth of its cost
        first = _below(values[0], values[1], hypot(*doubts))
        return [first, 1.0 - first]
    chances: list[float] = thompson.best_probabilities(values, doubts).tolist()
    return chances


def whether(values: Sequence[float], doubts: Sequence[float]) -> list[float]:
    """How likely nothing is better than doing nothing, and then how likely each is the best one.

    In two steps, each a product or two of normal chances: an integral over all would cost as much
    as the rest of a decision.

    Args:
        values: Expected net values against doing nothing; at least one, all finite.
        doubts: Their standard deviations, 0 or more.

    Returns:
        The probability of doing nothing, then of each, summing to 1.
    """
    nothing = 1.0
    for value, doubt in zip(values, doubts, strict=True):
        nothing *= _below(0.0, value, doubt)
    return [nothing, *((1.0 - nothing) * chance for chance in best(values, doubts))]


def about_the_best(values: Sequence[float], doubts: Sequence[float]) -> list[float]:
    """Probabilities that fall with the distance from the best value, in deviations.

    Each against the best one alone, and not against all others, as `best` has it: for many like
    choices as good, and far cheaper.

    Args:
        values: Expected net values; at least one, all finite.
        doubts: Their standard deviations, 0 or more.
    """
    top = max(range(len(values)), key=values.__getitem__)
    shares = [
        1.0 if i == top else 2.0 * _below(value, values[top], hypot(doubt, doubts[top]))
        for i, (value, doubt) in enumerate(zip(values, doubts, strict=True))
    ]
    total = sum(shares)
    return [share / total for share in shares]


def _below(limit: float, mean: float, deviation: float) -> float:
    """How likely a normal worth is below a limit; even odds where it is the limit for sure."""
    if deviation <= 0.0:
        return 0.5 if mean == limit else float(mean < limit)
    return 0.5 * erfc((mean - limit) / deviation / _ROOT_TWO)


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
