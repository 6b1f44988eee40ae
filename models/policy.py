"""Choosing: probabilities from expected values, and a draw from them.

A softmax over expected value, mixed with an even share for every allowed arm, so that each has a
known floor: `exploration / arms`. What is logged as propensity is exactly what the draw used.
"""

from collections.abc import Sequence
from math import exp


def propensities(
    values: Sequence[float], typical_gain: float, temperature: float, exploration: float
) -> list[float]:
    """The probability of each arm, summing to 1, none below `exploration / len(values)`.

    Args:
        values: Expected net value of each allowed arm; at least one, all finite.
        typical_gain: What a decision that works is worth: the scale of the differences.
        temperature: See `PolicySettings.temperature`; above 0.
        exploration: Share spread evenly, 0 < exploration <= 1.
    """
    best = max(values)
    scale = max(typical_gain * temperature, 1e-9)
    strengths = [exp(max((value - best) / scale, -700.0)) for value in values]
    total = sum(strengths)
    even = exploration / len(values)
    return [(1.0 - exploration) * strength / total + even for strength in strengths]


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
