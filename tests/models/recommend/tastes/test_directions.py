"""The directions found are the largest of the matrix, less what chance makes."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.recommend.tastes.directions import beyond_chance, directions
from tests.models.recommend.tastes.counting import count, last


def test_two_styles_give_one_number_whose_products_are_lifts_less_1() -> None:
    luck = Random(1)
    kinds = np.repeat([0, 1], 12)
    visits = [luck.sample(range(style % 2, 24, 2), 4) for style in range(400)]
    found = last(directions(count(visits, kinds)))
    assert found.shape == (24, 1)
    even, odd = found[::2, 0], found[1::2, 0]
    assert (even * even[0] > 0.0).all()
    assert (odd * even[0] < 0.0).all()
    # Twice as often together as expected, or never; a little is held back.
    assert 0.6 < even.mean() ** 2 < 1.0
    assert even.mean() * odd.mean() == pytest.approx(-(even.mean() ** 2), rel=0.1)


@given(
    st.lists(
        st.lists(st.integers(0, 5), min_size=1, max_size=5, unique=True), min_size=1, max_size=30
    )
)
def test_whatever_the_visits_the_numbers_are_finite_and_few(found: list[list[int]]) -> None:
    numbers = last(directions(count(found)))
    assert numbers.shape[0] == 6
    assert numbers.shape[1] <= 5
    assert np.isfinite(numbers).all()


def test_chance_is_what_is_left_without_what_is_larger() -> None:
    # A hundred eigenvalues of 1 or so by chance, and one of 10 beside them.
    assert beyond_chance(np.array([10.0, 1.9, 1.0]), 200.0, 100) == (2.0, 1)
    assert beyond_chance(np.array([2.0, 1.0]), 100.0, 100) == (2.0, 0)
    assert beyond_chance(np.array([3.0, 2.0]), 13.0, 100) == (0.0, 2)
    assert beyond_chance(np.array([]), 1.0, 4) == (1.0, 0)
