import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import features
from models.profile import new_profile
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life
from tests.models.typical import typical_life


def _seen(life: Life, at_ms: int) -> dict[str, float]:
    return features.named(features.observe(life.profile, at_ms, "Europe/Berlin"))


def test_of_someone_unknown_little_is_seen() -> None:
    seen = features.named(features.observe(new_profile(), NOON_MS, "UTC"))
    assert seen["always"] == 1.0
    assert seen["ever_bought"] == 0.0
    assert seen["active"] == 0.0
    assert seen["days_since_seen"] == 1.0


@given(st.integers(0, 4_102_444_800_000))
def test_every_feature_has_its_place_and_its_limit(now_ms: int) -> None:
    observed = features.observe(typical_life().profile, now_ms, "UTC")
    assert len(observed) == len(features.NAMES)
    assert all(isinstance(value, int) and abs(value) <= 4_000 for value in observed)


def test_what_grows_with_time_is_computed_when_deciding() -> None:
    life = typical_life()
    seen = [_seen(life, life.now_ms + days * DAY_MS) for days in (0, 5, 50)]
    assert seen[0]["days_since_seen"] < seen[1]["days_since_seen"] < seen[2]["days_since_seen"]
    assert seen[0]["active"] > seen[1]["active"] > seen[2]["active"]
    assert seen[0]["mails_this_week"] > seen[2]["mails_this_week"] == 0.0


def test_the_reading_hour_is_learned_from_clicks_in_the_persons_own_time_zone() -> None:
    life = Life().reachable()
    for day in range(5):
        life.happens("click", NOON_MS + day * DAY_MS)
    later_ms = NOON_MS + 6 * DAY_MS
    assert set(life.profile.hours) == {12}
    at_noon = _seen(life, later_ms)["reading_hour"]
    in_the_evening = _seen(life, later_ms + 8 * HOUR_MS)["reading_hour"]
    assert at_noon > 1.0
    assert in_the_evening < 0.0


def test_features_appended_later_are_absent_from_what_was_stored_before() -> None:
    assert features.named([1000, 500]) == {"always": 1.0, "days_since_seen": 0.5}


def test_an_offer_once_clicked_shows() -> None:
    life = typical_life()
    before = _seen(life, life.now_ms)["offer_affinity"]
    life.profile.messages[-1].arm = "reminder/small"
    life.profile.messages[-1].clicks = 1
    assert _seen(life, life.now_ms)["offer_affinity"] == pytest.approx(before + 0.333)
