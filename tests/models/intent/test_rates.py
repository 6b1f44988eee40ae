"""Rates are learned whatever their size, in batches or one by one, and let go with a memory."""

import numpy as np
import pytest

from models.intent.rates import RateRegression

NAMES = ("always", "often")


def made(rate: float, people: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    luck = np.random.default_rng(seed)
    often = (np.arange(people) % 2).astype(np.float64)
    inputs = np.stack([np.ones(people), often], axis=1)
    return inputs, luck.poisson(rate * np.exp(often) * 7.0).astype(np.float64)


@pytest.mark.parametrize("rate", [0.0005, 0.02, 1.0])
def test_it_finds_the_rate_from_any_start(rate: float) -> None:
    model = RateRegression(NAMES, {"always": -4.0}, spread=3.0)
    inputs, counts = made(rate, 20_000)
    for at in range(0, len(counts), 500):
        model.learn(inputs[at : at + 500], counts[at : at + 500], 7.0)
    found = model.expected(np.array([[1.0, 0.0], [1.0, 1.0]]), 1.0)
    assert found == pytest.approx([rate, rate * np.e], rel=0.15)


def test_how_it_comes_in_batches_hardly_matters() -> None:
    inputs, counts = made(0.05, 600)
    one, many = (RateRegression(NAMES, {"always": -4.0}) for _ in range(2))
    one.learn(inputs, counts, 7.0)
    for at in range(len(counts)):
        many.learn(inputs[at : at + 1], counts[at : at + 1], 7.0)
    assert many.weights == pytest.approx(one.weights, abs=0.1)


def test_an_absurd_count_moves_it_and_breaks_nothing() -> None:
    model = RateRegression(NAMES)
    model.learn(np.array([[1.0, 4.0]]), np.array([1e12]), 7.0)
    model.learn(np.array([[1.0, -4.0]]), np.array([0.0]), 1e6)
    assert np.isfinite(model.expected(np.array([[1.0, 4.0], [1.0, -4.0]]), 1e4)).all()
    assert np.isfinite(model.weights).all()


def test_nothing_to_learn_from_changes_nothing() -> None:
    model = RateRegression(NAMES, {"always": -3.0}, memory=10.0)
    model.learn(np.zeros((0, 2)), np.zeros(0), 7.0)
    assert model.weights.tolist() == [-3.0, 0.0]


def test_a_memory_follows_a_change() -> None:
    keeps, follows = RateRegression(NAMES), RateRegression(NAMES, memory=2_000.0)
    for model in (keeps, follows):
        for rate in (0.02, 0.2):
            inputs, counts = made(rate, 10_000)
            for at in range(0, len(counts), 100):
                model.learn(inputs[at : at + 100], counts[at : at + 100], 7.0)
    now = np.array([[1.0, 0.0]])
    assert follows.expected(now, 1.0)[0] == pytest.approx(0.2, rel=0.1)
    assert keeps.expected(now, 1.0)[0] < 0.17


def test_it_is_a_regressor_of_river_s() -> None:
    model = RateRegression(NAMES)
    for day in range(600):
        model.learn_one({"always": 1.0, "unknown": 5.0}, float(day % 5 == 0))
    assert model.predict_one({"always": 1.0}) == pytest.approx(0.2, rel=0.15)
    assert model.clone().names == NAMES
