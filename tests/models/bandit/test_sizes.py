"""A field's size: against evidence worked out in full, and what the spike does."""

import numpy as np
import pytest

from models.bandit import sizes
from models.bandit.sizes import CERTAIN, FIELD, NOTHING, Prior, learned


def worked_out(prior: Prior, columns: np.ndarray, rewards: np.ndarray) -> float:
    """The same from the rewards' own density: normal, of covariance 1 + variance x x'."""
    chances = []
    for chance, variance in zip(prior.chances, sizes._VARIANCES, strict=True):
        spread = np.eye(len(rewards)) + variance * columns @ columns.T
        _, log_size = np.linalg.slogdet(spread)
        fit = -0.5 * (log_size + rewards @ np.linalg.solve(spread, rewards))
        chances.append(np.log(chance) + fit)
    found = np.exp(np.array(chances) - max(chances))
    return float(found @ sizes._VARIANCES / found.sum())


@pytest.mark.parametrize("assumed", [1e-4, 0.03, 2.0])
@pytest.mark.parametrize("slope", [0.0, 0.2, 3.0])
def test_it_is_the_evidence_of_the_rewards_themselves(assumed: float, slope: float) -> None:
    luck = np.random.default_rng(1)
    columns = luck.normal(size=(60, 2))
    rewards = columns @ np.array([slope, -slope]) + luck.normal(size=60)
    tight = columns.T @ columns + np.eye(2) / assumed
    doubts = np.asarray(np.linalg.inv(tight), dtype=np.float64)
    slopes = doubts @ columns.T @ rewards
    found = learned(FIELD, slopes[None], doubts[None], assumed, 1.0)
    assert found == pytest.approx(worked_out(FIELD, columns, rewards), rel=1e-6)


def test_with_nothing_seen_the_prior_is_what_is_left() -> None:
    nothing = learned(FIELD, np.zeros((3, 1)), np.full((3, 1, 1), 0.04), 0.04, 2.0 / 3.0)
    assert nothing == pytest.approx(FIELD.variance)
    assert CERTAIN.variance > FIELD.variance > NOTHING


def test_what_had_its_chance_and_made_no_difference_drops_out() -> None:
    doubts = np.full((3, 1, 1), 1e-4)
    assert learned(FIELD, np.full((3, 1), 0.001), doubts, 0.04, 1.0) < 2e-5
    assert learned(FIELD, np.array([[0.2], [-0.2], [0.0]]), doubts, 0.04, 1.0) > 0.01
    huge = learned(FIELD, np.array([[60.0], [-50.0], [9.0]]), doubts, 0.04, 1.0)
    assert huge > 100.0
