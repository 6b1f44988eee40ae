"""How high a rate surely is: the one-sided lower confidence bound of a share. Pure.

Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the
binomial", Biometrika 26 (1934): the bound is the quantile of a beta distribution. It never claims
more confidence than it has, which the one-sided Wilson interval does where rates are near 0 (Cai,
"One-sided confidence intervals in discrete distributions", J. Stat. Plan. Inference 131, 2005).
"""

import math
from functools import lru_cache

_TINY = 1e-300
_STEPS = 60
"""Halvings of the interval from 0 to the observed rate: past them it is as narrow as a double."""


@lru_cache(maxsize=4_096)
def lower_bound(events: float, of: float, confidence: float) -> float:
    """The rate that is exceeded with this confidence, 0 to 1.

    Args:
        events: How often it happened; more than `of` counts as `of`. Need not be whole: imported
            rates come without counts.
        of: How often it could have.
        confidence: 0.5 to below 1.
    """
    if events <= 0 or of <= 0:
        return 0.0
    events = min(events, of)
    tail = 1.0 - confidence
    low, high = 0.0, events / of
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _beta_cdf(middle, events, of - events + 1) < tail:
            low = middle
        else:
            high = middle
    return low


def _beta_cdf(x: float, a: float, b: float) -> float:
    """The regularised incomplete beta function (NIST DLMF, 8.17.22)."""
    if x <= 0 or x >= 1:
        return min(max(x, 0.0), 1.0)
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _beta_cdf_low(1.0 - x, b, a)
    return _beta_cdf_low(x, a, b)


def _beta_cdf_low(x: float, a: float, b: float) -> float:
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    return math.exp(log_front) / (a * _continued_fraction(x, a, b))


def _continued_fraction(x: float, a: float, b: float) -> float:
    """The fraction of DLMF 8.17.22, by Lentz's method; about sqrt(a + b) steps."""
    value, c, d = 1.0, 1.0, 0.0
    for step in range(1, 20 + 10 * math.isqrt(int(a + b) + 1)):
        m = step // 2
        if step % 2:
            term = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1.0 / _not_zero(1.0 + term * d)
        c = _not_zero(1.0 + term / c)
        value *= c * d
        if abs(c * d - 1.0) < 1e-14:
            break
    return value


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
