import random
from collections import Counter

import pytest

from models.decide import decide, decision_id, seed_of
from models.moment import Moment, TriggerSeen, look
from models.population import HOLD
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import HOUR_MS, NOON_MS, Life, bundled_world, product

CODEC = Codec(BundledRegistry())


def _moment(now_ms: int = NOON_MS, flow: str = "cart_abandonment") -> Moment:
    life = Life().reachable()
    life.world.catalog.put(product("tent-1"))
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1", price=80.0)
    trigger = TriggerSeen("timer", f"flow:{flow}", now_ms)
    chosen = life.world.programme.flows[flow]
    return look(chosen, trigger, now_ms, "sub-1", life.profile, now_ms, life.world)


def test_a_decision_is_a_valid_record_and_says_why() -> None:
    moment = _moment()
    decision = decide(moment, seed_of(moment))
    name, again = CODEC.decode(CODEC.encode("decision", decision))
    assert name == "decision"
    assert again == decision
    assert decision["reasons"] == ["chosen"]
    assert [c["arm"] for c in decision["candidates"]] == [HOLD, "reminder/none", "reminder/small"]
    assert decision["features"]["cart_value"] > 0.0
    assert decision["versions"]["programme"] == bundled_world().programme.version


def test_the_same_trigger_gives_the_same_decision_and_another_another() -> None:
    moment = _moment()
    assert decide(moment, seed_of(moment)) == decide(moment, seed_of(moment))
    later = _moment(NOON_MS + 1)
    assert decision_id(later) != decision_id(moment)
    assert seed_of(later) != seed_of(moment)


def test_the_id_does_not_depend_on_what_is_known() -> None:
    moment, richer = _moment(), _moment()
    richer.facts.mails_week = 2
    richer.now_ms += 5_000
    assert decision_id(moment) == decision_id(richer)


def test_logged_propensities_are_the_frequencies() -> None:
    moment = _moment()
    rng = random.Random(20_240_101)
    draws = 20_000
    counts: Counter[str] = Counter()
    for _ in range(draws):
        counts[decide(moment, rng.getrandbits(64))["arm"]] += 1
    logged = {c["arm"]: c["propensity"] for c in decide(moment, 1)["candidates"]}
    assert abs(sum(logged.values()) - 1.0) < 1e-12
    squares = sum(
        (counts[arm] - draws * chance) ** 2 / (draws * chance) for arm, chance in logged.items()
    )
    assert squares < 13.82  # chi-square, 2 degrees of freedom, p = 0.001


def test_every_allowed_arm_keeps_its_floor() -> None:
    moment = _moment()
    moment.candidates[1].gain = 1e6
    floor = moment.config.exploration / 3
    for candidate in decide(moment, 1)["candidates"]:
        assert candidate["propensity"] >= floor * (1.0 - 1e-12)


def test_what_is_fenced_cannot_be_drawn_and_holding_is_certain() -> None:
    moment = _moment()
    moment.facts.consent = False
    moment.facts.suppressed = "complained"
    for seed in (0, 2**63, 2**64 - 1):
        decision = decide(moment, seed)
        assert decision["action"] == "hold"
        assert decision["propensity"] == 1.0
        assert decision["reasons"] == ["no_consent", "suppressed"]
        assert {c["fence"] for c in decision["candidates"][1:]} == {"no_consent"}
        assert decision["content"] == {}


def _send(moment: Moment) -> dict[str, object]:
    rng = random.Random(1)
    while True:
        decision = decide(moment, rng.getrandbits(64))
        if decision["action"] == "send":
            return decision


def test_a_mail_expires_by_its_flow_and_never_within_quiet_hours() -> None:
    assert _send(_moment())["expires_at"] == NOON_MS + 4 * HOUR_MS
    eight_in_the_evening = _moment(NOON_MS + 8 * HOUR_MS)
    assert _send(eight_in_the_evening)["expires_at"] == NOON_MS + 9 * HOUR_MS
    welcome = _moment(NOON_MS + 8 * HOUR_MS, "welcome")
    assert _send(welcome)["expires_at"] == NOON_MS + 14 * HOUR_MS


def test_an_offer_says_how_much() -> None:
    moment = _moment()
    del moment.candidates[1]
    assert _send(moment)["content"] == {"products": "tent-1", "discount_percent": "5"}


def test_sold_out_and_bought_products_are_not_shown() -> None:
    moment = _moment()
    shown = moment.facts.shown[0]
    moment.facts.shown = [
        type(shown)("gone", sold_out=True, bought=False),
        type(shown)("owned", sold_out=False, bought=True),
        type(shown)("good", sold_out=False, bought=False),
    ]
    content = _send(moment)["content"]
    assert isinstance(content, dict)
    assert content["products"] == "good"


@pytest.mark.parametrize("learning", [True, False])
def test_with_nothing_learned_the_rules_send_sensibly(learning: bool) -> None:  # noqa: FBT001
    life = Life().reachable()
    world = bundled_world()
    world.policy = type(world.policy)(learning=learning)
    flow = world.programme.flows["cart_abandonment"]
    trigger = TriggerSeen("timer", flow.timer, NOON_MS)
    moment = look(flow, trigger, NOON_MS, "sub-1", life.profile, NOON_MS, world)
    chances = {c["arm"]: c["propensity"] for c in decide(moment, 1)["candidates"]}
    assert chances["reminder/none"] > chances["reminder/small"] > chances[HOLD]
