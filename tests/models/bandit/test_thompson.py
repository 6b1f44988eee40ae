"""Probabilities to be the best: against the closed form, against draws, and as they are logged."""

from collections import Counter
from math import erf, isfinite, sqrt
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.bandit.thompson import best_probabilities, log_normal_cdf, with_floor
from models.decision.policy import draw
from models.errors import BadRoundError

WORTH = st.floats(-1e9, 1e9)
WORTHS = st.lists(st.tuples(WORTH, st.floats(0.0, 1e9)), min_size=1, max_size=60)


def phi(z: float) -> float:
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))


@pytest.mark.parametrize("z", [-8.0, -2.5, -0.003, 0.0, 0.7, 4.0])
def test_the_table_is_the_distribution_function(z: float) -> None:
    found = float(np.exp(log_normal_cdf(np.array([z]))[0]))
    assert found == pytest.approx(phi(z), rel=1e-5, abs=1e-15)


@pytest.mark.parametrize("scale", [1e-9, 1.0, 1e9])
@pytest.mark.parametrize(
    ("means", "deviations"),
    [([0.0, 0.0], [1.0, 1.0]), ([0.3, 0.1], [0.2, 0.01]), ([5.0, 1.0], [3.0, 2.0])],
)
def test_of_two_it_is_the_closed_form(
    means: list[float], deviations: list[float], scale: float
) -> None:
    z = (means[0] - means[1]) / sqrt(deviations[0] ** 2 + deviations[1] ** 2)
    found = best_probabilities(np.array(means) * scale, np.array(deviations) * scale)
    assert found[0] == pytest.approx(phi(z), abs=2e-3)


def test_of_many_it_is_what_draws_say() -> None:
    luck = np.random.default_rng(7)
    means, deviations = luck.normal(size=20), luck.uniform(0.05, 2.0, size=20)
    draws = luck.normal(means, deviations, size=(200_000, 20)).argmax(axis=1)
    drawn = np.bincount(draws, minlength=20) / len(draws)
    assert np.abs(best_probabilities(means, deviations) - drawn).max() < 6e-3


def test_many_alike_share_and_hundreds_that_differ_are_what_draws_say() -> None:
    found = best_probabilities([1.0, *[0.9] * 999], [0.2, *[0.3] * 999])
    assert found[1:] == pytest.approx([found[1]] * 999)
    luck = np.random.default_rng(7)
    means, deviations = luck.normal(size=600), luck.uniform(0.05, 2.0, size=600)
    draws = np.concatenate(
        [luck.normal(means, deviations, size=(2_000, 600)).argmax(axis=1) for _ in range(20)]
    )
    drawn = np.bincount(draws, minlength=600) / len(draws)
    assert np.abs(best_probabilities(means, deviations) - drawn).max() < 6e-3


@settings(deadline=None)
@given(WORTHS, st.floats(1e-4, 1.0))
def test_they_are_probabilities_with_a_floor(
    worths: list[tuple[float, float]], exploration: float
) -> None:
    means, deviations = [w[0] for w in worths], [w[1] for w in worths]
    chances = with_floor(best_probabilities(means, deviations), exploration)
    assert abs(float(chances.sum()) - 1.0) < 1e-9
    assert (chances >= exploration / len(worths) * (1.0 - 1e-12)).all()
    assert all(map(isfinite, chances))


def test_equals_are_alike_and_a_certain_one_is_certain() -> None:
    assert best_probabilities([1.0, 1.0, 1.0], [0.0, 0.0, 0.0]) == pytest.approx([1 / 3] * 3)
    assert best_probabilities([2.0, 2.0, 2.0], [0.5, 0.5, 0.5]) == pytest.approx([1 / 3] * 3)
    assert best_probabilities([2.0, 1.0], [0.0, 0.0]) == pytest.approx([1.0, 0.0])
    assert best_probabilities([3.0], [1.0]) == pytest.approx([1.0])


@pytest.mark.parametrize(
    ("means", "deviations", "reason"),
    [
        ([], [], "no_actions"),
        ([1.0, float("nan")], [1.0, 1.0], "non_finite"),
        ([1.0, 0.0], [1.0, float("inf")], "non_finite"),
        ([1.0, 0.0], [1.0, -1.0], "non_finite"),
    ],
)
def test_what_is_no_number_is_refused(
    means: list[float], deviations: list[float], reason: str
) -> None:
    with pytest.raises(BadRoundError) as caught:
        best_probabilities(means, deviations)
    assert caught.value.reason == reason


def test_frequencies_over_seeds_are_the_logged_ones() -> None:
    chances = with_floor(best_probabilities([0.3, 0.28, 0.1, 0.25], [0.05, 0.1, 0.02, 0.2]), 0.05)
    logged = chances.tolist()
    seeds = np.random.default_rng(1).integers(0, 2**64, size=100_000, dtype=np.uint64)
    counts = Counter(draw(logged, int(seed)) for seed in seeds)
    chi_square = sum(
        (counts[at] - 100_000 * chance) ** 2 / (100_000 * chance)
        for at, chance in enumerate(logged)
    )
    assert chi_square < 16.27  # 99.9 % of a chi-square of 3 degrees of freedom


def test_sixty_actions_take_less_than_a_millisecond() -> None:
    luck = np.random.default_rng(3)
    means, deviations = luck.normal(size=60), luck.uniform(0.1, 1.0, size=60)
    took = []
    for _ in range(20):
        began = process_time()
        best_probabilities(means, deviations)
        took.append(process_time() - began)
    assert min(took) < 0.001
