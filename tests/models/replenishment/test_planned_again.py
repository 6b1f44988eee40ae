"""What already waits to be told of goes on waiting when it is planned again."""

from typing import Any

from models.person.profile import Armed
from models.replenishment.repeat import Repeat
from models.world import World
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product
from tests.models.programmes import plain_of, programme_of_plain

TIMER = "flow:replenishment"
MONTH_MS = 30 * DAY_MS
DUE_MS = NOON_MS + 27 * DAY_MS
"""When coffee is due that was bought every thirty days, last at noon."""


def drinker(**changes: Any) -> Life:
    """Someone who can be mailed and buys coffee every month."""
    plain = plain_of(BUNDLED.read_text(encoding="utf-8"))
    plain["flows"]["replenishment"].update(changes)
    life = Life(World(programme_of_plain(plain).at_once()))
    life.world.catalog.put(product("coffee"))
    life.reachable()
    life.profile.repeats.append(Repeat("coffee", 2, MONTH_MS, NOON_MS))
    return life


def buys_something_else(life: Life, at_ms: int) -> None:
    life.pass_time(at_ms)
    item = {"product_id": "rope", "category": None, "price": 9.0, "quantity": 1}
    life.happens("purchase", at_ms, items=[item], total=9.0, order_id=f"o{at_ms}")


def waits_for_an_hour(life: Life, planned_ms: int, until_ms: int) -> None:
    """As if the decision had been to wait for a better hour."""
    life.profile.armed["replenishment"] = Armed(until_ms, planned_ms, "episode-1", "coffee")
    life.timers[TIMER] = until_ms


def test_a_wait_that_runs_after_a_postponed_due_goes_on() -> None:
    life = drinker()
    decided_ms = DUE_MS - 2 * DAY_MS
    life.profile.flows["replenishment"] = decided_ms  # of something else: not again for a week
    planned_ms, until_ms = decided_ms + 7 * DAY_MS, decided_ms + 7 * DAY_MS + 20 * HOUR_MS
    waits_for_an_hour(life, planned_ms, until_ms)
    buys_something_else(life, planned_ms + HOUR_MS)
    assert life.profile.armed["replenishment"] == Armed(until_ms, planned_ms, "episode-1", "coffee")
    assert life.timers[TIMER] == until_ms


def test_a_wait_beyond_the_window_goes_on() -> None:
    life = drinker(wait="7d")
    until_ms = DUE_MS + 6 * DAY_MS
    waits_for_an_hour(life, DUE_MS, until_ms)
    buys_something_else(life, DUE_MS + 5 * DAY_MS)
    assert life.timers[TIMER] == until_ms
    assert life.profile.armed["replenishment"].episode == "episode-1"


def test_what_has_another_due_time_by_now_is_planned_anew() -> None:
    life = drinker()
    waits_for_an_hour(life, DUE_MS - DAY_MS, DUE_MS + HOUR_MS)
    buys_something_else(life, DUE_MS - HOUR_MS)
    assert life.profile.armed["replenishment"] == Armed(DUE_MS, DUE_MS, about="coffee")


def test_an_order_that_ends_a_running_wait_is_not_answered_by_a_decision() -> None:
    life = drinker(cancel=["purchase", "opt_out"])
    life.world.catalog.put(product("soap"))
    life.profile.repeats.append(Repeat("soap", 2, MONTH_MS, NOON_MS + DAY_MS))
    waits_for_an_hour(life, DUE_MS, DUE_MS + 20 * HOUR_MS)
    buys_something_else(life, DUE_MS + HOUR_MS)
    assert life.profile.armed["replenishment"].about == "soap", "the next has its turn"
    assert [d for d in life.decisions if d["flow"] == "replenishment"] == []
