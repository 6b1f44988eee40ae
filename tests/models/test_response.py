from math import log

from models import bounds, response
from models.linear import probability
from models.profile import new_profile

LEAN = log(0.05 / 0.95)


def test_a_newcomer_behaves_like_everyone() -> None:
    assert response.Response({}, {}).log_odds("reminder/none", LEAN) == LEAN


def test_the_first_outcome_moves_a_person_only_a_little() -> None:
    profile = new_profile()
    response.learn(profile, "reminder/none", LEAN, {"reading_hour": 0.2}, success=True)
    after = response.Response(profile.weights, {"reading_hour": 0.2}).log_odds(
        "reminder/none", LEAN
    )
    assert LEAN < after < LEAN + 0.5


def test_a_regular_behaves_like_themself() -> None:
    profile = new_profile()
    for _ in range(200):
        response.learn(profile, "reminder/none", LEAN, {}, success=True)
        response.learn(profile, "hold", LEAN, {}, success=False)
    mailed = probability(response.Response(profile.weights, {}).log_odds("reminder/none", LEAN))
    held = probability(response.Response(profile.weights, {}).log_odds("hold", LEAN))
    assert mailed > 0.7
    assert held < 0.2


def test_it_stays_bounded_and_finite() -> None:
    profile = new_profile()
    for number in range(500):
        arm = f"type{number}/offer"
        response.learn(profile, arm, 30.0 * (-1) ** number, {"reading_hour": 4.0}, success=False)
    assert len(profile.weights) <= bounds.WEIGHTS
    assert all(abs(weight) <= 6.0 for weight in profile.weights.values())
    assert abs(response.Response(profile.weights, {}).log_odds("type1/offer", -30.0)) <= 30.0
