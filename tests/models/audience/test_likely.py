"""Segments by what a person is likely to do next: when they are asked, and when that is noticed."""

from typing import Any

import pytest

from models.audience.facts import FACTS
from models.intent import asked
from models.intent.facts import intent
from models.intent.samples import TIMER
from tests.models.audience.people import PLAIN, life_with, members
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life, product

SEGMENTS: dict[str, Any] = {
    "to_tents": {"toward": ["tents", "ropes"]},
    "lookers_to_tents": {"browses": {"within": "2d", "at_least": 3}, "in": "to_tents"},
    "browsers": {"browses": {"at_least": 3}},
}


def _looks(life: Life, at_ms: int) -> None:
    for number in range(3):
        life.world.catalog.put(product(f"tent-{number}", category="tents"))
        life.happens("browse", at_ms + number, product_id=f"tent-{number}", category="ropes")


def test_it_is_noticed_when_something_is_decided_and_exact_in_the_decision() -> None:
    life = life_with(SEGMENTS).reachable()
    _looks(life, NOON_MS)
    assert list(life.profile.segments) == ["browsers"]
    assert members(life, NOON_MS + 3) == ["browsers", "lookers_to_tents", "to_tents"]
    life.pass_time(NOON_MS + 5 * HOUR_MS)
    decision = life.decisions[-1]
    assert decision["flow"] == "browse_abandonment"
    assert decision["segments"] == ["browsers", "lookers_to_tents", "to_tents"]
    assert sorted(life.profile.segments) == decision["segments"]


def test_time_is_noticed_in_a_segment_that_asks_too() -> None:
    life = life_with({"lookers_to_tents": SEGMENTS["lookers_to_tents"], **SEGMENTS}).reachable()
    _looks(life, NOON_MS)
    life.pass_time(NOON_MS + 5 * HOUR_MS)
    assert "lookers_to_tents" in life.profile.segments
    life.pass_time(NOON_MS + 3 * DAY_MS)
    assert "lookers_to_tents" not in life.profile.segments


def test_no_record_asks_what_takes_long_and_a_decision_asks_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times = []

    def counted(*args: Any) -> Any:
        times.append(args)
        return intent(*args)

    monkeypatch.setattr(asked, "intent", counted)
    life = life_with(SEGMENTS).reachable()
    times.clear()
    _looks(life, NOON_MS)
    _looks(life, NOON_MS - 300 * DAY_MS)  # late: then everything else is looked at
    assert times == []
    life.pass_time(NOON_MS + 5 * HOUR_MS)
    assert len(life.decisions) == 1
    assert len(times) == 1


def test_who_is_looked_at_to_learn_from_is_looked_at_for_segments() -> None:
    life = life_with({"idle": {"buys_soon": {"below": 1}, "since_seen": {"at_least": "0d"}}})
    life.happens("purchase", NOON_MS, total=10.0)
    assert life.profile.segments == {}
    life.pass_time(life.timers[TIMER])
    assert list(life.profile.segments) == ["idle"]


def test_entering_one_starts_its_flow() -> None:
    flow = {
        **PLAIN["flows"]["win_back"],
        "trigger": "segment",
        "segment": "to_tents",
        "delay": "1d",
    }
    life = life_with(SEGMENTS, flows={"tents": flow}).reachable()
    _looks(life, NOON_MS)
    assert "tents" not in life.profile.armed
    life.pass_time(NOON_MS + 5 * HOUR_MS)
    assert "tents" in life.profile.armed


@pytest.mark.parametrize(
    ("fact", "holds", "fails"),
    [
        ("buys_soon", {"below": 0.5}, {"at_least": 0.5}),
        ("churns", {"at_least": 0.01}, {"at_most": 0.0}),
        ("days_to_order", {"at_least": 8}, {"below": 8}),
        ("wants_offer", {"at_least": 0.1}, {"at_most": 0.1}),
        ("wants_education", {"at_least": 0.05}, {"below": 0.05}),
        ("toward", ["tents"], "ropes"),
    ],
)
def test_each_is_held_against_what_is_expected(fact: str, holds: Any, fails: Any) -> None:
    life = life_with({"it": {fact: holds}, "other": {fact: fails}})
    _looks(life, NOON_MS)
    assert FACTS[fact].by.raised == {"decision"}
    assert members(life, NOON_MS + 3) == ["it"]
