"""Decisions say what the person was likely to do next, and repeat with it byte for byte."""

from dataclasses import replace

from models.decision import moment as moments
from models.decision.decide import decide, seed_of
from models.decision.features import NAMES, is_about_arm
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.intent.labels import label
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life

CODEC = Codec(BundledRegistry())


def decided(life: Life) -> Life:
    life.happens("cart", NOON_MS, product_id="p", price=20.0)
    life.pass_time(NOON_MS + 6 * HOUR_MS)
    assert life.decisions
    return life


def test_a_decision_says_what_the_person_was_likely_to_do() -> None:
    life = Life().reachable()
    for number in range(3):
        life.world.intent.learn(label(f"l{number}"))
    decision = decided(life).decisions[0]
    intent = decision["intent"]
    assert 0.0 < intent["buys_soon"] < 1.0
    assert intent["engagement"] in ("high", "medium", "low")
    assert decision["versions"]["intent"] == "3"
    assert CODEC.decode(CODEC.encode("decision", decision))[1]["intent"] == intent


def test_it_repeats_byte_for_byte_whatever_was_learned_since() -> None:
    life = decided(Life().reachable())
    life.world.intent.learn(label("later", orders=[3]))
    for decision in life.decisions:
        moment = moments.from_bytes(decision["replay"])
        assert CODEC.encode("decision", decide(moment, seed_of(moment))) == CODEC.encode(
            "decision", decision
        )


def test_the_models_of_clicks_see_nothing_of_it() -> None:
    decision = decided(Life().reachable()).decisions[0]
    seen = {name for name in decision["features"] if not is_about_arm(name)}
    assert {name for name in seen if not name.startswith("expected_")} == set(NAMES)


def test_where_no_model_is_asked_it_is_not_computed() -> None:
    ruled_out = Life().reachable()
    ruled_out.happens("consent", NOON_MS - DAY_MS, action="opt_out")
    ruled_out.happens("cart", NOON_MS, product_id="p", price=20.0)
    ruled_out.pass_time(NOON_MS + 6 * HOUR_MS)
    off = Life()
    off.world.policy = replace(off.world.policy, learning=False)
    for life in (ruled_out, decided(off.reachable())):
        assert all(decision["intent"] is None for decision in life.decisions)


def test_a_moment_of_before_has_none() -> None:
    life = decided(Life().reachable())
    moment = moments.from_bytes(life.decisions[0]["replay"])
    moment.facts.intent = None
    again = decide(moments.from_bytes(moments.to_bytes(moment)), seed_of(moment))
    assert again["intent"] is None
    assert again["arm"] == life.decisions[0]["arm"]
