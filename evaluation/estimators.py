"""What a policy would have earned, from a log of another's choices.

Each function takes one number per round: the reward logged, the weight (the policy's probability of
the action logged over the logging policy's), and where named what a model expects. They return each
round's share in the estimate, whose mean is the estimate; the spread of the shares gives its
interval.

Sources: D. G. Horvitz, D. J. Thompson, JASA 47, 1952 (IPS); A. Swaminathan, T. Joachims, "The
self-normalized estimator for counterfactual learning", NIPS 2015 (SNIPS); M. Dudík, J. Langford,
L. Li, "Doubly robust policy evaluation and learning", ICML 2011 (DM, DR); E. L. Ionides, "Truncated
importance sampling", Journal of Computational and Graphical Statistics 17(2), 2008 (clipping);
L. Li et al., WSDM 2011 (replay).
"""

from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]

Interval = tuple[float, float]

Z95 = NormalDist().inv_cdf(0.975)


def inverse_propensity(rewards: Numbers, weights: Numbers) -> Numbers:
    """IPS: unbiased, of great variance where weights are large."""
    return rewards * weights


def self_normalized(rewards: Numbers, weights: Numbers) -> Numbers:
    """SNIPS: IPS over the mean weight, within the rewards' range; 0 if no weight is above 0."""
    mean = float(weights.mean()) if len(weights) else 0.0
    return rewards * weights / mean if mean > 0.0 else np.zeros(len(rewards))


def direct(expected: Numbers) -> Numbers:
    """DM: what the model expects of the policy's own choices; as good as the model.

    Args:
        expected: Per round, the model's rewards of all actions, by the policy's probabilities.
    """
    return expected


def doubly_robust(
    rewards: Numbers, weights: Numbers, expected: Numbers, expected_logged: Numbers
) -> Numbers:
    """DR: the model's expectation, corrected by what the logged rewards say of its errors.

    Args:
        expected: As `direct`.
        expected_logged: Per round, the model's reward of the action logged.
    """
    return expected + weights * (rewards - expected_logged)


def clipped(weights: Numbers, limit: float) -> Numbers:
    """Weights held at a limit: a little bias for much less variance.

    Args:
        limit: Above 0; infinite for none.
    """
    return np.minimum(weights, limit)


def effective_sample_size(weights: Numbers) -> float:
    """How many rounds of weight 1 would say as much (L. Kish, "Survey Sampling", 1965)."""
    squares = float((weights * weights).sum())
    return float(weights.sum()) ** 2 / squares if squares > 0.0 else 0.0


def interval(estimate: float, errors: Numbers, used: int | None = None) -> Interval | None:
    """The interval that holds the truth in 95 of 100 logs, by the normal approximation.

    Args:
        estimate: The mean.
        errors: Each round's distance from it: a share less the estimate, or for a ratio its
            linearization (`ratio_errors`).
        used: Rounds with a weight above 0, where others say nothing.

    Returns:
        None where fewer than two rounds count: they don't say how far rewards lie apart.
    """
    count = len(errors)
    if min(count, count if used is None else used) < 2:
        return None
    half = Z95 * sqrt(float((errors * errors).sum()) / (count - 1) / count)
    return estimate - half, estimate + half


def ratio_errors(rewards: Numbers, weights: Numbers) -> Numbers:
    """Each round's distance from a self-normalized estimate, weights being random too."""
    mean = float(weights.mean()) if len(weights) else 0.0
    if mean <= 0.0:
        return np.zeros(len(rewards))
    estimate = float((rewards * weights).mean()) / mean
    return weights * (rewards - estimate) / mean
