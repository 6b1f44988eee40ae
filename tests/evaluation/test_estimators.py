"""Estimators against numbers worked out by hand, and by another library."""

import numpy as np
import pytest

from evaluation import estimators

REWARDS = np.array([1.0, 0.0, 1.0, 2.0])
WEIGHTS = np.array([2.0, 1.0, 0.0, 1.0])
EXPECTED = np.array([0.5, 0.25, 0.75, 1.0])
LOGGED = np.array([0.5, 0.5, 0.0, 1.5])


def test_each_estimate_is_what_its_formula_says() -> None:
    assert estimators.inverse_propensity(REWARDS, WEIGHTS).mean() == 4.0 / 4
    assert estimators.self_normalized(REWARDS, WEIGHTS).mean() == 4.0 / 4.0
    assert estimators.self_normalized(REWARDS, 3.0 * WEIGHTS).mean() == pytest.approx(1.0)
    assert estimators.direct(EXPECTED).mean() == 0.625
    robust = estimators.doubly_robust(REWARDS, WEIGHTS, EXPECTED, LOGGED)
    assert robust.tolist() == [1.5, -0.25, 0.75, 1.5]
    assert estimators.clipped(WEIGHTS, 1.5).tolist() == [1.5, 1.0, 0.0, 1.0]
    assert estimators.effective_sample_size(WEIGHTS) == pytest.approx(16.0 / 6.0)


def test_they_are_those_of_the_open_bandit_pipeline() -> None:
    """What obp 0.4.1 (Y. Saito et al., NeurIPS 2021) says of the same rounds."""
    at = np.arange(40)
    action, propensities = at * at % 3, 0.1 + 0.8 * (at * 7 % 11) / 11
    rewards = (at * 5 % 7) / 3 - 0.5
    target = np.stack([1.0 + at % 3, 2.0 + at % 5, 1.0 + at % 2], axis=1)
    target /= target.sum(axis=1, keepdims=True)
    model = np.stack([at % 4, at % 6, at % 9], axis=1) / 10.0
    weights = target[at, action] / propensities
    expected, logged = (target * model).sum(axis=1), model[at, action]
    found = [
        estimators.inverse_propensity(rewards, weights).mean(),
        estimators.self_normalized(rewards, weights).mean(),
        estimators.direct(expected).mean(),
        estimators.doubly_robust(rewards, weights, expected, logged).mean(),
    ]
    obp = [0.7484478378117574, 0.6215181281585567, 0.2374666305916306, 0.6632999713240876]
    assert found == pytest.approx(obp, abs=1e-12)


def test_without_weights_nothing_is_divided_by() -> None:
    none = np.zeros(4)
    assert estimators.self_normalized(REWARDS, none).tolist() == [0.0] * 4
    assert estimators.ratio_errors(REWARDS, none).tolist() == [0.0] * 4
    assert estimators.effective_sample_size(none) == 0.0


def holds(truth: float, ci95: estimators.Interval | None) -> bool:
    return ci95 is not None and ci95[0] <= truth <= ci95[1]


def test_one_round_has_no_interval() -> None:
    assert estimators.interval(1.0, np.zeros(1)) is None
    assert estimators.interval(1.0, np.array([0.0, 1.0]), used=1) is None
    assert estimators.interval(1.0, np.zeros(2)) == (1.0, 1.0)


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    luck, held, ratios = np.random.default_rng(4), 0, 0
    for _ in range(400):
        rewards = luck.exponential(2.0, size=300)
        weights = luck.choice([0.0, 1.0, 3.0], size=300)
        shares = estimators.inverse_propensity(rewards, weights)
        held += holds(2.0 * 4.0 / 3.0, estimators.interval(shares.mean(), shares - shares.mean()))
        ratio = float(estimators.self_normalized(rewards, weights).mean())
        errors = estimators.ratio_errors(rewards, weights)
        ratios += holds(2.0, estimators.interval(ratio, errors))
    assert 0.92 < held / 400 < 0.98
    assert 0.92 < ratios / 400 < 0.98
