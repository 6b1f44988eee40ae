"""How much of what differs is real: the variances of a mixed model, learned by its evidence.

One more column is made of all others: what is expected in this context whatever is done. A mail
often adds a share of what would have happened anyway; one slope of each arm on that column says
what otherwise every field would have to say for itself.

All variances are in units of the noise's, so that the reward's scale makes no difference.

Sources: N. M. Laird, J. H. Ware, "Random-effects models for longitudinal data", Biometrics 38(4),
1982, for the model; B. B. Hansen, "The prognostic analogue of the propensity score", Biometrika
95(2), 2008, for what is expected anyway; `models.bandit.sizes` for how a variance is learned.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from models.bandit import sizes
from models.bandit.sums import Numbers, Sums, grown

_FLAT = 1e-9
_NOISE_DOUBT = 5.0
_ZERO = 1e-12
_NONE = sizes.NOTHING


@dataclass(frozen=True, slots=True)
class Variances:
    """The model's variances.

    Attributes:
        own: By column, how far arms' slopes lie apart, over `noise`.
        main: By column, how far shared slopes lie from 0, over `noise`.
        shared: The shared slopes that go with them.
        expected: What is expected whatever is done, as weights of the columns: of mean 0 and
            variance 1 in what was seen, or all 0.
        growing: How far arms' slopes on that lie apart, over `noise`.
        noise: Variance of a reward around its mean.
    """

    own: Numbers
    main: Numbers
    shared: Numbers
    expected: Numbers
    growing: float = sizes.GROWTH.variance
    noise: float = 1.0

    def grown(self, columns: int) -> "Variances":
        """The same with more columns, of which nothing is known."""
        own = grown(self.own, (columns,), sizes.FIELD.variance)
        if not len(self.own):
            own[0] = sizes.CERTAIN.variance
        return Variances(
            own,
            grown(self.main, (columns,), sizes.FIELD.variance),
            grown(self.shared, (columns,)),
            grown(self.expected, (columns,)),
            self.growing,
            self.noise,
        )

    def precision(self) -> Numbers:
        """Inverse of the covariance of an arm's slopes around the shared ones, over `noise`."""
        own = 1.0 / self.own
        leaning = own * self.expected
        share = self.growing / (1.0 + self.growing * float(leaning @ self.expected))
        found: Numbers = np.diag(own) - share * np.outer(leaning, leaning)
        return found

    def unknown(self, columns: Numbers) -> float:
        """The variance, over `noise`, of what an arm of which nothing is known adds."""
        return float(
            self.own @ (columns * columns) + self.growing * float(self.expected @ columns) ** 2
        )


def improve(sums: Sums, old: Variances, fields: NDArray[np.intp]) -> Variances:
    """One step towards the variances that what was seen speaks for.

    Args:
        sums: What was learned.
        old: The variances so far.
        fields: By column, its field's number; the field of the first, 0, is what needs no context.
            A field's columns share their variances.
    """
    expected = _expected(sums, old.shared)
    weights = np.column_stack((np.eye(len(expected)), expected))
    fields = np.append(fields, fields.max() + 1)
    own, main = grown(old.own, fields.shape, old.growing), grown(old.main, fields.shape, _NONE)
    own, main, shared, noise = _step(sums.turned(weights), own, main, fields)
    return Variances(own[:-1], main[:-1], weights @ shared, expected, float(own[-1]), noise)


def _expected(sums: Sums, shared: Numbers) -> Numbers:
    """The weights of the column that says what is expected whatever is done."""
    weights, every = shared.copy(), sums.squares.sum(axis=0) / sums.counts.sum()
    weights[0] = 0.0
    mean = float(every[0] @ weights)
    variance = float(weights @ every @ weights) - mean * mean
    if not variance > _ZERO * float(weights @ weights):
        return np.zeros(len(weights))
    weights[0] = -mean
    found: Numbers = weights / sqrt(variance)
    return found


def _step(
    sums: Sums, own: Numbers, main: Numbers, fields: NDArray[np.intp]
) -> tuple[Numbers, Numbers, Numbers, float]:
    """New `own` and `main`, shared slopes and noise; the last column is what is expected."""
    tight: Numbers = 1.0 / own
    leaning: Numbers = sums.squares + np.diag(tight)
    inverse = np.asarray(np.linalg.inv(leaning), dtype=np.float64)
    used = sums.squares @ inverse
    # Generalized least squares for what the arms share, their own slopes integrated out.
    weight = (used * tight).sum(axis=0)
    flat = 1.0 / main
    flat[0] = _FLAT
    spread: Numbers = np.linalg.inv(0.5 * (weight + weight.T) + np.diag(flat))
    shared: Numbers = spread @ (tight * np.einsum("kij,kj->ki", inverse, sums.products)).sum(axis=0)
    slopes = np.einsum("kij,kj->ki", inverse, sums.products + tight * shared)
    noise = _noise(sums, slopes, float(np.einsum("kii->", used)))
    apart: Numbers = (slopes - shared) / sqrt(noise)
    away: Numbers = shared[None] / sqrt(noise)
    new_own, new_main = np.empty_like(own), np.empty_like(main)
    free = (len(slopes) - 1) / len(slopes)
    last = int(fields.max())
    priors = {0: sizes.CERTAIN, last: sizes.GROWTH}
    for field in range(last + 1):
        at, prior = np.flatnonzero(fields == field), priors.get(field, sizes.FIELD)
        block = (slice(None), at[:, None], at)
        new_own[at] = sizes.learned(prior, apart[:, at], inverse[block], own[at[0]], free)
        new_main[at] = sizes.learned(prior, away[:, at], spread[None][block], main[at[0]], 1.0)
    return new_own, new_main, shared, noise


def _noise(sums: Sums, slopes: Numbers, fitted: float) -> float:
    """The variance around the fit; held towards that of the rewards while there are few rounds."""
    energy = float(sums.energy.sum())
    explained = 2.0 * (slopes * sums.products).sum()
    curved = np.einsum("ki,kij,kj->", slopes, sums.squares, slopes)
    left = max(energy - float(explained) + float(curved), 0.0)
    total = float(sums.counts.sum())
    mean = float(sums.rewards.sum()) / total
    plain = max(energy / total - mean * mean, 0.0)
    free = max(total - fitted, 0.0)
    noise = (left + _NOISE_DOUBT * plain) / (free + _NOISE_DOUBT)
    return max(noise, _ZERO * energy / total) or 1.0
