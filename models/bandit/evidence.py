"""How much of what differs is real: variances of a mixed model by expectation-maximization.

All variances are in units of the noise's, so that the reward's scale makes no difference.

Sources: N. M. Laird, J. H. Ware, "Random-effects models for longitudinal data", Biometrics 38(4),
1982; D. J. C. MacKay, "Bayesian interpolation", Neural Computation 4, 1992 (a variance per group of
inputs, by evidence).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

LEAST, MOST = 1e-6, 1e4
"""Ratios of variances are held within these."""
_FLAT = 1e-9
_NOISE_DOUBT = 5.0
_ZERO = 1e-12


@dataclass(frozen=True, slots=True)
class Sums:
    """What was learned of each arm: all that the posteriors need.

    Attributes:
        squares: By arm, the sum of each column times each other.
        products: By arm, the sum of each column times the reward.
        rewards: By arm, the sum of rewards; `energy` of their squares.
        counts: By arm, the rounds behind it; what was half forgotten counts half.
    """

    squares: Numbers
    products: Numbers
    rewards: Numbers
    energy: Numbers
    counts: Numbers

    def scale(self, share: float) -> None:
        """Let all of it weigh only this share."""
        for kept in (self.squares, self.products, self.rewards, self.energy, self.counts):
            np.multiply(kept, share, out=kept)

    def clear(self, arm: int) -> None:
        """Forget one arm."""
        for kept in (self.squares, self.products, self.rewards, self.energy, self.counts):
            kept[arm] = 0.0

    def part(self, arms: int, columns: int) -> "Sums":
        """The first arms and columns of it."""
        return Sums(
            self.squares[:arms, :columns, :columns],
            self.products[:arms, :columns],
            self.rewards[:arms],
            self.energy[:arms],
            self.counts[:arms],
        )

    def grown(self, arms: int, columns: int) -> "Sums":
        """The same with room for more."""
        return Sums(
            grown(self.squares, (arms, columns, columns)),
            grown(self.products, (arms, columns)),
            grown(self.rewards, (arms,)),
            grown(self.energy, (arms,)),
            grown(self.counts, (arms,)),
        )


@dataclass(frozen=True, slots=True)
class Variances:
    """The model's variances.

    Attributes:
        own: By column, how far arms' slopes lie apart, over `noise`.
        main: By column, how far shared slopes lie from 0, over `noise`.
        noise: Variance of a reward around its mean.
        shared: The shared slopes that go with them.
    """

    own: Numbers
    main: Numbers
    noise: float
    shared: Numbers

    def part(self, columns: int) -> "Variances":
        """Those of the first columns."""
        return Variances(self.own[:columns], self.main[:columns], self.noise, self.shared[:columns])

    def grown(self, columns: int, effect: float) -> "Variances":
        """The same with more columns, of which only the size of an effect is assumed."""
        return Variances(
            grown(self.own, (columns,), effect**2),
            grown(self.main, (columns,), effect**2),
            self.noise,
            grown(self.shared, (columns,)),
        )


def grown(old: Numbers, shape: tuple[int, ...], fill: float = 0.0) -> Numbers:
    """A larger array with the old one in its first corner."""
    new = np.full(shape, fill)
    new[tuple(slice(0, size) for size in old.shape)] = old
    return new


def improve(
    sums: Sums, old: Variances, fields: NDArray[np.intp], effect: float, doubt: float
) -> Variances:
    """One step towards the variances under which what was seen is likeliest.

    Args:
        sums: What was learned.
        old: The variances so far.
        fields: By column, its field's number; a field's columns share their variances.
        effect: Assumed size of an effect in deviations of the noise, above 0.
        doubt: How many slopes the assumption is worth, above 0.
    """
    own = 1.0 / old.own
    inverse = np.linalg.inv(sums.squares + np.diag(own))
    used = sums.squares @ inverse
    # Generalized least squares for what the arms share, their own slopes integrated out.
    weight = (used * own).sum(axis=0)
    flat = 1.0 / old.main
    flat[0] = _FLAT
    spread = np.linalg.inv(0.5 * (weight + weight.T) + np.diag(flat))
    shared = spread @ (own * np.einsum("kij,kj->ki", inverse, sums.products)).sum(axis=0)
    slopes = np.einsum("kij,kj->ki", inverse, sums.products + own * shared)
    noise = _noise(sums, slopes, float(np.einsum("kii->", used)))
    size = np.bincount(fields)
    assumed = doubt * effect**2
    apart = ((slopes - shared) ** 2 / noise + np.einsum("kii->ki", inverse)).sum(axis=0)
    between = (np.bincount(fields, apart) + assumed) / (len(slopes) * size + doubt)
    away = shared**2 / noise + np.diag(spread)
    main = (np.bincount(fields, away) + assumed) / (size + doubt)
    return Variances(
        np.clip(between, LEAST, MOST)[fields], np.clip(main, LEAST, MOST)[fields], noise, shared
    )


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
