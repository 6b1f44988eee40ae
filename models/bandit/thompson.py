"""Choosing as Thompson did, by probabilities that are computed instead of sampled.

Thompson sampling draws every action's worth from its posterior and takes the highest. How often
each action is taken is an integral; computing it gives the propensity itself, so what is logged is
true by construction and one draw of a seed is all the luck there is.

Source: W. R. Thompson, "On the likelihood that one unknown probability exceeds another in view of
the evidence of two samples", Biometrika 25, 1933.
"""

from collections.abc import Sequence
from math import erfc, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.errors import BadRoundError

Numbers = NDArray[np.float64]

_NODES = 320
_LEAST_PER_KIND = 7
_MOST_NODES = 320
_FEW = 16
_REACH = 6.0
_TABLE_STEP = 0.005
_LOWEST, _HIGHEST = -37.0, 9.0
_TABLE = np.array(
    [
        0.5 * erfc(-(_LOWEST + _TABLE_STEP * at) / sqrt(2.0))
        for at in range(round((_HIGHEST - _LOWEST) / _TABLE_STEP) + 2)
    ]
)
_LOG_TABLE = np.log(_TABLE)
_SLOPE = np.append(np.diff(_LOG_TABLE), 0.0)


def log_normal_cdf(z: Numbers) -> Numbers:
    """Log of the standard normal distribution function, for z held within -37 and 9.

    From a table: numpy has no error function, and a decision asks for thousands of values. Relative
    error of the probability below 4e-6.
    """
    at = (np.minimum(np.maximum(z, _LOWEST), _HIGHEST) - _LOWEST) / _TABLE_STEP
    whole = at.astype(np.intp)
    found: Numbers = _LOG_TABLE[whole] + (at - whole) * _SLOPE[whole]
    return found


def best_probabilities(
    means: Sequence[float] | Numbers, deviations: Sequence[float] | Numbers
) -> Numbers:
    """The probability of each action to be the best one, if their worths are independent normals.

    The integral over x of the density of one action's worth times the chance that all others are
    below x, by the trapezoid rule in the distribution function: exact for two like actions.

    Args:
        means: Posterior mean of each action's worth; at least one.
        deviations: Posterior standard deviations, 0 or more.

    Returns:
        One probability for each action, 0 to 1, summing to 1.

    Raises:
        BadRoundError: No actions, or a number that isn't finite (`non_finite`).
    """
    mean, spread = _checked(means, deviations)
    if len(mean) == 1:
        return np.ones(1)
    # Worths come with any unit: in that of the widest difference nothing over- or underflows.
    scale = max(float(mean.max() - mean.min()), float(spread.max()))
    if scale <= 0.0:
        return np.full(len(mean), 1.0 / len(mean))
    mean, spread = (mean - mean.max()) / scale, np.maximum(spread / scale, 1e-9)
    lowest = float((mean - _REACH * spread).max())
    able = np.flatnonzero(mean + _REACH * spread > lowest)
    chances = np.zeros(len(mean))
    if len(able) == 1:
        chances[able] = 1.0
        return chances
    mean, spread = mean[able], spread[able]
    if len(able) < _FEW:
        found = _highest(mean, spread, np.ones(len(able)))
    else:  # actions never seen are all alike: each kind is calculated once
        kinds, kind, alike = np.unique(
            np.column_stack((mean, spread)), axis=0, return_inverse=True, return_counts=True
        )
        found = _highest(kinds[:, 0], kinds[:, 1], alike.astype(np.float64))[kind.ravel()]
    chances[able] = found / found.sum()
    return chances


def _highest(mean: Numbers, spread: Numbers, alike: Numbers) -> Numbers:
    """How often one of each kind is the highest, there being so many alike of each."""
    per_kind = max(_LEAST_PER_KIND, _NODES // len(mean))
    reach = np.linspace(-_REACH, _REACH, per_kind)
    grid = np.sort((mean[:, None] + spread[:, None] * reach).ravel())
    if len(grid) > _MOST_NODES:
        grid = grid[np.linspace(0, len(grid) - 1, _MOST_NODES).astype(np.intp)]
    below = log_normal_cdf((grid - mean[:, None]) / spread[:, None])
    others = np.exp(alike @ below - below)
    mass = np.diff(np.exp(below), axis=1)
    found: Numbers = 0.5 * (mass * (others[:, :-1] + others[:, 1:])).sum(axis=1)
    return found


def _checked(means: Any, deviations: Any) -> tuple[Numbers, Numbers]:
    mean = np.asarray(means, dtype=np.float64)
    spread = np.asarray(deviations, dtype=np.float64)
    if not len(mean):
        raise BadRoundError(
            "no_actions", "there is nothing to choose from; offer one action at least"
        )
    if not (np.isfinite(mean).all() and np.isfinite(spread).all() and (spread >= 0.0).all()):
        raise BadRoundError("non_finite", "a mean or deviation is not a finite number")
    return mean, spread


def with_floor(chances: Numbers, exploration: float) -> Numbers:
    """Mix in an even share, so that no probability is below `exploration / len(chances)`.

    Args:
        chances: Probabilities that sum to 1.
        exploration: Share that is spread evenly, 0 to 1.
    """
    mixed: Numbers = (1.0 - exploration) * chances + exploration / len(chances)
    return mixed
