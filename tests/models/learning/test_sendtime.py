import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.learning.sendtime import person_rates, population_rates


def test_nothing_known_is_no_difference() -> None:
    nothing = np.zeros((1, 4))
    rates = population_rates(nothing, nothing)
    assert rates == pytest.approx(np.full((1, 4), 0.01))
    assert person_rates(rates, nothing, nothing) == pytest.approx(rates)


def test_everybody_s_best_time_is_a_newcomer_s() -> None:
    rates = population_rates(np.array([1000, 1000]), np.array([100, 150]))
    assert person_rates(rates, np.zeros(2), np.zeros(2)).argmax() == 1
    # Held a little towards the mean of both.
    assert 0.1 < rates[0] < 0.125 < rates[1] < 0.15


def test_a_person_s_own_clicks_outweigh_everybody_s() -> None:
    everybody = np.array([0.10, 0.15])
    own = person_rates(everybody, np.array([40, 40]), np.array([12, 1]))
    assert own.argmax() == 0


def test_one_click_of_someone_who_clicks_much_proves_little() -> None:
    everybody = np.array([0.10, 0.12])
    # Sent to in the first slot only, clicking most: a reader, not a reader at that time.
    own = person_rates(everybody, np.array([10, 0]), np.array([6, 0]))
    assert own[1] > everybody[1]
    assert own[0] / own[1] < 2.0


@given(
    arrays(np.int64, (3, 5), elements=st.integers(0, 1_000_000)),
    arrays(np.float64, (3, 5), elements=st.floats(0, 1)),
)
def test_rates_are_finite_and_never_negative(sent: np.ndarray, share: np.ndarray) -> None:
    clicked = np.floor(sent * share)
    for rates in (
        population_rates(sent, clicked),
        person_rates(population_rates(sent, clicked), sent, clicked),
    ):
        assert np.isfinite(rates).all()
        assert (rates >= 0.0).all()
