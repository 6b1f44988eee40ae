"""What offers may take off in a week, and what a decision does once it is taken off."""

import random
from collections import Counter
from dataclasses import replace as replaced

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import decay
from models.decision.arms import HOLD
from models.decision.decide import decide, seed_of
from models.decision.look import look
from models.decision.moment import Moment, TriggerSeen
from models.decision.replay import replay
from models.offers import budget
from models.world import World
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, bundled_world, product
from tests.models.programmes import programme_of

CODEC = Codec(BundledRegistry())
PROGRAMME = bundled_world().programme


def _moment(*, spent: bool, learning: bool = True) -> Moment:
    life = Life(World(programme_of(BUNDLED.read_text(encoding="utf-8")))).reachable()
    life.world.catalog.put(product("tent-1"))
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1", price=80.0)
    life.world.policy = replaced(life.world.policy, learning=learning)
    flow = life.world.programme.flows["cart_abandonment"]
    trigger = TriggerSeen("timer", flow.timer, NOON_MS)
    return look(
        flow,
        trigger,
        NOON_MS,
        "sub-1",
        life.profile,
        NOON_MS,
        life.world,
        offers_spent=spent,
    )


def test_at_a_steady_rate_it_is_what_a_week_costs() -> None:
    level = decay.EMPTY
    for hour in range(24 * 7 * 10):
        level = budget.raised(level, 5.0, hour * HOUR_MS)
    assert budget.taken_off(level, 24 * 7 * 10 * HOUR_MS) == pytest.approx(24 * 7 * 5.0, rel=0.01)


def test_each_partition_has_its_share_and_gets_room_again() -> None:
    programme = replaced(PROGRAMME, discounts_per_week=80.0)
    level = budget.raised(decay.EMPTY, 10.0, NOON_MS)
    assert budget.reached(level, NOON_MS, programme, 8)
    assert not budget.reached(level, NOON_MS, programme, 7)
    assert not budget.reached(level, NOON_MS + DAY_MS, programme, 8)


def test_without_a_budget_it_is_never_reached_and_with_none_to_give_always() -> None:
    level = budget.raised(decay.EMPTY, 1e9, NOON_MS)
    assert not budget.reached(level, NOON_MS, PROGRAMME, 1)
    assert budget.reached(decay.EMPTY, NOON_MS, replaced(PROGRAMME, discounts_per_week=0.0), 1)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 30 * DAY_MS)), max_size=20))
def test_it_stays_finite_and_never_exceeds_what_was_taken_off(
    orders: list[tuple[float, int]],
) -> None:
    level = decay.EMPTY
    for discount, later_ms in orders:
        level = budget.raised(level, discount, NOON_MS + later_ms)
    found = budget.taken_off(level, NOON_MS + 30 * DAY_MS)
    assert 0.0 <= found <= sum(discount for discount, _ in orders) * (1 + 1e-9) + 1e-9


@pytest.mark.parametrize("learning", [True, False])
def test_once_spent_offers_are_fenced_and_the_rest_is_chosen_as_logged(
    learning: bool,  # noqa: FBT001
) -> None:
    moment = _moment(spent=True, learning=learning)
    rng, draws = random.Random(7), 4_000
    counts = Counter(decide(moment, rng.getrandbits(64))["arm"] for _ in range(draws))
    decision = decide(moment, 1)
    found = {c["arm"]: c for c in decision["candidates"]}
    assert found["reminder/small"]["fence"] == "discount_budget"
    assert found["reminder/small"]["propensity"] == 0.0
    assert {c["fence"] for arm, c in found.items() if arm != "reminder/small"} == {None}
    logged = {arm: c["propensity"] for arm, c in found.items() if c["propensity"]}
    assert sum(logged.values()) == pytest.approx(1.0)
    assert min(logged.values()) >= moment.config.exploration / len(logged) - 1e-12
    squares = sum(
        (counts[arm] - draws * chance) ** 2 / (draws * chance) for arm, chance in logged.items()
    )
    assert sum(counts.values()) == sum(counts[arm] for arm in logged)
    assert squares < 30.0


def test_what_is_left_has_the_probabilities_it_has_without_offers() -> None:
    spent, without = _moment(spent=True), _moment(spent=False)
    del without.candidates[2]
    shares = [c["propensity"] for c in decide(spent, 1)["candidates"] if c["fence"] is None]
    assert shares == [c["propensity"] for c in decide(without, 1)["candidates"]]


def test_with_nothing_but_offers_it_holds_and_does_not_wait() -> None:
    moment = _moment(spent=True)
    del moment.candidates[1]
    assert moment.hours, "it could wait"
    decision = decide(moment, 1)
    assert (decision["arm"], decision["propensity"]) == (HOLD, 1.0)
    assert {c["fence"] for c in decision["candidates"][1:]} == {"discount_budget"}


def test_such_a_decision_repeats_byte_for_byte() -> None:
    moment = _moment(spent=True)
    data = CODEC.encode("decision", decide(moment, seed_of(moment)))
    name, read = CODEC.decode(data)
    assert CODEC.encode(name, replay(read)) == data
