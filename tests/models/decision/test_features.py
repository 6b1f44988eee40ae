import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decision import features
from models.person.messages import counted_since
from models.person.profile import new_profile
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life
from tests.models.typical import typical_life


def _seen(life: Life, at_ms: int) -> dict[str, float]:
    mails = counted_since(life.profile, at_ms - 7 * DAY_MS, at_ms)
    observed = features.observe(life.profile, at_ms, "Europe/Berlin", ["tents"], 50.0, mails)
    return features.named(observed)


def test_of_someone_unknown_little_is_seen() -> None:
    seen = features.named(features.observe(new_profile(), NOON_MS, "UTC", [], 0.0, 0))
    assert seen["always"] == 1.0
    assert seen["ever_bought"] == 0.0
    assert seen["active"] == 0.0
    assert seen["days_since_seen"] == 1.0
    assert seen["affinity"] == 0.0
    assert seen["order_value"] == 0.0


TYPICAL = typical_life().profile


@given(
    st.integers(0, 4_102_444_800_000),
    st.lists(st.sampled_from(["outdoor/1", "outdoor/2", "unknown"]), max_size=3),
    st.floats(0.0, 1e7),
)
def test_every_feature_has_its_place_and_its_limit(
    now_ms: int, categories: list[str], order: float
) -> None:
    observed = features.observe(TYPICAL, now_ms, "UTC", categories, order, 3)
    assert len(observed) == len(features.NAMES)
    assert all(isinstance(value, int) and abs(value) <= 4_000 for value in observed)


def test_what_grows_with_time_is_computed_when_deciding() -> None:
    life = typical_life()
    seen = [_seen(life, life.now_ms + days * DAY_MS) for days in (0, 5, 50)]
    assert seen[0]["days_since_seen"] < seen[1]["days_since_seen"] < seen[2]["days_since_seen"]
    assert seen[0]["active"] > seen[1]["active"] > seen[2]["active"]
    assert seen[0]["mails_this_week"] > seen[2]["mails_this_week"] == 0.0


def test_the_hours_at_which_someone_clicks_are_hours_at_which_they_look_soon() -> None:
    life = Life().reachable()
    for day in range(5):
        life.happens("click", NOON_MS + day * DAY_MS)
    later_ms = NOON_MS + 6 * DAY_MS
    assert _seen(life, later_ms)["looks_soon"] > 0.5
    assert _seen(life, later_ms + 8 * HOUR_MS)["looks_soon"] < 0.0
    assert _seen(life, later_ms)["hour"] == 0.5


def test_what_the_mail_is_about_is_held_against_what_the_person_looks_at() -> None:
    life = Life()
    for number in range(8):
        life.happens("browse", NOON_MS + number, category="tents")
    life.happens("browse", NOON_MS + 9, category="ropes")

    def affinity(*categories: str) -> float:
        observed = features.observe(life.profile, NOON_MS + 10, "UTC", categories, 50.0, 0)
        return features.named(observed)["affinity"]

    assert affinity("tents") > affinity("tents", "ropes") > affinity("ropes") > affinity("boots")
    assert affinity("tents") > 0.0 > affinity("boots")
    assert affinity() == 0.0


def test_of_one_look_little_is_concluded_and_less_as_it_fades() -> None:
    life = Life()
    life.happens("browse", NOON_MS, category="tents")

    def affinity(at_ms: int) -> float:
        observed = features.observe(life.profile, at_ms, "UTC", ["tents"], 50.0, 0)
        return features.named(observed)["affinity"]

    once = affinity(NOON_MS)
    assert affinity(NOON_MS + 56 * DAY_MS) < once < 0.6
    for number in range(20):
        life.happens("browse", NOON_MS + number, category="tents")
    assert affinity(NOON_MS + 20) > once


def test_what_an_order_would_come_to_shows() -> None:
    cheap, dear = (
        features.named(features.observe(new_profile(), NOON_MS, "UTC", [], order, 0))["order_value"]
        for order in (10.0, 200.0)
    )
    assert 0.0 < cheap < dear < 1.0


def test_what_is_about_the_arm_is_told_from_what_is_about_the_person() -> None:
    assert all(features.is_about_arm(name) for name in features.ARM)
    assert not any(features.is_about_arm(name) for name in features.NAMES)


def test_features_appended_later_are_absent_from_what_was_stored_before() -> None:
    assert features.named([1000, 500]) == {"always": 1.0, "days_since_seen": 0.5}


def test_an_offer_once_clicked_shows() -> None:
    life = typical_life()
    before = _seen(life, life.now_ms)["offer_affinity"]
    life.profile.messages[-1].arm = "reminder/small"
    life.profile.messages[-1].clicks = 1
    assert _seen(life, life.now_ms)["offer_affinity"] == pytest.approx(before + 0.333)
