"""Waiting longer than a day: one hour of each day, learned from the days a person is there."""

import random
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from models.decision import timing
from models.decision.arms import HOLD
from models.decision.decide import decide, seed_of
from models.decision.look import look
from models.decision.moment import Moment, TriggerSeen, from_bytes
from models.person.rhythm import Hours
from models.programme.flows import Flow
from models.world import World
from tests.models.decision.test_waiting import learned_to_look_soon
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product
from tests.models.programmes import programme_of

FLOW = "cart_abandonment"
NOON_OF_WEDNESDAY_MS = NOON_MS


def _life(wait: str = "7d") -> Life:
    text = BUNDLED.read_text(encoding="utf-8").replace("wait: 12h", f"wait: {wait}")
    cart, rest = text.split("  browse_abandonment:")
    cart = cart.replace(
        "trigger: cart\n    delay: 1h\n    window: 1d",
        "trigger: cart\n    delay: 1h\n    window: 9d",
    )
    life = Life(World(programme_of(f"{cart}  browse_abandonment:{rest}")))
    life.world.catalog.put(product("tent-1"))
    return life.reachable()


def _flow(life: Life) -> Flow:
    return life.world.programme.flows[FLOW]


def _moment(life: Life, now_ms: int = NOON_MS) -> Moment:
    life.happens("cart", now_ms - HOUR_MS, product_id="tent-1", price=80.0)
    trigger = TriggerSeen("timer", f"flow:{FLOW}", now_ms)
    return look(_flow(life), trigger, now_ms, "sub-1", life.profile, now_ms, life.world)


def _comes_on_saturdays(life: Life) -> None:
    for week in range(12, 0, -1):
        life.happens("browse", NOON_MS - 7 * week * DAY_MS + 3 * DAY_MS)  # at noon


def test_the_first_day_has_its_hours_and_each_other_one() -> None:
    moment = _moment(_life())
    arms = [hour.arm for hour in moment.hours]
    assert arms[:4] == ["wait/14", "wait/16", "wait/18", "wait/20"]
    assert arms[4:6] == ["wait/08", "wait/10"]
    assert arms[6] == "wait/12"
    days = [arm.split("/")[1] for arm in arms[7:]]
    assert days == ["thu", "fri", "sat", "sun", "mon", "tue"]
    assert len(set(arms)) == len(arms)
    for hour in moment.hours:
        assert HOUR_MS // 2 <= hour.until_ms - NOON_MS <= 7 * DAY_MS


@pytest.mark.parametrize(("wait", "longest_ms"), [("24h", DAY_MS), ("3d", 3 * DAY_MS)])
def test_no_wait_is_longer_than_the_flow_s(wait: str, longest_ms: int) -> None:
    hours = _moment(_life(wait)).hours
    assert longest_ms - DAY_MS < max(hour.until_ms for hour in hours) - NOON_MS <= longest_ms
    assert any("/" in hour.arm.removeprefix("wait/") for hour in hours) == (wait != "24h")


def test_what_is_learned_of_looking_soon_waits_for_the_day_a_person_comes() -> None:
    life = _life()
    life.world.population = learned_to_look_soon()
    _comes_on_saturdays(life)
    moment = _moment(life)
    best = max(moment.hours, key=lambda hour: hour.shift)
    assert best.arm in ("wait/sat/10", "wait/sat/12")
    saturday_ms = NOON_OF_WEDNESDAY_MS + 3 * DAY_MS
    assert abs(best.until_ms - saturday_ms) <= 2 * HOUR_MS
    logged = {c["arm"]: c["propensity"] for c in decide(moment, 0)["candidates"]}
    assert logged[best.arm] == max(p for arm, p in logged.items() if arm != HOLD)
    assert sum(logged.values()) == pytest.approx(1.0)
    assert min(logged.values()) >= moment.config.exploration / len(logged) * (1.0 - 1e-12)


@pytest.mark.parametrize(
    ("zone", "hour"),
    [
        ("America/New_York", 19),  # after midnight in UTC
        ("Asia/Tokyo", 9),  # right after midnight in UTC
        ("Pacific/Auckland", 13),
        ("Pacific/Honolulu", 17),
    ],
)
def test_the_day_is_the_person_s_wherever_they_live(zone: str, hour: int) -> None:
    life = _life()
    life.world.population = learned_to_look_soon()
    life.happens("profile", NOON_MS - 2 * DAY_MS, address="a@example.org", time_zone=zone)
    saturday = datetime(2023, 11, 18, hour, 30, tzinfo=ZoneInfo(zone))
    for week in range(12, 0, -1):
        visit = saturday - timedelta(weeks=week)  # on the person's clock
        life.happens("browse", int(visit.timestamp()) * 1000)
    wednesday = datetime(2023, 11, 15, 12, 0, tzinfo=ZoneInfo(zone))
    moment = _moment(life, int(wednesday.timestamp()) * 1000)
    best = max(moment.hours, key=lambda each: each.shift)
    assert best.arm.startswith("wait/sat/"), best.arm
    assert 0 <= int(saturday.timestamp()) * 1000 - best.until_ms <= 4 * HOUR_MS


def test_on_one_s_own_day_the_same_day_of_next_week_is_no_better() -> None:
    life = _life()
    life.world.population = learned_to_look_soon()
    _comes_on_saturdays(life)
    shifts = []
    for day in (0, 3):
        now_ms = NOON_MS + day * DAY_MS
        seen = {"looks_soon": Hours(life.profile).looks_soon(now_ms), "hour": 0.5}
        found = timing.hours(_flow(life), now_ms, life.profile, now_ms, life.world, seen)
        best: dict[str, float] = {}
        for hour in sorted(found, key=lambda each: each.shift):
            best[hour.arm.rpartition("/")[0]] = hour.shift
        shifts.append(best)
    on_wednesday, on_saturday = shifts
    assert on_wednesday["wait/sat"] > 0.4
    assert on_saturday["wait/sat"] < 0.0
    assert on_saturday["wait/tue"] < -0.4


def test_a_flow_that_waits_a_day_knows_no_days() -> None:
    found = []
    for comes_on_saturdays in (True, False):
        life = _life("24h")
        life.world.population = learned_to_look_soon()
        if comes_on_saturdays:
            _comes_on_saturdays(life)
        else:
            for day in range(12, 0, -1):
                life.happens("browse", NOON_MS - 7 * day * DAY_MS - DAY_MS)  # Tuesdays
        life.happens("browse", NOON_MS - HOUR_MS)
        found.append([(h.arm, h.shift) for h in _moment(life).hours])
    assert found[0] == found[1]


@settings(deadline=None, max_examples=200)
@given(
    st.integers(1_780_000_000, 1_812_000_000),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe"]),
    st.sampled_from(["25h", "3d", "7d"]),
)
@example(1_792_494_648, "Europe/Dublin", "7d")  # a day of 25 hours ahead
def test_no_hour_is_offered_twice_and_all_lie_within_the_wait(
    now: int, zone: str, wait: str
) -> None:
    life, now_ms = _life(wait), now * 1000
    life.profile.time_zone = zone
    flow = replace(_flow(life), quiet=None)
    seen = {"looks_soon": 0.0, "hour": 0.5}
    found = timing.hours(flow, now_ms, life.profile, now_ms, life.world, seen)
    assert len({hour.arm for hour in found}) == len(found)
    assert len({hour.until_ms for hour in found}) == len(found)
    for hour in found:
        assert HOUR_MS // 2 <= hour.until_ms - now_ms <= flow.wait_ms
        local = datetime.fromtimestamp(hour.until_ms / 1000, ZoneInfo(zone))
        if hour.arm.count("/") == 2:
            assert hour.arm.split("/")[1] == local.strftime("%a").lower()


def test_of_a_person_unknown_no_day_is_better_than_sooner() -> None:
    life = _life()
    life.world.population = learned_to_look_soon()
    later = [hour.shift for hour in _moment(life).hours if hour.arm.count("/") == 2]
    *others, the_day_of_the_cart = later
    assert others == sorted(others, reverse=True)
    assert the_day_of_the_cart < others[0] + 0.1, "one visit says little"


def test_interest_fades_as_much_over_a_week_as_over_a_day_in_a_flow_that_waits_a_day() -> None:
    for wait, last in (("24h", 0.24), ("7d", 0.24)):
        hours = _moment(_life(wait)).hours
        assert -last <= hours[-1].shift <= -0.8 * last


@pytest.mark.parametrize("window_ms", [7 * DAY_MS, DAY_MS])
def test_a_wait_of_days_is_one_episode_with_one_outcome_and_replays(window_ms: int) -> None:
    rng = random.Random(11)
    for _ in range(300):
        life = _life()
        life.world.policy = replace(life.world.policy, outcome_window_ms=window_ms)
        at_ms = NOON_MS + rng.randrange(300) * DAY_MS
        life.happens("cart", at_ms, product_id="tent-1", price=80.0)
        life.pass_time(at_ms + HOUR_MS)
        first = life.decisions[-1]
        if first["action"] == "wait" and first["wait_until"] > at_ms + 6 * DAY_MS:
            break
    else:
        pytest.fail("nobody waits for days")
    moment = from_bytes(first["replay"])
    assert decide(moment, seed_of(moment)) == first
    life.pass_time(at_ms + 30 * DAY_MS)
    second = next(d for d in life.decisions if d["decided_at"] == first["wait_until"])
    assert second["episode_id"] == first["decision_id"]
    ended = [o["decision_id"] for o in life.outcomes if o["episode_id"] == first["decision_id"]]
    assert ended == [second["decision_id"]], "not one of the wait's own before it ended"


def test_over_a_change_of_clocks_the_hours_are_those_of_the_person_s_clock() -> None:
    before_ms = 1_774_609_200_000  # Friday 27 March 2026, 12:00 in Berlin; clocks change on Sunday
    moment = _moment(_life(), before_ms)
    for hour in moment.hours:
        passed = (hour.until_ms - before_ms) // HOUR_MS
        shown = (12 + passed + (1 if hour.until_ms >= 1_774_746_000_000 else 0)) % 24
        assert shown == int(hour.arm.rpartition("/")[2]), hour.arm
