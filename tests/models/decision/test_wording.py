"""Slots of a message: what is drawn, how it is logged, learned, and taken back."""

import random
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decision import moment as moments
from models.decision.arms import HOLD
from models.decision.decide import decide
from models.decision.features import ARM_LEAN, CLICK, EXPECTED_CLICK, UNASKED
from models.decision.look import look
from models.decision.moment import Moment, TriggerSeen
from models.decision.outlook import Variants
from models.decision.replay import replay
from models.decision.wording import shares_of
from models.errors import NotLearnableError
from models.learning import inputs
from models.learning.linear import log_odds_of
from models.learning.population import Population
from models.learning.relearning import Fate, Relearning
from models.learning.segment import Kept, Segment
from models.person.past import Pending
from models.step import Record
from models.world import PolicySettings, World
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product
from tests.models.outcomes import correction, learnable
from tests.models.programmes import plain_of, programme_of_plain

CODEC = Codec(BundledRegistry())
SUBJECT = {"subject": ["plain", "question"]}
FLOW = "cart_abandonment"


def _world(slots: dict[str, list[str]], **settings: Any) -> World:
    """The programme that ships, with slots of the cart reminder."""
    plain = plain_of(BUNDLED.read_text(encoding="utf-8"))
    plain["flows"][FLOW]["messages"][0]["slots"] = slots
    programme = programme_of_plain(plain).at_once()
    return World(programme, policy=PolicySettings(**settings))


def moment_of(
    slots: dict[str, list[str]], population: Population | None = None, **settings: Any
) -> Moment:
    """A cart reminder may be sent."""
    life = Life(_world(slots, **settings)).reachable()
    life.world.population = population or Population()
    life.world.catalog.put(product("tent-1"))
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1", price=80.0)
    flow = life.world.programme.flows[FLOW]
    trigger = TriggerSeen("timer", flow.timer, NOON_MS)
    return look(flow, trigger, NOON_MS, "sub-1", life.profile, NOON_MS, life.world)


def _sent(moment: Moment, seeds: random.Random) -> Record:
    while not (decision := decide(moment, seeds.getrandbits(64)))["message"]:
        pass
    return decision


EVEN = {"plain": 0.5, "question": 0.5}


def _told(
    variant: str, clicks: int, number: int = 0, shares: dict[str, float] | None = None
) -> Record:
    slots = [{"slot": "subject", "variant": variant, "variants": shares or EVEN}]
    return learnable(f"d{number}", flow=FLOW, clicks=clicks, slots=slots)


def _learned(count: int = 4_000, odds: float = 3.0, seed: int = 5) -> Population:
    """Of mails with either subject, the question is clicked so many times as often."""
    rng, population = random.Random(seed), Population()
    for _ in range(count):
        variant = rng.choice(["plain", "question"])
        chance = 0.04 * (odds if variant == "question" else 1.0)
        population.learn(_told(variant, int(rng.random() < chance)))
    return population


def test_a_mail_carries_a_variant_of_each_slot_and_says_which() -> None:
    moment = moment_of({**SUBJECT, "intro": ["short", "long", "none"]})
    decision = _sent(moment, random.Random(1))
    assert [slot["slot"] for slot in decision["slots"]] == ["intro", "subject"]
    for slot in decision["slots"]:
        assert decision["content"][slot["slot"]] == slot["variant"]
        assert slot["propensity"] == slot["variants"][slot["variant"]]
    assert list(decision["slots"][0]["variants"]) == ["short", "long", "none"]
    assert CODEC.decode(CODEC.encode("decision", decision)) == ("decision", decision)


def test_the_propensity_of_the_arm_is_of_the_arm_alone() -> None:
    worded, plain = moment_of(SUBJECT), moment_of({})
    for seed in (1, 2**63, 2**64 - 1):
        one, other = decide(worded, seed), decide(plain, seed)
        assert [c["arm"] for c in one["candidates"]] == [c["arm"] for c in other["candidates"]]
        chances = {c["arm"]: c["propensity"] for c in one["candidates"]}
        assert one["propensity"] == chances[one["arm"]]


def test_a_hold_carries_none_and_where_rules_leave_no_mail_none_is_asked() -> None:
    moment = moment_of(SUBJECT)
    held = next(d for d in (decide(moment, s << 40) for s in range(2**24)) if d["arm"] == HOLD)
    assert held["slots"] == []
    life = Life(_world(SUBJECT))
    flow = life.world.programme.flows[FLOW]
    trigger = TriggerSeen("timer", flow.timer, NOON_MS)
    fenced = look(flow, trigger, NOON_MS, "sub-1", life.profile, NOON_MS, life.world)
    assert [candidate.slots for candidate in fenced.candidates] == [(), (), ()]
    assert decide(fenced, 1)["slots"] == []


def test_with_learning_off_the_first_variant_is_sent_but_for_the_exploration_share() -> None:
    slots = {"subject": ["question", "plain", "product"]}
    moment = moment_of(slots, _learned(), learning=False)
    (slot,) = _sent(moment, random.Random(2))["slots"]
    share = moment.config.exploration / 3
    assert slot["variants"] == pytest.approx(
        {"question": 1.0 - 2.0 * share, "plain": share, "product": share}
    )


@pytest.mark.parametrize("count", [0, 400])
def test_logged_propensities_are_the_frequencies(count: int) -> None:
    moment = moment_of({**SUBJECT, "intro": ["short", "long", "none"]}, _learned(count))
    rng, draws = random.Random(20_260_101), 20_000
    counts: dict[str, Counter[str]] = {"subject": Counter(), "intro": Counter()}
    both: Counter[tuple[str, ...]] = Counter()
    sent, logged = 0, {}
    for _ in range(draws):
        decision = decide(moment, rng.getrandbits(64))
        for slot in decision["slots"]:
            counts[slot["slot"]][slot["variant"]] += 1
            logged[slot["slot"]] = slot["variants"]
        if decision["slots"]:
            sent += 1
            both[tuple(slot["variant"] for slot in decision["slots"])] += 1

    def squares(found: Counter[Any], chances: dict[Any, float]) -> float:
        return sum((found[k] - sent * p) ** 2 / (sent * p) for k, p in chances.items())

    assert sent > draws / 2
    assert squares(counts["subject"], logged["subject"]) < 10.83  # chi-square, 1 degree, p = 0.001
    assert squares(counts["intro"], logged["intro"]) < 13.82  # 2 degrees
    pairs = {
        (intro, subject): p * q
        for intro, p in logged["intro"].items()
        for subject, q in logged["subject"].items()
    }
    assert squares(both, pairs) < 20.52  # 5 degrees: slots are drawn independently


def test_the_draw_of_a_slot_says_nothing_of_the_arm() -> None:
    moment, rng = moment_of(SUBJECT), random.Random(7)
    counts: Counter[tuple[str, str]] = Counter()
    for _ in range(20_000):
        decision = decide(moment, rng.getrandbits(64))
        for slot in decision["slots"]:
            counts[decision["arm"], slot["variant"]] += 1
    assert {arm for arm, _ in counts} == {"reminder/none", "reminder/small"}
    for arm in ("reminder/none", "reminder/small"):
        plain, question = counts[arm, "plain"], counts[arm, "question"]
        assert (plain - question) ** 2 / (plain + question) < 10.83, "even, whatever the arm"


@given(
    st.lists(st.tuples(st.floats(-30.0, 30.0), st.floats(0.0, 25.0)), min_size=2, max_size=6),
    st.floats(0.01, 0.5),
    st.sampled_from([0.0, 0.25, 1.0]),
    st.booleans(),
)
def test_every_variant_keeps_its_floor_and_all_sum_to_one(
    clicks: list[tuple[float, float]],
    exploration: float,
    width: float,
    learning: bool,  # noqa: FBT001
) -> None:
    moment = moments.from_bytes(SOME)
    moment.models.learning = learning
    moment.config.exploration, moment.config.width = exploration, width
    names = tuple(f"v{number}" for number in range(len(clicks)))
    shares = shares_of(Variants("subject", names, clicks), moment)
    assert sum(shares) == pytest.approx(1.0, abs=1e-12)
    assert min(shares) >= exploration / len(clicks) * (1.0 - 1e-12)


SOME = moments.to_bytes(moment_of(SUBJECT))


def test_replay_gives_the_same_bytes() -> None:
    life = Life(_world({**SUBJECT, "intro": ["short", "long"]})).reachable()
    life.world.population = _learned(500)
    for number in range(8):
        at_ms = NOON_MS + 4 * number * DAY_MS
        life.happens("cart", at_ms - HOUR_MS, product_id="tent-1", price=80.0)
        life.pass_time(at_ms)
    assert any(decision["slots"] for decision in life.decisions)
    for decision in life.decisions:
        data = CODEC.encode("decision", decision)
        name, read = CODEC.decode(data)
        assert CODEC.encode(name, replay(read)) == data


def test_what_is_clicked_thrice_as_often_is_chosen_mostly() -> None:
    moment = moment_of(SUBJECT, _learned())
    (slot,) = _sent(moment, random.Random(3))["slots"]
    assert slot["variants"]["question"] > 0.9
    assert slot["variants"]["plain"] >= moment.config.exploration / 2


def test_what_one_flow_learns_of_a_variant_says_nothing_in_another() -> None:
    population = Population()
    for outcome in [_told("question", 1)] * 50:
        population.learn({**outcome, "flow": "win_back"})
    (slot,) = _sent(moment_of(SUBJECT, population), random.Random(4))["slots"]
    assert slot["variants"] == pytest.approx({"plain": 0.5, "question": 0.5})


def test_an_arm_is_valued_without_its_wording_and_recorded_as_it_was_worded() -> None:
    moment, rng = moment_of(SUBJECT, _learned()), random.Random(6)
    moment.models.weights = {}
    chosen = moment.candidates[1]
    shares = shares_of(chosen.slots[0], moment)
    (plain, question) = (by for by, _ in chosen.slots[0].clicks)
    usual = shares[0] * plain + shares[1] * question
    found: dict[str, Record] = {}
    while len(found) < 2:
        decision = _sent(moment, rng)
        if decision["arm"] == chosen.arm:
            found[decision["content"]["subject"]] = decision["features"]
    lean = chosen.chances.click[0]
    assert found["question"][EXPECTED_CLICK] == pytest.approx(lean + question - usual)
    assert found["plain"][EXPECTED_CLICK] == pytest.approx(lean + plain - usual)
    assert found["plain"][ARM_LEAN] == round(lean + plain - usual, 3)
    bare = moment_of({}, _learned())
    assert bare.candidates[1].chances == chosen.chances


def _equal(chance: float, share: float, count: int = 4_000) -> Population:
    """Of mails with either subject as many are clicked, more or fewer than was expected."""
    rng, population = random.Random(9), Population()
    shares = {"plain": share, "question": 1.0 - share}
    for _ in range(count):
        variant = "plain" if rng.random() < share else "question"
        population.learn(_told(variant, int(rng.random() < chance), shares=shares))
    return population


@pytest.mark.parametrize("share", [0.5, 0.99])
@pytest.mark.parametrize("chance", [0.005, 0.2])
def test_what_all_mails_have_in_common_is_learned_of_no_variant(
    chance: float, share: float
) -> None:
    """However unevenly they were drawn, as with learning off."""
    population = _equal(chance, share)
    known = learnable("d")["features"]
    seen = {name: amount for name, amount in known.items() if not name.startswith("arm_")}
    moment = moment_of(SUBJECT, population)
    priors = moment.candidates[1].priors
    outlook = population.outlook(seen, FLOW, known[UNASKED])
    asked = outlook.chances("reminder/none", 0.0, priors).click[0] - priors.click + known[CLICK]
    assert asked == pytest.approx(log_odds_of(chance), abs=0.3)
    (plain, _), (question, _) = moment.candidates[1].slots[0].clicks
    assert plain == pytest.approx(question, abs=0.3)


@pytest.mark.parametrize("chance", [0.005, 0.02, 0.2])
def test_a_variant_added_later_starts_in_the_middle(chance: float) -> None:
    moment = moment_of({"subject": ["plain", "question", "new"]}, _equal(chance, 0.5))
    slot = moment.candidates[1].slots[0]
    (plain, known), (question, _), (new, doubt) = slot.clicks
    assert new == pytest.approx((plain + question) / 2.0, abs=0.1)
    assert doubt > known
    assert 0.1 < shares_of(slot, moment)[-1] < 0.7


def test_what_was_learned_while_one_was_nearly_always_sent_does_not_mislead() -> None:
    rng, population = random.Random(3), Population()
    shares = {"plain": 0.99, "question": 0.01}
    for _ in range(4_000):  # fewer clicks than was expected, and the question's fewer still
        variant = "plain" if rng.random() < 0.99 else "question"
        chance = 0.005 if variant == "plain" else 0.0025
        population.learn(_told(variant, int(rng.random() < chance), shares=shares))
    moment = moment_of(SUBJECT, population)
    assert 0.1 < shares_of(moment.candidates[1].slots[0], moment)[1] < 0.9


def test_the_outcome_tells_what_was_sent() -> None:
    life = Life(_world(SUBJECT)).reachable()
    life.world.population = Population()
    for attempt in range(40):
        life.profile.flows.clear()
        life.profile.messages.clear()
        life.happens("cart", NOON_MS + attempt - HOUR_MS, product_id=f"tent-{attempt}")
        life.pass_time(NOON_MS + attempt)
    life.pass_time(NOON_MS + 40 * DAY_MS)
    told = {outcome["decision_id"]: outcome["slots"] for outcome in life.outcomes}
    assert len(life.sent) > 1
    assert len(life.sent) < len(life.decisions)
    for decision in life.decisions:
        slots = [
            {n: slot[n] for n in ("slot", "variant", "variants")} for slot in decision["slots"]
        ]
        assert told[decision["decision_id"]] == slots
        assert bool(slots) is (decision["action"] == "send")
    for outcome in life.outcomes:
        assert CODEC.decode(CODEC.encode("outcome", outcome)) == ("outcome", outcome)


def test_a_decision_that_waited_since_before_there_were_slots_has_none() -> None:
    life = Life(_world(SUBJECT)).reachable()
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1")
    life.pass_time(NOON_MS)
    (pending,) = life.profile.pending[-1:]
    stored = msgspec.to_builtins(pending)
    before = Pending.__struct_fields__.index("slots")
    assert msgspec.convert(stored[:before], Pending).slots == []


def test_an_outcome_kept_since_before_there_were_slots_has_none() -> None:
    assert Kept.__struct_fields__[-1] == "slots", "append after it"
    segment = Segment(0, None)
    segment.add(_told("plain", 1))
    names, (kept,) = msgspec.msgpack.decode(segment.to_bytes())
    older = msgspec.msgpack.encode(msgspec.msgpack.decode(kept)[:-1])
    read = Segment.from_bytes(0, msgspec.msgpack.encode([names, [older]]), None)
    assert read.record(0) == {**segment.record(0), "slots": []}


def test_a_corrected_outcome_is_learned_anew_bit_for_bit() -> None:
    rng = random.Random(11)
    told = [_told(rng.choice(["plain", "question"]), rng.randrange(2), n) for n in range(300)]
    told[7] = _told("question", 1, 7)
    memory, right = Relearning(Population()), Population()
    for outcome in told:
        memory.hear(outcome)
    assert memory.hear(correction("d7", "bot", clicks=-1)) is Fate.CORRECTED
    for outcome in [*told[:7], _told("question", 0, 7), *told[8:]]:
        right.learn(outcome)
    assert memory.population.to_bytes() == right.to_bytes()


def test_the_order_in_which_slots_are_told_changes_nothing() -> None:
    subject = {"slot": "subject", "variant": "b", "variants": {"a": 0.2, "b": 0.7, "c": 0.1}}
    intro = {"slot": "intro", "variant": "short", "variants": {"short": 0.25, "long": 0.75}}
    turned = {**subject, "variants": {"c": 0.1, "b": 0.7, "a": 0.2}}
    one = inputs.worded("cart", "reminder/small", [subject, intro])
    other = inputs.worded("cart", "reminder/none", [intro, turned])
    assert list(one.items()) == list(other.items())
    assert one["cart|reminder|intro:short"] == 0.75
    assert one["cart|reminder|intro:long"] == -0.75
    assert one["cart|reminder|subject:b"] == pytest.approx(0.3)


def test_shares_that_are_no_numbers_are_refused() -> None:
    told = _told("plain", 1, shares={"plain": float("nan"), "question": 0.5})
    with pytest.raises(NotLearnableError, match="finite"):
        Population().learn(told)
