"""Entering and leaving: what is noted is what is so, and what it starts."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import bounds
from models.audience import recent
from models.audience.clusters import FIRST
from models.audience.facts import FACTS
from models.audience.likely import Likely, LikelyText
from models.audience.membership import TIMER
from models.errors import RefusedEventError
from models.person import encoding
from models.person.profile import Profile
from models.world import World
from tests.models.audience.people import ATTRIBUTES, PLAIN, life_with, members, programme
from tests.models.audience.planted import Planted
from tests.models.generated import START_MS, events
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, REGISTRY, Life, event, product

_SPECS: dict[str, Any] = {
    "lifecycle": ["new", "at_risk"],
    "engagement": ["high", "low"],
    "favourite_category": ["tents", "tent-1", "Europe/Berlin"],
    "last_category": ["tents", "tent-1"],
    "language": ["tents", "tent-1"],
    "checkout_started": False,
    "has_address": False,
    "order_rhythm": {"at_least": 0.5, "below": 2},
    "revenue": {"at_least": 1e4},
    "spent_lately": {"at_least": 1e4},
    "activity": {"at_least": 1.2},
    "price_level": {"below": 1e3},
    "cart_value": {"at_least": 100},
    "cart_items": {"at_least": 1},
    "cluster": {"at_least": 2},
    "offers_received": {"at_most": 0},
    "clicked_mails": {"at_least": 1},
}
"""What facts are held against so that events and time flip it; the rest by its name."""


def _spec(name: str) -> Any:
    if name in _SPECS:
        return _SPECS[name]
    if name.startswith("since_"):
        return {"at_least": "3d", "below": "20d"}
    if name in ("browses", "carts", "clicks", "searches", "orders"):
        return {"within": "5d", "at_least": 2}
    return {"at_least": 0.3}


OF_EACH_FACT = {
    f"f_{name}"[:24]: {name: _spec(name)}
    for name, fact in sorted(FACTS.items())
    if not isinstance(fact.kind, Likely | LikelyText)  # noticed when something is decided
}
_NAMES = sorted(OF_EACH_FACT)
OF_ATTRIBUTES: dict[str, Any] = {
    "told": {"any": [{"attribute": {"plan": "pro"}}, {"tag": "tents"}]},
    "soon": {"attribute": {"trial_ends": {"ahead": {"below": "30d"}}}},
    "silent": {"not": {"any": [{"since_seen": {"below": "9d"}}, {"in": "told"}]}},
}
WORLDS = [
    programme(dict(list(OF_EACH_FACT.items())[: bounds.SEGMENTS])),
    programme({**dict(list(OF_EACH_FACT.items())[bounds.SEGMENTS :]), **OF_ATTRIBUTES}, ATTRIBUTES),
]
CLUSTERS = Planted().taught(FIRST)
TELLS = st.fixed_dictionaries(
    {
        "attributes": st.dictionaries(
            st.sampled_from(sorted(ATTRIBUTES)),
            st.sampled_from(["pro", "free", "tents", "2023-12-20", "2024-02-01", "7", "", "yes"]),
            max_size=3,
        )
    }
)
RECORDS = sorted(set(REGISTRY.events) - {"identify", "merge"})
LATER_MS = st.sampled_from([0, HOUR_MS, DAY_MS, 4 * DAY_MS, 21 * DAY_MS])
LATE_MS = st.sampled_from([0, 0, 0, DAY_MS, 30 * DAY_MS])
HAPPENED = st.lists(
    st.sampled_from([*RECORDS, "browse", "cart", "purchase", "profile"]).flatmap(
        lambda name: st.tuples(st.just(name), events(name), TELLS, LATER_MS, LATE_MS)
    ),
    max_size=25,
)


def _apply(life: Life, name: str, made: dict[str, Any], tells: dict[str, Any]) -> None:
    if name == "profile":
        made |= tells
    if name == "click" and life.sent:
        made["decision_id"] = life.sent[-1]["decision_id"]
    before = encoding.encode(life.profile)
    try:
        life.apply(name, made, life.now_ms)
    except RefusedEventError:
        life.profile = encoding.decode(before)


@settings(deadline=None, max_examples=150)
@given(st.integers(0, 1), HAPPENED)
def test_what_is_noted_is_what_is_so(which: int, happened: list[tuple[Any, ...]]) -> None:
    life = Life(World(WORLDS[which]))
    life.world.catalog.put(product("tent-1"))
    life.world.population.clusters = CLUSTERS
    now_ms = START_MS
    for name, made, tells, later_ms, late_ms in happened:
        now_ms += later_ms
        life.pass_time(now_ms)
        _apply(life, name, {**made, "occurred_at": now_ms - late_ms}, tells)
        life.pass_time(now_ms)
        known = life.profile.segments_of != 0
        assert sorted(life.profile.segments) == (members(life, now_ms) if known else [])
        due_ms = life.profile.segments_due_ms
        assert life.timers.get(TIMER, 0) == due_ms
        assert due_ms == 0 or due_ms > now_ms


def _dormant_mail(**more: Any) -> dict[str, Any]:
    flow = {**PLAIN["flows"]["win_back"], "trigger": "segment", "segment": "dormant"}
    return {"wake_up": {**flow, "delay": 0, "quiet_hours": "none", **more}}


def _life(**more: Any) -> Life:
    return life_with(PLAIN["segments"], flows=_dormant_mail(**more)).reachable()


def test_time_alone_moves_a_person_on_and_starts_what_waits_for_it() -> None:
    life = _life()
    life.happens("browse", NOON_MS)
    assert life.profile.segments == {"new": NOON_MS}
    life.pass_time(NOON_MS + 90 * DAY_MS)
    changes = [(name, what) for kind, name, what in life.noticed if kind == "segment"]
    assert changes == [
        ("new", "entered"),
        ("new", "left"),
        ("active", "entered"),
        ("active", "left"),
        ("at_risk", "entered"),
        ("at_risk", "left"),
        ("dormant", "entered"),
    ]
    assert life.profile.segments == {"dormant": NOON_MS + 60 * DAY_MS}
    (decision,) = [d for d in life.decisions if d["flow"] == "wake_up"]
    assert decision["decided_at"] == NOON_MS + 60 * DAY_MS
    assert decision["segments"] == ["dormant"]


def test_each_entering_is_another_decision() -> None:
    life = _life(again_after="1d")
    life.happens("browse", NOON_MS)
    life.pass_time(NOON_MS + 70 * DAY_MS)
    life.happens("browse", NOON_MS + 70 * DAY_MS)
    life.pass_time(NOON_MS + 140 * DAY_MS)
    woken = [d["decision_id"] for d in life.decisions if d["flow"] == "wake_up"]
    assert len({*woken}) == 2


def test_an_event_enters_at_once_and_its_flow_decides_within_its_step() -> None:
    life = _life(segment="browsed_no_cart")
    life.happens("browse", NOON_MS, product_id="tent-1")
    assert "browsed_no_cart" not in life.profile.segments
    made = life.happens("browse", NOON_MS + HOUR_MS, product_id="tent-1")
    assert life.profile.segments["browsed_no_cart"] == NOON_MS + HOUR_MS
    (decision,) = life.decisions
    assert decision["trigger"]["id"] == made["event_id"]
    life.happens("cart", NOON_MS + 2 * HOUR_MS, product_id="tent-1")
    assert "browsed_no_cart" not in life.profile.segments


def test_what_is_long_past_enters_but_mails_nobody() -> None:
    life = _life()
    late_ms = NOON_MS + 300 * DAY_MS
    life.happens("browse", NOON_MS, now_ms=late_ms)
    life.pass_time(late_ms)
    assert list(life.profile.segments) == ["dormant"]
    assert [d["reasons"] for d in life.decisions if d["flow"] == "wake_up"] == [["too_late"]]


def test_other_definitions_are_taken_up_without_starting_anything() -> None:
    life = _life()
    life.happens("browse", NOON_MS)
    seen = {"browsers": {"browses": {"at_least": 1}}, "new": {"lifecycle": "new"}}
    flows = _dormant_mail(segment="browsers")
    life.world.programme = programme(seen, flows=flows)
    life.noticed.clear()
    life.happens("search", NOON_MS + DAY_MS)
    assert life.profile.segments == {"new": NOON_MS, "browsers": NOON_MS + DAY_MS}
    assert life.noticed == []
    assert life.decisions == []
    life.world.programme = programme({"dormant": {"lifecycle": "dormant"}}, flows=_dormant_mail())
    life.pass_time(NOON_MS + 30 * DAY_MS)
    assert life.profile.segments == {}


def test_a_programme_without_segments_notes_nothing() -> None:
    life = life_with({})
    life.happens("browse", NOON_MS)
    profile = life.profile
    assert (profile.segments, profile.segments_due_ms, profile.segments_of) == ({}, 0, 0)


def test_a_burst_sets_one_timer() -> None:
    life = _life()
    life.happens("browse", NOON_MS, product_id="tent-1")
    life.happens("browse", NOON_MS + 1, product_id="tent-1")
    due_ms = life.timers[TIMER]
    for number in range(50):
        life.happens("browse", NOON_MS + 10 + number, product_id="tent-1")
        assert life.timers[TIMER] == due_ms


def test_of_anonymous_people_nothing_is_noted_and_all_is_handed_over() -> None:
    anonymous = life_with(PLAIN["segments"])
    anonymous.subscriber = "anon:cookie-1"
    anonymous.happens("browse", NOON_MS, product_id="tent-1", category="tents")
    anonymous.happens("browse", NOON_MS + 1, product_id="tent-1", category="tents")
    anonymous.happens("profile", NOON_MS + 2, attributes={"plan": "pro"})
    assert members(anonymous, NOON_MS + 2) == ["browsed_no_cart", "new"]
    assert (anonymous.profile.segments, anonymous.noticed) == ({}, [])
    assert TIMER not in anonymous.timers
    known = _life()
    known.happens("browse", NOON_MS - DAY_MS, product_id="rope-1", category="ropes")
    anonymous.apply(
        "identify",
        event("identify", NOON_MS + 3, "i-1", anonymous_id="cookie-1"),
        NOON_MS + 3,
    )
    assert anonymous.profile == Profile(dedupe=anonymous.profile.dedupe, identified_as="sub-1")
    ((_, record),) = anonymous.emitted
    known.apply("merge", record, NOON_MS + 4)
    profile = known.profile
    assert recent.instants(profile.recent_browses) == [
        at_ms // 1_000 for at_ms in (NOON_MS - DAY_MS, NOON_MS, NOON_MS + 1)
    ]
    assert profile.last_category == "tents"
    assert sorted(profile.segments) == members(known, NOON_MS + 4) == ["browsed_no_cart", "new"]


def test_who_turns_out_to_be_somebody_new_enters_then_and_what_waits_for_that_starts() -> None:
    anonymous = life_with(PLAIN["segments"])
    anonymous.subscriber = "anon:cookie-1"
    for number in range(2):
        anonymous.happens("browse", NOON_MS + number, product_id="tent-1")
    told = event("identify", NOON_MS + 3, "i-1", anonymous_id="cookie-1")
    anonymous.apply("identify", told, NOON_MS + 3)
    known = life_with(PLAIN["segments"], flows=_dormant_mail(segment="browsed_no_cart"))
    known.apply("merge", anonymous.emitted[-1][1], NOON_MS + 4)
    assert sorted(known.profile.segments) == ["browsed_no_cart", "new"]
    (decision,) = known.decisions
    assert (decision["flow"], decision["reasons"]) == ("wake_up", ["no_contact", "no_consent"])


def test_an_anonymous_person_with_an_address_is_looked_at_as_a_whole() -> None:
    life = life_with(PLAIN["segments"])
    life.subscriber = "anon:cookie-1"
    for number in range(2):
        life.happens("browse", NOON_MS + number, product_id="tent-1")
    life.happens("profile", NOON_MS + 2, address="a@example.org")
    life.happens("search", NOON_MS + 3)
    assert sorted(life.profile.segments) == members(life, NOON_MS + 3) == ["browsed_no_cart", "new"]
    assert life.timers[TIMER] == life.profile.segments_due_ms > 0


def test_what_an_anonymous_person_told_fills_in() -> None:
    declared = {"plan": "text", "seats": "number"}
    anonymous, known = life_with({}, attributes=declared), life_with({}, attributes=declared)
    anonymous.subscriber = "anon:cookie-1"
    anonymous.happens("profile", NOON_MS, attributes={"plan": "pro", "seats": "3"})
    known.happens("profile", NOON_MS, attributes={"plan": "free"})
    anonymous.apply("identify", event("identify", NOON_MS, "i-1", anonymous_id="c"), NOON_MS)
    known.apply("merge", anonymous.emitted[-1][1], NOON_MS)
    assert known.profile.attributes == {"plan": "free", "seats": 3.0}


@pytest.mark.parametrize("status", ["accepted", "bounced"])
def test_a_timer_of_someone_handed_over_does_nothing(status: str) -> None:
    life = _life()
    life.happens("browse", NOON_MS)
    life.happens("delivery", NOON_MS, decision_id="x", status=status)
    life.profile.become(Profile(identified_as="sub-2"))
    life.fire(TIMER, life.timers[TIMER])
    assert life.profile == Profile(identified_as="sub-2")
