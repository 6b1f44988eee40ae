from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.audience.attributes import (
    BOOLEAN,
    CHOICE,
    DATE,
    NUMBER,
    TAGS,
    TEXT,
    Attribute,
    NotOfTypeError,
    shown,
)
from models.person.profile import Value
from tests.models.audience.people import ATTRIBUTES, life_with, members, programme
from tests.models.life import DAY_MS, NOON_MS, Life

NOON_DAY = "2023-11-15"


def _told(life: Life, at_ms: int, **told: str) -> None:
    life.happens("profile", at_ms, attributes=told)


def _life(**segments: Any) -> Life:
    return life_with(segments, attributes=ATTRIBUTES)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (TEXT, " 42 ", "42"),
        (CHOICE, "pro", "pro"),
        (NUMBER, "12", 12.0),
        (NUMBER, "-1.5e3", -1500.0),
        (BOOLEAN, "Yes", True),
        (BOOLEAN, "0", False),
        (DATE, "1970-01-02", DAY_MS),
        (DATE, "1970-01-01T01:00:00+01:00", 0),
        (TAGS, " tents, ropes,tents,", ["ropes", "tents"]),
    ],
)
def test_values_are_read_by_their_type_and_fit_it(kind: str, text: str, value: Value) -> None:
    attribute = Attribute("it", kind, ("pro",) if kind == CHOICE else ())
    read = attribute.read(text)
    assert read == value
    assert type(read) is type(value)
    assert attribute.fits(read)
    others = [Attribute("it", other) for other in (TEXT, NUMBER, BOOLEAN, DATE, TAGS)]
    assert [other.kind for other in others if other.fits(read)] in ([kind], [TEXT])


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (TEXT, "x" * 41),
        (CHOICE, "gold"),
        (NUMBER, "twelve"),
        (NUMBER, "nan"),
        (NUMBER, "1e300"),
        (BOOLEAN, "maybe"),
        (DATE, "tomorrow"),
        (DATE, "0001-01-01T00:00:00+14:00"),
        (DATE, "9999-12-31T23:59:00-14:00"),
        (TAGS, ",".join(map(str, range(9)))),
        (TAGS, "x" * 41),
    ],
)
def test_a_value_of_another_type_is_refused(kind: str, text: str) -> None:
    with pytest.raises(NotOfTypeError):
        Attribute("it", kind, ("pro",)).read(text)


@given(st.sampled_from([TEXT, NUMBER, BOOLEAN, DATE, TAGS]), st.text(max_size=60))
def test_any_text_is_read_or_refused(kind: str, text: str) -> None:
    attribute = Attribute("it", kind)
    with suppress(NotOfTypeError):
        assert attribute.fits(attribute.read(text))


@pytest.mark.parametrize(
    "text", ["0001-01-01", "9999-12-31T23:59:59.999999", "9999-12-31T23:59-14:00"]
)
def test_a_date_at_either_end_of_the_calendar_stops_no_decision(text: str) -> None:
    life = Life().reachable()
    _told(life, NOON_MS, renews_at=text)
    life.happens("cart", NOON_MS + 1, product_id="tent-1", price=50.0)
    life.pass_time(NOON_MS + DAY_MS)
    assert [decision["flow"] for decision in life.decisions] == ["cart_abandonment"]


def test_only_what_is_declared_is_kept() -> None:
    life = _life()
    _told(life, NOON_MS, first_name="Ann", plan="pro", seats="5")
    assert life.profile.attributes == {"plan": "pro", "seats": 5.0}
    assert life.contact is not None
    assert life.contact["attributes"]["first_name"] == "Ann"


def test_a_value_of_another_type_than_yesterday_is_left_out_and_the_event_counts() -> None:
    life = _life()
    _told(life, NOON_MS, seats="5", plan="pro")
    life.happens(
        "profile",
        NOON_MS + DAY_MS,
        address="a@example.org",
        attributes={"seats": "many", "plan": "free"},
    )
    assert life.profile.attributes == {"seats": 5.0, "plan": "free"}
    assert life.profile.has_address
    assert ("attribute", "seats", "no number") in life.noticed
    assert not life.refused


def test_an_older_event_only_fills_in_and_an_empty_text_takes_away() -> None:
    life = _life()
    _told(life, NOON_MS, plan="pro")
    _told(life, NOON_MS - DAY_MS, plan="free", seats="2")
    assert life.profile.attributes == {"plan": "pro", "seats": 2.0}
    _told(life, NOON_MS + DAY_MS, plan=" ")
    assert life.profile.attributes == {"seats": 2.0}


def test_what_was_kept_under_another_declaration_is_known_no_more() -> None:
    life = _life(pro={"attribute": {"plan": "pro"}}, five={"attribute": {"seats": 5}})
    _told(life, NOON_MS, plan="pro", seats="5")
    assert set(life.profile.segments) == {"pro", "five"}
    declared = {**ATTRIBUTES, "seats": "date", "plan": ["free", "gold"]}
    changed = programme({"five": {"attribute": {"seats": {"exists": True}}}}, declared)
    life.world.programme = changed
    assert members(life, NOON_MS) == []
    assert shown(life.profile, NOON_MS, changed.attributes).keys() == {
        "lifecycle",
        "engagement",
    }
    life.happens("browse", NOON_MS + 1)
    assert life.profile.attributes == {}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"attribute": {"plan": "pro"}}, True),
        ({"attribute": {"plan": ["free", "pro"]}}, True),
        ({"attribute": {"plan": "free"}}, False),
        ({"attribute": {"plan": {"exists": True}, "shoe_size": {"exists": False}}}, True),
        ({"attribute": {"seats": 5}}, True),
        ({"attribute": {"seats": {"at_least": -2, "below": 5}}}, False),
        ({"attribute": {"beta": False}}, True),
        ({"attribute": {"beta": True}}, False),
        ({"attribute": {"shoe_size": "42"}}, False),
        ({"tag": "ropes"}, True),
        ({"tag": ["stoves", "tents"]}, True),
        ({"tag": "stoves"}, False),
        ({"attribute": {"interests": ["tents"]}}, True),
        ({"not": {"attribute": {"plan": "free"}}}, True),
    ],
)
def test_conditions_on_attributes(condition: dict[str, Any], expected: bool) -> None:  # noqa: FBT001
    life = _life(it=condition)
    _told(life, NOON_MS, plan="pro", seats="5", beta="no", interests="tents,ropes")
    assert members(life, NOON_MS) == (["it"] if expected else [])


def test_dates_come_nearer_and_pass() -> None:
    ahead = {"attribute": {"trial_ends": {"ahead": {"at_least": "1d", "below": "7d"}}}}
    ago = {"attribute": {"trial_ends": {"ago": {"at_least": "1d", "below": "7d"}}}}
    ever = {"attribute": {"trial_ends": {"ago": {"at_least": 0}}}}
    life = _life(ahead=ahead, ago=ago, passed=ever)
    _told(life, NOON_MS, trial_ends=NOON_DAY)
    ends_ms = life.profile.attributes["trial_ends"]
    assert isinstance(ends_ms, int)
    for offset_ms, expected in (
        (-7 * DAY_MS, []),
        (-7 * DAY_MS + 1, ["ahead"]),
        (-DAY_MS, ["ahead"]),
        (-DAY_MS + 1, []),
        (0, ["passed"]),
        (DAY_MS, ["ago", "passed"]),
        (7 * DAY_MS, ["passed"]),
    ):
        assert members(life, ends_ms + offset_ms) == expected, offset_ms


def test_templates_are_shown_texts() -> None:
    life = _life()
    _told(
        life,
        NOON_MS,
        plan="pro",
        seats="5",
        beta="yes",
        trial_ends="2024-01-31",
        interests="tents,ropes",
    )
    life.happens("browse", NOON_MS, category="tents")
    assert shown(life.profile, NOON_MS, life.world.programme.attributes) == {
        "last_category": "tents",
        "lifecycle": "new",
        "engagement": "medium",
        "first_seen": NOON_DAY,
        "plan": "pro",
        "seats": "5",
        "beta": "true",
        "trial_ends": "2024-01-31",
        "interests": "ropes, tents",
    }
