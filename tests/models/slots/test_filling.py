"""From a person and a catalog to what the decision's content says, and which words are drawn."""

import random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.decision import moment as moments
from models.decision.decide import decide
from models.decision.look import look
from models.decision.moment import Moment, TriggerSeen
from models.decision.outlook import Variants
from models.decision.replay import replay
from models.slots.needs import Need, Show
from models.step import Record
from models.world import PolicySettings, World
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product
from tests.models.programmes import plain_of, programme_of_plain
from tests.models.slots.shop import article, review

CODEC = Codec(BundledRegistry())
FLOW = "browse_abandonment"
NEEDS: dict[str, Any] = {"plain": {}, **{str(need): {"needs": str(need)} for need in Need}}


def world(
    shows: list[str] | None,
    variants: dict[str, Any] | None = None,
    offers: dict[str, Any] | None = None,
) -> World:
    """The programme that ships; its browse reminder shows what is asked for."""
    plain = plain_of(BUNDLED.read_text(encoding="utf-8"))
    message = plain["flows"][FLOW]["messages"][0]
    message["slots"] = {"subject": variants} if variants else {}
    del message["shows"]
    plain["offers"] |= offers or {}
    message["offers"] = ["none", *(offers or {})]
    if shows is not None:
        message["shows"] = shows
    return World(
        programme_of_plain(plain).at_once(),
        policy=PolicySettings(learning=False),
    )


def life(where: World, *records: Record, name: str = "Ann") -> Life:
    """Someone looked at a tent four hours ago."""
    made = Life(where).reachable()
    told = {"first_name": name} if name else {}
    made.happens("profile", NOON_MS - DAY_MS, attributes=told)
    for record in records:
        made.world.catalog.put(record)
    made.happens("browse", NOON_MS - 4 * HOUR_MS, product_id="tent-1", category="tents", price=50.0)
    return made


def moment_of(made: Life, at_ms: int = NOON_MS) -> Moment:
    flow = made.world.programme.flows[FLOW]
    trigger = TriggerSeen("timer", flow.timer, at_ms)
    return look(flow, trigger, at_ms, "sub-1", made.profile, at_ms, made.world)


def sent(moment: Moment) -> Record:
    seeds = random.Random(1)
    decisions = (decide(moment, seeds.getrandbits(64)) for _ in range(100))
    return next(decision for decision in decisions if decision["message"])


EVERYTHING = [str(show) for show in Show]
TENT = product("tent-1", stock=2, ends_at=NOON_MS + 2 * DAY_MS)
WRITTEN = (article("how-to", "tents"), review("praise", "tent-1"))


def test_a_decision_says_what_fills_its_mail() -> None:
    content = sent(moment_of(life(world(EVERYTHING), TENT, *WRITTEN)))["content"]
    assert content == {
        "category": "tents",
        "products": "tent-1",
        "product_sources": "viewed",
        "hero": "tent-1",
        "article": "how-to",
        "review": "praise",
        "action": "shop",
        "low_stock": "5",
        "ends_at": str(NOON_MS + 2 * DAY_MS),
        "ends_on": "2023-11-17",
    }


@pytest.mark.parametrize(
    ("ends", "open_to"),
    [
        ("2023-11-16", {"reminder/none": [], "reminder/gift": ["ends_soon"]}),
        ("2023-11-25", {"reminder/none": [], "reminder/gift": []}),
    ],
)
def test_an_offer_that_ends_soon_is_a_hurry_of_its_own_mails_alone(
    ends: str, open_to: dict[str, list[str]]
) -> None:
    moment = moment_of(
        life(world([], ENDING, offers={"gift": {"discount_percent": 5, "ends": ends}}))
    )
    for candidate in moment.candidates[1:]:
        (slot,) = candidate.slots
        assert list(slot.names[1:]) == open_to[candidate.arm]
        told = candidate.filled.content()["offer_ends_at"]
        assert bool(told) is bool(open_to[candidate.arm])


ENDING: dict[str, Any] = {"plain": {}, "ends_soon": {"needs": "ends_soon"}}


def test_a_message_that_does_not_say_what_it_shows_shows_products() -> None:
    content = sent(moment_of(life(world(None), TENT, *WRITTEN)))["content"]
    assert content == {
        "category": "tents",
        "products": "tent-1",
        "product_sources": "viewed",
    }


def test_a_message_shows_nothing_that_it_does_not_name() -> None:
    made = life(world(["article"]), TENT, *WRITTEN)
    assert sent(moment_of(made))["content"] == {"category": "tents", "article": "how-to"}
    nothing = sent(moment_of(life(world([]), TENT, *WRITTEN)))["content"]
    assert nothing == {"category": "tents"}


def test_of_a_hero_alone_it_is_told_why_it_is_shown() -> None:
    content = sent(moment_of(life(world(["hero"]), TENT, *WRITTEN)))["content"]
    assert (content["hero"], content["products"]) == ("tent-1", "tent-1")
    assert content["product_sources"] == "viewed"


def test_a_mail_remembers_which_article_it_showed() -> None:
    made = life(world(EVERYTHING), TENT, *WRITTEN, article("other", "tents", rating=1.0))
    made.pass_time(NOON_MS)
    (first,) = made.sent
    assert first["content"]["article"] == "how-to"
    assert made.profile.messages[-1].article == "how-to"
    assert sent(moment_of(made, NOON_MS + 2 * DAY_MS))["content"]["article"] == "other"


def test_the_profile_knows_that_a_name_is_known_and_not_which() -> None:
    made = life(world(EVERYTHING), TENT, name="Xanthippe")
    assert made.profile.past().has_name
    made.profile.close_past()
    assert isinstance(made.profile.kept_past, bytes)
    assert b"Xanthippe" not in made.profile.kept_past
    made.happens("profile", NOON_MS, attributes={"first_name": "  "})
    assert not made.profile.past().has_name


@st.composite
def surroundings(draw: st.DrawFn) -> Life:
    """A person, a message and a catalog in which any need may or may not be met."""
    shows = draw(st.permutations(EVERYTHING).map(lambda all_: all_))
    tent = product(
        "tent-1",
        stock=draw(st.sampled_from([1, 5, 6, 100])),
        ends_at=draw(st.sampled_from([None, *(NOON_MS + days * DAY_MS for days in (0, 1, 9))])),
    )
    written = [record for record in WRITTEN if draw(st.booleans())]
    known = [tent, *written] if draw(st.booleans()) else written
    return life(world(shows, _some(draw)), *known, name=draw(st.sampled_from(["", "Ann"])))


def _some(draw: st.DrawFn) -> dict[str, Any]:
    others = draw(st.lists(st.sampled_from(list(Need)), min_size=1, max_size=5, unique=True))
    return {name: NEEDS[name] for name in ["plain", *map(str, others)]}


def _true(need: str, made: Life) -> bool:
    """Whether a need is met, told from the catalog and the person alone."""
    catalog = made.world.catalog
    tent = catalog.find("tent-1")
    return {
        "name": bool(made.contact and made.contact["attributes"].get("first_name")),
        "category": True,
        "hero": tent is not None,
        "article": "how-to" in catalog,
        "review": "praise" in catalog and tent is not None,
        "low_stock": tent is not None and tent.stock <= 5,
        "ends_soon": tent is not None and tent.ends_at == NOON_MS + DAY_MS,
    }[need]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(surroundings(), st.integers(0, 2**64 - 1))
def test_what_is_drawn_is_true_and_every_true_variant_may_be_drawn(made: Life, seed: int) -> None:
    moment = moment_of(made)
    (variants,) = made.world.programme.flows[FLOW].messages[0].slots
    true = [name for name in variants.variants if name == "plain" or _true(name, made)]
    decision = decide(moment, seed)
    for slot in decision["slots"]:
        assert list(slot["variants"]) == true
        assert (
            sum(slot["variants"].values()) == 1.0 or abs(sum(slot["variants"].values()) - 1) < 1e-9
        )
        assert min(slot["variants"].values()) > 0.0
        assert slot["needs"] == ([] if slot["variant"] == "plain" else [slot["variant"]])
        assert slot["first"] == ("" if slot["variant"] == "plain" else "plain")
        assert all(_true(need, made) for need in slot["needs"])
    data = CODEC.encode("decision", decision)
    name, read = CODEC.decode(data)
    again = moments.from_bytes(read["replay"])
    assert CODEC.encode(name, decide(again, seed)) == data


def test_replay_gives_the_same_bytes() -> None:
    made = life(world(EVERYTHING, NEEDS_FEW), TENT, *WRITTEN)
    made.pass_time(NOON_MS)
    (decision,) = made.decisions
    data = CODEC.encode("decision", decision)
    made.world.catalog.remove("tent-1")
    name, read = CODEC.decode(data)
    assert CODEC.encode(name, replay(read)) == data


NEEDS_FEW = {name: NEEDS[name] for name in ("plain", "low_stock", "ends_soon", "name")}


def test_a_moment_from_before_mails_were_filled_is_decided_as_it_was() -> None:
    moment = moment_of(life(world(None, {"plain": {}, "question": {}}), TENT))
    plain = msgspec.msgpack.decode(moments.to_bytes(moment))
    candidates = plain[moments.Moment.__struct_fields__.index("candidates")]
    for candidate in candidates:
        del candidate[moments.Candidate.__struct_fields__.index("filled") :]
        for slot in candidate[moments.Candidate.__struct_fields__.index("slots")]:
            del slot[Variants.__struct_fields__.index("needs") :]
    older = moments.from_bytes(msgspec.msgpack.encode(plain))
    for seed in (0, 2**63, 2**64 - 1):
        assert decide(older, seed) == decide(moment, seed)


def test_a_mail_worded_otherwise_teaches_nothing_of_its_wording() -> None:
    made = life(world(EVERYTHING, NEEDS_FEW), TENT, *WRITTEN)
    made.deliver = False
    made.pass_time(NOON_MS)
    (decision,) = made.sent
    made.happens(
        "delivery",
        NOON_MS + 1,
        decision_id=decision["decision_id"],
        instead={"subject": "plain"},
    )
    made.pass_time(NOON_MS + 30 * DAY_MS)
    outcome = next(o for o in made.outcomes if o["decision_id"] == decision["decision_id"])
    assert outcome["accepted"]
    assert outcome["slots"] == []


def test_where_one_variant_alone_was_true_nothing_is_learned_of_it() -> None:
    calm = product("tent-1", stock=40)
    made = life(world(EVERYTHING, {name: NEEDS[name] for name in ("plain", "low_stock")}), calm)
    made.pass_time(NOON_MS)
    (decision,) = made.sent
    (slot,) = decision["slots"]
    assert slot["variants"] == {"plain": 1.0}
    assert made.profile.pending[-1].slots == []
