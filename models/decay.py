"""Forward decay: a decayed sum kept as one number that need not be touched as time passes.

A sum of amounts `a_i` seen at times `t_i`, each halving every `half_life`, is at time `t`

    sum_i a_i * 2 ** ((t_i - t) / half_life)  =  2 ** (level - t / half_life)

so it is enough to keep `level = log2(sum_i a_i * 2 ** (t_i / half_life))`. Levels of several sums
compare without knowing the time, adding in another order gives the same sum, and no level
overflows: a century in hours is below a million.

Source: G. Cormode et al., "Forward decay: a practical time decay model for streaming systems",
ICDE 2009.
"""

from math import exp2, log2

DAY_MS = 86_400_000

EMPTY = -1e9
"""The level of a sum of nothing."""

_CEILING = 60.0  # 2**60 of anything a person does is already absurd, and stays finite


def raised(level: float, amount: float, at_ms: int, half_life_ms: float) -> float:
    """The level after `amount` (positive) was seen at `at_ms`, in whatever order.

    Amounts of 0 or less leave the level as it is.
    """
    if amount <= 0.0:
        return level
    added = log2(amount) + at_ms / half_life_ms
    gap = added - level
    if gap > 50.0:
        return added
    if gap < -50.0:
        return level
    return level + log2(1.0 + exp2(gap))


def lowered(level: float, amount: float, at_ms: int, half_life_ms: float) -> float:
    """The level without an `amount` (positive) that `raised` had added at `at_ms`.

    What is left of no more than rounding is nothing.
    """
    if amount <= 0.0:
        return level
    left = 1.0 - exp2(min(log2(amount) + at_ms / half_life_ms - level, 0.0))
    return level + log2(left) if left > 1e-6 else EMPTY


def merged(left: float, right: float) -> float:
    """The level of two sums together."""
    if left < right:
        left, right = right, left
    gap = right - left
    return left if right <= EMPTY or gap < -50.0 else left + log2(1.0 + exp2(gap))


def value(level: float, now_ms: int, half_life_ms: float) -> float:
    """The sum as it stands at `now_ms`: 0 or more, always finite."""
    exponent = level - now_ms / half_life_ms
    if exponent < -50.0:
        return 0.0
    return exp2(min(exponent, _CEILING))
