"""Setup and renewal as they ship: milestones and a day start them, or nothing does."""

from typing import Any

import pytest
import yaml

from tests.docs.pages import DOCS, block
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product

DAY = "2023-12-15"
DAY_AT_MS = NOON_MS + 30 * DAY_MS - 11 * HOUR_MS
"""That day's first instant by UTC: noon in Berlin is eleven."""
DUE = "flow:renewal"


def told(life: Life, at_ms: int, **attributes: str) -> None:
    life.happens("profile", at_ms, attributes=attributes)


def decided(life: Life, flow: str) -> list[dict[str, Any]]:
    return [decision for decision in life.decisions if decision["flow"] == flow]


def test_what_programme_md_shows_is_what_ships() -> None:
    shown = yaml.safe_load(block(DOCS / "programme.md", "yaml", "finish_setup").text)
    ships = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))
    assert shown["goals"] == ships["goals"]
    for section in ("attributes", "segments", "flows"):
        for name, part in shown[section].items():
            assert ships[section][name] == part


def test_two_weeks_before_the_day_the_renewal_is_decided_outside_the_quiet_hours() -> None:
    life = Life().reachable()
    told(life, NOON_MS, renews_at=DAY)
    assert DUE not in life.timers
    life.pass_time(DAY_AT_MS - 14 * DAY_MS + 12 * HOUR_MS)
    (decision,) = decided(life, "renewal")
    assert decision["goal"] == "renew"
    assert decision["decided_at"] == DAY_AT_MS - 14 * DAY_MS + 7 * HOUR_MS, "eight in Berlin"
    assert decision["attributes"]["renews_at"] == DAY
    assert "renewal_due" in decision["segments"]


def test_a_day_that_is_near_when_it_is_told_starts_it_at_once() -> None:
    life = Life().reachable()
    told(life, DAY_AT_MS - 5 * DAY_MS + 12 * HOUR_MS, renews_at=DAY)
    assert len(decided(life, "renewal")) == 1


@pytest.mark.parametrize("day", ["2023-11-14", "2023-11-15", "2023-11-16", "soon", ""])
def test_a_day_that_is_past_or_tomorrow_or_none_starts_nothing(day: str) -> None:
    life = Life().reachable()
    told(life, NOON_MS, renews_at=day)
    life.pass_time(NOON_MS + 30 * DAY_MS)
    assert decided(life, "renewal") == []


def test_renewing_ends_it_and_the_next_year_s_day_starts_it_again() -> None:
    life = Life().reachable()
    told(life, NOON_MS, renews_at=DAY)
    life.pass_time(DAY_AT_MS - 14 * DAY_MS + HOUR_MS)  # two in the morning
    assert DUE in life.timers
    life.happens("milestone", life.now_ms, name="renewed", value=60.0)
    assert DUE not in life.timers
    told(life, life.now_ms + 1, renews_at="2024-12-15")
    life.pass_time(DAY_AT_MS + 340 * DAY_MS)
    assert decided(life, "renewal") == []
    life.pass_time(DAY_AT_MS + 360 * DAY_MS)
    assert len(decided(life, "renewal")) == 1


def test_a_day_put_off_in_the_quiet_hours_is_not_told_of() -> None:
    life = Life().reachable()
    told(life, NOON_MS, renews_at=DAY)
    life.pass_time(DAY_AT_MS - 14 * DAY_MS + HOUR_MS)
    told(life, life.now_ms, renews_at="2024-06-15")
    life.pass_time(DAY_AT_MS)
    (decision,) = decided(life, "renewal")
    assert decision["reasons"] == ["segment"]


def test_a_setup_that_was_begun_and_not_finished_is_helped_with() -> None:
    life = Life().reachable()
    guide = {"kind": "article", "name": "Setting up", "about": ["tents"], "stock": 0}
    life.world.catalog.put(product("guide", **guide))
    life.happens("browse", NOON_MS - HOUR_MS, category="tents")
    life.happens("milestone", NOON_MS, name="setup_started")
    life.pass_time(NOON_MS + DAY_MS)
    (decision,) = decided(life, "setup_unfinished")
    assert decision["goal"] == "finish_setup"
    assert decision["content"].get("article", "guide") == "guide"


@pytest.mark.parametrize(
    ("starts", "ends", "flow"),
    [
        ("setup_started", "setup_finished", "setup_unfinished"),
        ("trial_ending", "renewed", "trial_ends"),
    ],
)
def test_what_reaches_the_goal_ends_what_waits(starts: str, ends: str, flow: str) -> None:
    life = Life().reachable()
    life.happens("milestone", NOON_MS, name=starts)
    assert f"flow:{flow}" in life.timers
    life.happens("milestone", NOON_MS + HOUR_MS, name=ends)
    life.pass_time(NOON_MS + 3 * DAY_MS)
    assert decided(life, flow) == []


def test_where_nothing_is_told_nothing_waits() -> None:
    life = Life().reachable()
    life.happens("browse", NOON_MS, category="tents")
    told(life, NOON_MS + 1, first_name="Ann")
    assert not {DUE, "flow:trial_ends", "flow:setup_unfinished"} & life.timers.keys()
