"""Means with 95 % intervals by Student's t, and the share of a gap with its jackknife interval."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import fsum, sqrt
from statistics import NormalDist

_FEW = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228)
"""97.5 % quantiles of Student's t for 1 to 10 degrees of freedom."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean and its 95 % interval; without bounds where one observation gives none."""

    mean: float
    low: float | None = None
    high: float | None = None

    def plain(self) -> dict[str, float | None]:
        """As JSON has it."""
        return asdict(self)


def quantile(freedom: int) -> float:
    """97.5 % quantile of Student's t, for 1 degree of freedom or more.

    Source: M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 26.7.5.
    """
    if freedom <= len(_FEW):
        return _FEW[freedom - 1]
    z = NormalDist().inv_cdf(0.975)
    return z + (z**3 + z) / (4 * freedom) + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)


def _spread(numbers: Sequence[float], mean: float) -> float:
    return fsum((number - mean) ** 2 for number in numbers) / (len(numbers) - 1)


def estimate(numbers: Sequence[float]) -> Estimate:
    """The mean of independent observations, at least one."""
    mean = fsum(numbers) / len(numbers)
    if len(numbers) < 2:
        return Estimate(mean)
    half = quantile(len(numbers) - 1) * sqrt(_spread(numbers, mean) / len(numbers))
    return Estimate(mean, mean - half, mean + half)


def difference(left: Sequence[float], right: Sequence[float]) -> Estimate:
    """Mean of the left less mean of the right, of two independent groups of two or more (Welch)."""
    means = [fsum(group) / len(group) for group in (left, right)]
    errors = [
        _spread(group, mean) / len(group) for group, mean in zip((left, right), means, strict=True)
    ]
    half = NormalDist().inv_cdf(0.975) * sqrt(sum(errors))
    gap = means[0] - means[1]
    return Estimate(gap, gap - half, gap + half)


def share(parts: Sequence[tuple[float, float, float]]) -> Estimate | None:
    """How much of the gap from the lowest to the best is reached: a ratio of means.

    Args:
        parts: Paired observations of (reached, lowest, best).

    Returns:
        The share with its jackknife interval; None where there is no gap.
    """
    count = len(parts)
    reached = fsum(part[0] - part[1] for part in parts)
    gap = fsum(part[2] - part[1] for part in parts)
    if gap <= 0.0:
        return None
    whole = reached / gap
    left_out = []
    for own, low, best in parts:
        rest = gap - (best - low)
        if rest <= 0.0:
            return Estimate(whole)
        left_out.append((reached - (own - low)) / rest)
    if count < 2:
        return Estimate(whole)
    centre = fsum(left_out) / count
    error = sqrt((count - 1) / count * fsum((one - centre) ** 2 for one in left_out))
    half = quantile(count - 1) * error
    return Estimate(whole, whole - half, whole + half)
