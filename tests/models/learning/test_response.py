from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import bounds
from models.learning import response
from models.learning.linear import probability
from models.person.profile import new_profile

LEAN = log(0.05 / 0.95)


@given(st.floats(-30.0, 30.0), st.sampled_from(["reminder/none", "win_back/small"]))
def test_a_newcomer_behaves_like_everyone(lean: float, arm: str) -> None:
    assert response.Response({}).log_odds(arm, lean) == lean


def test_the_first_outcome_moves_a_person_only_a_little() -> None:
    profile = new_profile()
    response.learn(profile, "reminder/none", LEAN, clicked=False)
    cooler = response.Response(profile.weights).log_odds("reminder/none", LEAN)
    assert LEAN - 0.1 < cooler < LEAN
    response.learn(profile, "reminder/none", LEAN, clicked=True)
    warmer = response.Response(profile.weights).log_odds("reminder/none", LEAN)
    assert LEAN < warmer < LEAN + 1.5


def test_a_click_is_news_and_none_is_hardly_any() -> None:
    clicked, silent = new_profile(), new_profile()
    response.learn(clicked, "reminder/none", LEAN, clicked=True)
    response.learn(silent, "reminder/none", LEAN, clicked=False)
    up = response.Response(clicked.weights).log_odds("reminder/none", LEAN) - LEAN
    down = LEAN - response.Response(silent.weights).log_odds("reminder/none", LEAN)
    assert up == pytest.approx(19.0 * down, rel=0.01)  # .95 to .05


def test_what_was_expected_teaches_less_than_a_surprise() -> None:
    expected, surprising = new_profile(), new_profile()
    response.learn(expected, "reminder/none", 2.0, clicked=True)
    response.learn(surprising, "reminder/none", -4.0, clicked=True)
    assert 0.0 < expected.weights["mail"] < surprising.weights["mail"]


def test_a_regular_behaves_like_themself_whatever_everyone_does() -> None:
    keen, cold = new_profile(), new_profile()
    for _ in range(200):
        response.learn(keen, "reminder/none", LEAN, clicked=True)
        response.learn(cold, "reminder/none", LEAN, clicked=False)
    for lean in (LEAN, LEAN - 1.0):
        assert probability(response.Response(keen.weights).log_odds("reminder/none", lean)) > 0.7
    assert probability(response.Response(cold.weights).log_odds("reminder/none", LEAN)) < 0.02


def test_who_clicks_one_kind_is_expected_to_click_another_but_less() -> None:
    profile = new_profile()
    for _ in range(20):
        response.learn(profile, "reminder/none", LEAN, clicked=True)
    person = response.Response(profile.weights)
    assert person.log_odds("reminder/none", LEAN) > person.log_odds("win_back/none", LEAN) > LEAN


def test_a_liking_for_offers_is_told_from_one_for_mails() -> None:
    profile = new_profile()
    for _ in range(50):
        response.learn(profile, "reminder/small", LEAN, clicked=True)
        response.learn(profile, "reminder/none", LEAN, clicked=False)
    person = response.Response(profile.weights)
    assert person.log_odds("win_back/small", LEAN) > person.log_odds("win_back/none", LEAN) + 0.5


def test_it_stays_bounded_and_finite() -> None:
    profile = new_profile()
    for number in range(500):
        response.learn(
            profile, f"type{number}/offer", 30.0 * (-1) ** number, clicked=number % 3 == 0
        )
    assert len(profile.weights) <= bounds.WEIGHTS
    assert all(abs(weight) <= 6.0 for weight in profile.weights.values())
    for lean in (-30.0, 30.0):
        assert abs(response.Response(profile.weights).log_odds("type1/offer", lean)) <= 30.0
