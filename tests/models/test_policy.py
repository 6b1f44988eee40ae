from hypothesis import given
from hypothesis import strategies as st

from models.policy import draw, propensities

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@given(VALUES, st.floats(1e-3, 1e3), st.floats(1e-4, 1.0), st.floats(0.01, 1.0))
def test_they_sum_to_one_and_keep_the_floor(
    values: list[float], gain: float, temperature: float, exploration: float
) -> None:
    chances = propensities(values, gain, temperature, exploration)
    assert abs(sum(chances) - 1.0) < 1e-9
    floor = exploration / len(values)
    assert all(chance >= floor * (1.0 - 1e-12) for chance in chances)


@given(VALUES, st.integers(0, 2**64 - 1))
def test_a_draw_is_one_of_the_arms_and_always_the_same(values: list[float], seed: int) -> None:
    chances = propensities(values, 1.0, 0.1, 0.1)
    drawn = draw(chances, seed)
    assert 0 <= drawn < len(values)
    assert draw(chances, seed) == drawn


def test_a_better_arm_is_likelier_and_equal_arms_are_alike() -> None:
    low, high, same = propensities([0.0, 0.5, 0.5], 10.0, 0.05, 0.1)
    assert low < high == same


def test_the_ends_of_the_seeds_are_the_first_and_the_last_arm() -> None:
    assert draw([0.2, 0.3, 0.5], 0) == 0
    assert draw([0.2, 0.3, 0.5], 2**64 - 1) == 2
    assert draw([0.1] * 10, 2**64 - 1) == 9
