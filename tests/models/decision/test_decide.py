import random
from collections import Counter

import pytest
from msgspec.structs import replace

from models.decision import worth
from models.decision.arms import HOLD
from models.decision.decide import decide, decision_id, seed_of
from models.decision.features import (
    ARM_DISCOUNT,
    ARM_LEAN,
    CLICK,
    EXPECTED_CLICK,
    EXPECTED_LEAVE,
    EXPECTED_ORDER,
    EXPECTED_UNASKED,
    LEAVE,
    ORDER,
    UNASKED,
)
from models.decision.look import look
from models.decision.moment import Moment, TriggerSeen
from models.learning import response
from models.step import Record
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
    sure = moment.candidates[1]
    sure.chances = replace(sure.chances, click=(10.0, 0.0), order=(10.0, 0.0))
    floor = moment.config.exploration / 3
    candidates = decide(moment, 1)["candidates"]
    for candidate in candidates:
        assert candidate["propensity"] >= floor * (1.0 - 1e-12)
    assert candidates[1]["propensity"] == pytest.approx(1.0 - 2.0 * floor)


def test_a_score_is_what_the_mail_is_worth_and_holding_is_worth_nothing() -> None:
    moment = _moment()
    moment.models.weights = {}
    hold, *mails = decide(moment, 1)["candidates"]
    assert hold["score"] == 0.0
    for mail, candidate in zip(mails, moment.candidates[1:], strict=True):
        discount = candidate.discount_percent / 100.0
        found = worth.of_mail(candidate.chances, moment.config.prices, discount)
        value, doubt = found.value, found.doubt
        assert doubt > 0.0
        assert mail["score"] == value


def test_the_persons_own_model_moves_the_click_and_with_it_the_choice() -> None:
    moment = _moment()
    before = decide(moment, 1)["candidates"][1]
    moment.models.weights = {"mail": -3.0}
    cold = decide(moment, 1)["candidates"][1]
    assert cold["score"] < before["score"]
    assert cold["propensity"] < before["propensity"]
    moment.models.weights = {"mail": 1.0}
    assert decide(moment, 1)["candidates"][1]["score"] > before["score"]


def test_the_record_says_what_was_expected_of_the_chosen_arm() -> None:
    moment = _moment()
    moment.models.weights = {"mail": 0.5}
    decision = _send(moment)
    (chosen,) = [c for c in moment.candidates if c.arm == decision["arm"]]
    seen = decision["features"]
    assert isinstance(seen, dict)
    assert (seen[CLICK], seen[ORDER], seen[LEAVE], seen[UNASKED]) == pytest.approx(
        (chosen.priors.click, chosen.priors.order, chosen.priors.leave, chosen.priors.unasked),
        abs=5e-4,
    )
    assert seen[ARM_LEAN] == pytest.approx(chosen.chances.click[0], abs=5e-4)
    assert seen[ARM_DISCOUNT] == chosen.discount_percent / 100.0
    person = response.Response(moment.models.weights)
    assert seen[EXPECTED_CLICK] == person.log_odds(chosen.arm, chosen.chances.click[0])
    assert seen[EXPECTED_ORDER] == chosen.chances.order[0]
    assert seen[EXPECTED_LEAVE] == chosen.chances.leave[0]
    assert seen[EXPECTED_UNASKED] == chosen.chances.unasked[0]


@pytest.mark.parametrize(("width", "likelier"), [(0.0, 0), (1.0, 1)])
def test_the_wider_the_freer_doubt_is_acted_on(width: float, likelier: int) -> None:
    moment = _moment()
    doubtful = moment.candidates[2]
    doubtful.chances = replace(doubtful.chances, click=(doubtful.chances.click[0], 4.0))
    narrow = decide(moment, 1)["candidates"][2]["propensity"]
    moment.config.width = width
    wide = decide(moment, 1)["candidates"][2]["propensity"]
    assert (wide > narrow) == bool(likelier)
    if not width:
        assert wide == pytest.approx(moment.config.exploration / 3)


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


def _send(moment: Moment) -> Record:
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
    content = _send(moment)["content"]
    assert (content["products"], content["discount_percent"]) == ("tent-1", "5")
    assert content["product_sources"] == "cart"


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


def _nothing_known(*, learning: bool) -> Moment:
    life = Life().reachable()
    world = bundled_world()
    world.policy = type(world.policy)(learning=learning)
    flow = world.programme.flows["cart_abandonment"]
    trigger = TriggerSeen("timer", flow.timer, NOON_MS)
    return look(flow, trigger, NOON_MS, "sub-1", life.profile, NOON_MS, world)


def test_with_nothing_learned_the_programmes_expectations_choose_sensibly() -> None:
    moment = _nothing_known(learning=True)
    chances = {c["arm"]: c["propensity"] for c in decide(moment, 1)["candidates"]}
    assert chances["reminder/none"] > chances["reminder/small"] > chances[HOLD]


def test_with_learning_off_the_first_message_is_sent_but_for_the_exploration_share() -> None:
    moment = _nothing_known(learning=False)
    share = moment.config.exploration
    chances = {c["arm"]: c["propensity"] for c in decide(moment, 1)["candidates"]}
    assert chances == pytest.approx(
        {HOLD: share / 3, "reminder/none": 1.0 - share * 2 / 3, "reminder/small": share / 3}
    )
    first, second = moment.candidates[1:]
    moment.candidates[1:] = [second, first]
    assert decide(moment, 1)["candidates"][1]["propensity"] == pytest.approx(1.0 - share * 2 / 3)
    assert decide(moment, 1)["versions"]["population"] == "off"
