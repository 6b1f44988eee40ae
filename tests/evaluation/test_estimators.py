"""Estimators against numbers worked out by hand."""

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


def test_without_weights_nothing_is_divided_by() -> None:
    none = np.zeros(4)
    assert estimators.self_normalized(REWARDS, none).tolist() == [0.0] * 4
    assert estimators.ratio_errors(REWARDS, none).tolist() == [0.0] * 4
    assert estimators.effective_sample_size(none) == 0.0


def test_nineteen_of_twenty_intervals_hold_the_truth() -> None:
    luck, held, ratios = np.random.default_rng(4), 0, 0
    for _ in range(400):
        rewards = luck.exponential(2.0, size=300)
        weights = luck.choice([0.0, 1.0, 3.0], size=300)
        shares = estimators.inverse_propensity(rewards, weights)
        low, high = estimators.interval(shares.mean(), shares - shares.mean())
        held += low <= 2.0 * 4.0 / 3.0 <= high
        ratio = float(estimators.self_normalized(rewards, weights).mean())
        low, high = estimators.interval(ratio, estimators.ratio_errors(rewards, weights))
        ratios += low <= 2.0 <= high
    assert 0.92 < held / 400 < 0.98
    assert 0.92 < ratios / 400 < 0.98
