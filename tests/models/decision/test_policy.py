import random
from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decision.policy import about_the_best, best, draw, explored, mostly, whether

ARMS = st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.0, 1e6)), min_size=1, max_size=60)
SHARES = st.floats(0.01, 1.0)
SEEDS = st.integers(0, 2**64 - 1)

# Chi-square at p = 0.001, by degrees of freedom.
CRITICAL = {1: 10.83, 2: 13.82, 3: 16.27, 4: 18.47}


def propensities(
    values: Sequence[float], doubts: Sequence[float], exploration: float
) -> list[float]:
    return explored(best(values, doubts), exploration)


@given(ARMS, SHARES)
def test_they_sum_to_one_and_keep_the_floor(
    arms: list[tuple[float, float]], exploration: float
) -> None:
    chances = propensities([value for value, _ in arms], [doubt for _, doubt in arms], exploration)
    assert abs(sum(chances) - 1.0) < 1e-9
    floor = exploration / len(arms)
    assert all(chance >= floor * (1.0 - 1e-12) for chance in chances)


@given(st.integers(1, 60), st.data(), SHARES)
def test_one_arm_mostly_keeps_the_floor_of_the_others(
    arms: int, data: st.DataObject, exploration: float
) -> None:
    index = data.draw(st.integers(0, arms - 1))
    chances = mostly(index, arms, exploration)
    assert abs(sum(chances) - 1.0) < 1e-9
    assert chances[index] == pytest.approx(1.0 - exploration + exploration / arms)
    assert all(chance >= exploration / arms * (1.0 - 1e-12) for chance in chances)


@given(ARMS, SEEDS)
def test_a_draw_is_one_of_the_arms_and_always_the_same(
    arms: list[tuple[float, float]], seed: int
) -> None:
    chances = propensities([value for value, _ in arms], [doubt for _, doubt in arms], 0.1)
    drawn = draw(chances, seed)
    assert 0 <= drawn < len(arms)
    assert draw(chances, seed) == drawn


@pytest.mark.parametrize(
    "chances",
    [
        propensities([0.0, 0.02, 0.01], [0.0, 0.02, 0.03], 0.02),
        propensities([0.0, -0.1, -0.1, -0.1], [0.0, 0.01, 0.01, 0.01], 0.1),
        propensities([0.0, 1.0], [0.0, 0.0], 0.01),
        mostly(1, 3, 0.02),
        [0.1, 0.2, 0.3, 0.25, 0.15],
    ],
    ids=["close", "holding", "two", "mostly", "five"],
)
def test_draws_of_many_seeds_are_as_often_as_logged(chances: list[float]) -> None:
    rng, draws = random.Random(20_240_101), 100_000
    counts = Counter(draw(chances, rng.getrandbits(64)) for _ in range(draws))
    squares = sum(
        (counts[index] - draws * chance) ** 2 / (draws * chance)
        for index, chance in enumerate(chances)
    )
    assert squares < CRITICAL[len(chances) - 1]


def test_a_better_arm_is_likelier_and_equal_arms_are_alike() -> None:
    low, high, same = propensities([0.0, 0.5, 0.5], [0.5, 0.5, 0.5], 0.1)
    assert low < high == pytest.approx(same)


def test_without_doubt_the_best_is_taken_but_for_the_floor() -> None:
    assert propensities([0.0, 0.2, 0.1], [0.0, 0.0, 0.0], 0.03) == pytest.approx([0.01, 0.98, 0.01])


def test_the_more_doubtful_of_two_worse_arms_is_tried_more() -> None:
    best, sure, doubtful = propensities([0.0, -0.1, -0.1], [0.0, 0.01, 0.2], 0.02)
    assert best > doubtful > 10.0 * sure


def test_the_ends_of_the_seeds_are_the_first_and_the_last_arm() -> None:
    assert draw([0.2, 0.3, 0.5], 0) == 0
    assert draw([0.2, 0.3, 0.5], 2**64 - 1) == 2
    assert draw([0.1] * 10, 2**64 - 1) == 9


@given(ARMS)
def test_doing_nothing_or_one_of_the_arms_and_nothing_else(arms: list[tuple[float, float]]) -> None:
    chances = whether([value for value, _ in arms], [doubt for _, doubt in arms])
    assert len(chances) == len(arms) + 1
    assert sum(chances) == pytest.approx(1.0)
    assert min(chances) >= 0.0


def test_nothing_is_done_as_often_as_nothing_is_worth_more() -> None:
    assert whether([1.0], [0.0]) == [0.0, 1.0]
    assert whether([-1.0], [0.0]) == [1.0, 0.0]
    assert whether([0.0], [1.0]) == pytest.approx([0.5, 0.5])
    assert whether([0.0, 0.0], [1.0, 1.0]) == pytest.approx([0.25, 0.375, 0.375])
    assert whether([1.0], [1.0])[0] == pytest.approx(0.15866, abs=1e-5)


@given(ARMS)
def test_the_best_is_likeliest_and_what_is_worse_for_sure_never(
    arms: list[tuple[float, float]],
) -> None:
    values, doubts = [value for value, _ in arms], [doubt for _, doubt in arms]
    chances = about_the_best(values, doubts)
    assert sum(chances) == pytest.approx(1.0)
    assert max(chances) == chances[values.index(max(values))]
    sure = about_the_best([2.0, 1.0, 2.0], [0.0, 0.0, 0.0])
    assert sure == [0.5, 0.0, 0.5]
