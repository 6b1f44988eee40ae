"""How large are the effects of one field of the context: a prior over sizes, and what data say.

Of most fields it makes no difference which action is taken; of the few others nobody knows how
large the difference is. So the prior of a field's size is a spike at nothing and a slab over a wide
grid, each step twice the one before ("spike and slab"). Sizes far beyond the noise are on it too,
for rewards that hardly have any; they are so rare that they change little of what is assumed
before. What is used of the posterior is its mean variance: a field of which nothing is known yet is
still explored, one that has had its chance and made no difference drops out.

Sources: T. J. Mitchell, J. J. Beauchamp, "Bayesian variable selection in linear regression", JASA
83, 1988; D. J. C. MacKay, "Bayesian interpolation", Neural Computation 4, 1992 (evidence).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

NOTHING = 1e-6
"""The spike's variance: too small to matter, large enough to divide by."""
_LIKELY = np.array([0.025, 0.05, 0.1, 0.2, 0.4, 0.8])
_HUGE = np.array([3.2, 12.8, 51.2, 204.8])
_VARIANCES = np.concatenate(([NOTHING], _LIKELY**2, _HUGE**2))
_NO_EFFECT = 0.8
_RARE = 1.0 / 32.0


@dataclass(frozen=True, slots=True)
class Prior:
    """Chances of the sizes on the grid, in deviations of the noise: 0, .025 to .8, 3.2 to 205."""

    chances: Numbers

    @property
    def variance(self) -> float:
        """What to assume of a field of which nothing was seen."""
        return float(self.chances @ _VARIANCES)


def _prior(no_effect: float) -> Prior:
    huge = _RARE * (_LIKELY[-1] / _HUGE) ** 2
    slab = np.concatenate((np.ones(len(_LIKELY)), huge))
    return Prior(np.concatenate(([no_effect], (1.0 - no_effect) * slab / slab.sum())))


FIELD = _prior(_NO_EFFECT)
"""Of a field: most make no difference. J. Cohen, "Statistical power analysis", 1988, calls .2 of a
deviation a small effect, .8 a large one."""
GROWTH = _prior(0.5)
"""Of effects that grow with what is expected anyway: as likely as not."""
CERTAIN = _prior(1e-9)
"""Of what actions are worth whatever the context: they differ."""


def learned(
    prior: Prior, slopes: Numbers, doubts: Numbers, assumed: float, freedom: float
) -> float:
    """The mean of a field's variance under its posterior.

    The evidence of another variance follows from the posterior under the one assumed, by the ratio
    of the priors in its mean.

    Args:
        prior: Of its size.
        slopes: By arm, the field's slopes less what they lean on, in deviations of the noise.
        doubts: By arm, their posterior covariances, in variances of the noise.
        assumed: The variance under which both were found.
        freedom: Share of the slopes that were free to differ: of K arms around their own mean,
            (K - 1) / K.

    Returns:
        A variance over the noise's, within the grid.
    """
    spreads, turn = np.linalg.eigh(doubts)
    squares = np.einsum("kij,ki->kj", turn, slopes)[..., None] ** 2
    tighter = 1.0 / _VARIANCES - 1.0 / assumed
    scaled = np.maximum(1.0 + tighter * spreads[..., None], 1e-12)
    fit = freedom * (np.log(assumed / _VARIANCES) - np.log(scaled)) - tighter * squares / scaled
    likelihood = np.log(prior.chances) + 0.5 * fit.sum(axis=(0, 1))
    chances = np.exp(likelihood - likelihood.max())
    return float(chances @ _VARIANCES / chances.sum())
