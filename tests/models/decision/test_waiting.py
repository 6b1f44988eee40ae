"""Putting a mail off to a better hour: which hours, how it is chosen, and what becomes of it."""

import random
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models import localtime
from models.decision.arms import HOLD, waits
from models.decision.decide import decide, seed_of
from models.decision.features import ARM_LEAN, CLICK, NAMES, named
from models.decision.look import look
from models.decision.moment import Moment, TriggerSeen, from_bytes
from models.decision.timing import _ahead
from models.learning.inputs import when
from models.learning.population import Population
from models.world import World
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product
from tests.models.programmes import programme_of

CODEC = Codec(BundledRegistry())
FLOW = "cart_abandonment"


def _life() -> Life:
    life = Life(World(programme_of(BUNDLED.read_text(encoding="utf-8"))))
    life.world.catalog.put(product("tent-1"))
    return life.reachable()


def _moment(now_ms: int = NOON_MS, episode: str = "", life: Life | None = None) -> Moment:
    life = life or _life()
    life.happens("cart", now_ms - HOUR_MS, product_id="tent-1", price=80.0)
    trigger = TriggerSeen("timer", f"flow:{FLOW}", now_ms)
    flow = life.world.programme.flows[FLOW]
    return look(flow, trigger, now_ms, "sub-1", life.profile, now_ms, life.world, episode)


def _waiting(life: Life) -> int:
    """Leave carts behind until one decision chooses to wait; return when that was."""
    for week in range(80):
        at_ms = NOON_MS + week * 7 * DAY_MS
        life.happens("cart", at_ms, product_id="tent-1", price=80.0)
        life.pass_time(at_ms + HOUR_MS)
        if life.decisions and life.decisions[-1]["action"] == "wait":
            return at_ms + HOUR_MS
        life.pass_time(at_ms + 3 * DAY_MS)
        life.happens("cart", life.now_ms, action="remove", product_id="tent-1")
    pytest.fail("eighty decisions and none of them waits")


def test_the_hours_lie_ahead_and_outside_quiet_hours() -> None:
    moment = _moment()
    hours = [slot.arm for slot in moment.hours]
    assert hours == ["wait/14", "wait/16", "wait/18", "wait/20"]  # 22 is quiet, 12 h are the flow's
    assert [slot.until_ms - NOON_MS for slot in moment.hours] == [
        hour * HOUR_MS for hour in (2, 4, 6, 8)
    ]


def test_no_hour_is_so_near_that_waiting_for_it_is_none() -> None:
    near = _moment(NOON_MS + 2 * HOUR_MS - HOUR_MS // 2 + 1)
    assert near.hours[0].arm == "wait/16"
    far = _moment(NOON_MS + 2 * HOUR_MS - HOUR_MS // 2)
    assert far.hours[0].arm == "wait/14"


def test_the_flow_s_window_bounds_the_wait() -> None:
    life = _life()
    flow = life.world.programme.flows[FLOW]
    trigger = TriggerSeen("timer", f"flow:{FLOW}", NOON_MS)
    wanted_ms = NOON_MS - flow.window_ms + 3 * HOUR_MS
    late = look(flow, trigger, wanted_ms, "sub-1", life.profile, NOON_MS, life.world)
    assert [slot.arm for slot in late.hours] == ["wait/14"]


def test_no_wait_ends_so_close_to_the_window_s_end_that_a_late_timer_misses_it() -> None:
    life = _life()
    flow = life.world.programme.flows[FLOW]
    trigger = TriggerSeen("timer", f"flow:{FLOW}", NOON_MS)
    wanted_ms = NOON_MS - flow.window_ms + 4 * HOUR_MS + 5_000
    late = look(flow, trigger, wanted_ms, "sub-1", life.profile, NOON_MS, life.world)
    assert [slot.arm for slot in late.hours] == ["wait/14"], "16 would leave five seconds"


def test_with_the_models_off_nothing_waits() -> None:
    life = _life()
    off = World(life.world.programme, life.world.catalog)
    off.policy = type(off.policy)(learning=False)
    life.world = off
    assert _moment(life=life).hours == []


def test_waits_are_logged_with_their_probability_and_drawn_with_it() -> None:
    moment = _moment()
    first = decide(moment, 0)
    logged = {c["arm"]: c["propensity"] for c in first["candidates"]}
    assert sum(logged.values()) == pytest.approx(1.0)
    floor = moment.config.exploration / len(logged)
    assert min(logged.values()) >= floor * (1.0 - 1e-12)
    assert sum(waits(arm) for arm in logged) == 4
    rng = random.Random(5)
    draws = 20_000
    drawn = Counter(decide(moment, rng.getrandbits(64))["arm"] for _ in range(draws))
    chi_square = sum(
        (drawn[arm] - draws * chance) ** 2 / (draws * chance) for arm, chance in logged.items()
    )
    assert chi_square < 22.5  # p = 0.001 at 6 degrees of freedom


def test_a_wait_is_a_valid_record_and_can_be_made_again() -> None:
    life = _life()
    at_ms = _waiting(life)
    decision = life.decisions[-1]
    assert decision["arm"].startswith("wait/")
    assert decision["wait_until"] > at_ms
    assert decision["episode_id"] == decision["decision_id"]
    assert (decision["message"], decision["content"]) == ("", {})
    assert CODEC.decode(CODEC.encode("decision", decision)) == ("decision", decision)
    moment = from_bytes(decision["replay"])
    assert decide(moment, seed_of(moment)) == decision


def test_the_rest_of_an_episode_is_chosen_at_its_hour_from_what_is_true_then() -> None:
    life = _life()
    _waiting(life)
    first = life.decisions[-1]
    life.pass_time(first["wait_until"])
    second = life.decisions[-1]
    assert second["decided_at"] == first["wait_until"]
    assert second["episode_id"] == first["decision_id"] != second["decision_id"]
    assert not any(waits(c["arm"]) for c in second["candidates"]), "it waits once"
    life.pass_time(life.now_ms + 8 * DAY_MS)
    outcomes = [o for o in life.outcomes if o["episode_id"] == first["decision_id"]]
    assert [o["decision_id"] for o in outcomes] == [second["decision_id"]], "one for the episode"


def test_a_purchase_ends_the_wait_and_is_the_episode_s_outcome() -> None:
    life = _life()
    at_ms = _waiting(life)
    first = life.decisions[-1]
    life.happens("purchase", at_ms + 1, total=80.0)
    life.pass_time(first["wait_until"] + 8 * DAY_MS)
    last = [d for d in life.decisions if d["flow"] == FLOW][-1]
    assert last["decision_id"] == first["decision_id"], "nothing is decided then"
    outcome = next(o for o in life.outcomes if o["decision_id"] == first["decision_id"])
    assert (outcome["action"], outcome["purchases"], outcome["revenue"]) == ("wait", 1, 80.0)
    CODEC.encode("outcome", outcome)


def test_what_moves_the_flow_beyond_the_hour_waited_for_begins_another_episode() -> None:
    life = _life()
    _waiting(life)
    first = life.decisions[-1]
    life.happens("cart", first["wait_until"] - 1, product_id="tent-1", price=80.0)
    life.pass_time(first["wait_until"])
    assert life.decisions[-1] is first, "it waits for the newer cart"
    life.pass_time(life.now_ms + HOUR_MS)
    second = life.decisions[-1]
    assert second["episode_id"] == second["decision_id"]
    assert any(waits(c["arm"]) for c in second["candidates"]), "it may wait again"
    life.pass_time(life.now_ms + 9 * DAY_MS)
    episodes = [o["episode_id"] for o in life.outcomes if o["decided_at"] >= first["decided_at"]]
    assert first["decision_id"] in episodes
    assert len(episodes) == len(set(episodes)), "one outcome for each episode"


def _outcome(*, soon: float, clicked: bool) -> dict[str, object]:
    seen = {**dict.fromkeys(NAMES, 0.0), "always": 1.0, "looks_soon": soon, "hour": 0.5}
    return {
        "decision_id": "d",
        "arm": "reminder/none",
        "flow": FLOW,
        "features": {**seen, CLICK: -3.0, ARM_LEAN: -3.0},
        "propensity": 0.5,
        "evidence": True,
        "clicks": 1 if clicked else 0,
        "purchases": 0,
        "unsubscribed": False,
        "complained": False,
        "reward": 0.0,
    }


@pytest.mark.parametrize("hour", range(0, 24, 2))
def test_a_mail_at_the_hour_waited_for_teaches_what_waiting_for_it_asks(hour: int) -> None:
    now_ms = NOON_MS + (hour - 12) * HOUR_MS
    moment = _moment(now_ms)
    observed = named(moment.facts.features)
    then = {"looks_soon": observed["looks_soon"], "hour": hour / 24.0}
    assert when(observed) == when(then)


def learned_to_look_soon() -> Population:
    """A population that has learned how much looking soon says of a click."""
    population = Population()
    rng = random.Random(3)
    for _ in range(2_000):
        soon = rng.choice((-0.6, 0.8))
        chance = 0.12 if soon > 0.0 else 0.02
        population.learn(_outcome(soon=soon, clicked=rng.random() < chance))
    return population


def test_it_learns_to_wait_for_the_hours_at_which_people_look() -> None:
    life = _life()
    life.world.population = learned_to_look_soon()
    for day in range(12, 0, -1):
        life.happens("browse", NOON_MS - day * DAY_MS + 6 * HOUR_MS)  # here at 18 in the evening
    moment = _moment(life=life)
    best = max(moment.hours, key=lambda slot: slot.shift)
    assert best.arm in ("wait/16", "wait/18")
    assert best.shift > 0.5
    decision = decide(moment, 0)
    logged = {c["arm"]: c["propensity"] for c in decision["candidates"]}
    assert logged[best.arm] == max(logged.values())
    assert logged[best.arm] > 3.0 * logged["reminder/none"]


def test_no_difference_between_hours_makes_no_mail_worth_more() -> None:
    """Of many hours one looks best by luck; that alone must not send more mail."""
    population = Population()
    rng = random.Random(4)
    for _ in range(2_000):
        population.learn(_outcome(soon=rng.uniform(-0.6, 0.8), clicked=rng.random() < 0.05))
    life = _life()
    life.world.population = population
    waiting = decide(_moment(life=life), 0)
    flow = life.world.programme.at_once().flows[FLOW]
    trigger = TriggerSeen("timer", f"flow:{FLOW}", NOON_MS)
    once = decide(look(flow, trigger, NOON_MS, "sub-1", life.profile, NOON_MS, life.world), 0)
    held = [{c["arm"]: c["propensity"] for c in d["candidates"]}[HOLD] for d in (waiting, once)]
    assert held[0] == pytest.approx(held[1], abs=0.02)


@example(1_774_742_400, "Europe/Berlin")  # an hour before the clocks go forward
@example(1_792_879_200, "Europe/Berlin")  # and back
@example(1_775_311_200, "Australia/Lord_Howe")  # by half an hour
@given(
    st.integers(1_600_000_000, 1_900_000_000),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"]),
)
def test_the_hours_are_the_next_ones_on_the_person_s_clock(now: int, zone: str) -> None:
    now_ms = now * 1000
    flow = replace(_life().world.programme.flows[FLOW], quiet=None)
    ahead = list(_ahead(flow, now_ms, now_ms + 12 * HOUR_MS, zone))
    expected = {
        (localtime.next_at(now_ms, zone, hour * 60), hour)
        for hour in range(0, 24, 2)
        if localtime.next_at(now_ms, zone, hour * 60) - now_ms <= 12 * HOUR_MS
    }
    assert [(at_ms, hour) for hour, at_ms in ahead] == sorted(expected)


def test_where_a_rule_rules_mail_out_no_hour_is_looked_at_and_no_model_asked() -> None:
    life = _life()
    life.world.population.outlook = life.world.population.later = None  # type: ignore[assignment,method-assign]
    life.happens("consent", NOON_MS - 2 * HOUR_MS, action="opt_out")
    moment = _moment(life=life)
    assert moment.hours == []
    decision = decide(moment, 1)
    assert decision["action"] == "hold"
    assert [c["fence"] for c in decision["candidates"]] == [None, "no_consent", "no_consent"]
