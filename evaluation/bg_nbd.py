"""BG/NBD: the usual model of who orders again, fitted by maximum likelihood, to compare with.

While active a person orders at a rate of their own, and after each order leaves for good with a
probability of their own; rates are gamma, probabilities beta distributed among people. All it knows
of a person is how often they ordered again, when last, and how long ago they began.

Source: P. S. Fader, B. G. S. Hardie, K. L. Lee, "'Counting your customers' the easy way: an
alternative to the Pareto/NBD model", Marketing Science 24(2), 2005, equations 6 and 10; its
appendix has the chance of being active. Maximised as there, over the logarithms of its parameters.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

Numbers = NDArray[np.float64]

_LARGEST = 12.0
"""Logarithms of parameters are held within this: without a repeat buyer there is no maximum."""
_HOLD = 1e-4
"""How hard they are held towards 1, against the mean log-likelihood, for the same reason."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """What BG/NBD sees of people, a row each; times in weeks.

    Attributes:
        orders: Orders after the first; those of one day are one.
        last: From the first order to the last; 0 with one.
        age: From the first order to now, at least `last`.
    """

    orders: Numbers
    last: Numbers
    age: Numbers


@dataclass(frozen=True, slots=True)
class BgNbd:
    """A fitted model.

    Attributes:
        r, alpha: Shape and rate of the gamma distribution of rates, a week.
        a, b: Of the beta distribution of leaving after an order.
    """

    r: float
    alpha: float
    a: float
    b: float

    def active(self, seen: Repeats) -> Numbers:
        """How likely each hasn't left for good."""
        x = seen.orders
        log_odds = (
            (self.r + x) * (np.log(self.alpha + seen.age) - np.log(self.alpha + seen.last))
            + np.log(self.a)
            - np.log(self.b + np.maximum(x, 1.0) - 1.0)
        )
        return np.where(x > 0.0, 1.0 / (1.0 + np.exp(np.minimum(log_odds, 700.0))), 1.0)

    def chances(self, seen: Repeats, weeks: float) -> Numbers:
        """How likely each orders within some weeks: active, and not later than that."""
        ratio = (self.alpha + seen.age) / (self.alpha + seen.age + weeks)
        return self.active(seen) * (1.0 - ratio ** (self.r + seen.orders))

    def counts(self, seen: Repeats, weeks: float) -> Numbers:
        """How many orders of each are to be expected within some weeks."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        x, age = seen.orders, seen.age
        share = weeks / (alpha + age + weeks)
        left = hyp2f1(r + x, b + x, a + b + x - 1.0, share)
        decay = ((alpha + age) / (alpha + age + weeks)) ** (r + x)
        limit = (a + b + x - 1.0) / _not_zero(a - 1.0)
        with np.errstate(over="ignore", invalid="ignore"):
            found = self.active(seen) * limit * (1.0 - decay * left)
        # Where parameters have run to their ends, as without repeat buyers, the series overflows.
        counts: Numbers = np.clip(np.nan_to_num(found, nan=0.0), 0.0, 7.0 * weeks)
        return counts


def _not_zero(value: float) -> float:
    return value if abs(value) > 1e-6 else 1e-6


def fit(seen: Repeats) -> BgNbd:
    """The model under which what was seen is likeliest."""
    rows = np.stack([seen.orders, seen.last, seen.age], axis=1)
    alike, times = np.unique(rows, axis=0, return_counts=True)
    x, last, age = alike.T

    def unlikely(logs: Numbers) -> float:
        r, alpha, a, b = np.exp(np.clip(logs, -_LARGEST, _LARGEST))
        rate = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + age)
        left = np.where(
            x > 0.0,
            betaln(a + 1.0, b + np.maximum(x, 1.0) - 1.0)
            - betaln(a, b)
            - (r + x) * np.log(alpha + last),
            -np.inf,
        )
        total = float((times * (rate + np.logaddexp(stayed, left))).sum())
        return -total / float(times.sum()) + _HOLD * float((logs**2).sum())

    start = np.log([0.5, max(float(age.mean()), 0.1), 1.0, 2.0])
    options = {"maxiter": 4_000, "xatol": 1e-5, "fatol": 1e-9}
    found = minimize(unlikely, start, method="Nelder-Mead", options=options)
    r, alpha, a, b = np.exp(np.clip(found.x, -_LARGEST, _LARGEST))
    return BgNbd(float(r), float(alpha), float(a), float(b))
