"""A decision and its code: what rules an offer out, what the mail says, and that it repeats."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from models.decision.decide import decide, seed_of
from models.decision.due import fire
from models.decision.look import look
from models.decision.moment import Moment, TriggerSeen
from models.decision.replay import replay
from models.offers.desk import Desk
from models.offers.pool import Pool
from models.programme.flow_parts import Offer
from models.step import Record, Step
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life, product

CODEC = Codec(BundledRegistry())
GOOD_UNTIL_MS = NOON_MS + 30 * DAY_MS
LIFE_MS = 4 * HOUR_MS + 3 * DAY_MS
CODED = Offer("small", 5.0, codes=True, code_life_ms=LIFE_MS)


def pool(offer: Offer, *codes: tuple[str, int]) -> Pool:
    """A pool that holds these codes, all at hand."""
    made = Pool(0, 1, {"small": offer})
    if offer.codes:
        made.fill("small", [], 0, 0)
    made.load("small", [{"code": code, "expires_at": at_ms} for code, at_ms in codes])
    made.begin()
    return made


def shopper(offer: Offer) -> Life:
    """Someone with a cart, in a programme whose only offer is this one; no waiting, no learning."""
    life = Life()
    life.world.programme = replace(life.world.programme, offers={"small": offer})
    life.world.policy = replace(life.world.policy, learning=False)
    life.reachable()
    life.world.catalog.put(product("tent-1"))
    life.happens("cart", NOON_MS - HOUR_MS, product_id="tent-1", price=80.0)
    return life


def moment(offer: Offer, codes: Sequence[tuple[str, int]] = ()) -> Moment:
    life = shopper(offer)
    flow = life.world.programme.flows["cart_abandonment"]
    return look(
        flow,
        TriggerSeen("timer", flow.timer, NOON_MS),
        NOON_MS,
        "sub-1",
        life.profile,
        NOON_MS,
        life.world,
        codes=Desk(pool(offer, *codes)),
    )


def drawn(seen: Moment, *, takes: bool) -> Record:
    """The decision with the first of many seeds that takes the offer, or doesn't."""
    chance = random.Random(7)
    tries = (decide(seen, chance.getrandbits(64)) for _ in range(3_000))
    return next(decision for decision in tries if (decision["offer"] == "small") == takes)


def with_offer(seen: Moment) -> Record:
    return drawn(seen, takes=True)


def fences_of(decision: Record) -> dict[str, str | None]:
    return {found["arm"]: found["fence"] for found in decision["candidates"]}


@pytest.mark.parametrize(
    ("offer", "codes", "fence"),
    [
        (CODED, [("GIFT-1", GOOD_UNTIL_MS)], None),
        (CODED, [], "no_code"),
        (CODED, [("GIFT-1", NOON_MS + LIFE_MS - 1)], "no_code"),
        (replace(CODED, codes_total=0), [("GIFT-1", GOOD_UNTIL_MS)], "code_budget"),
        (replace(CODED, ends_ms=NOON_MS), [("GIFT-1", GOOD_UNTIL_MS)], "offer_ended"),
        (replace(CODED, ends_ms=NOON_MS + 1), [("GIFT-1", GOOD_UNTIL_MS)], None),
        (Offer("small", 5.0, ends_ms=NOON_MS), [], "offer_ended"),
        (Offer("small", 5.0, ends_ms=NOON_MS + 1), [], None),
    ],
)
def test_only_the_offers_own_mails_are_ruled_out(
    offer: Offer, codes: list[tuple[str, int]], fence: str | None
) -> None:
    found = fences_of(decide(moment(offer, codes), 1))
    assert found == {"hold": None, "reminder/none": None, "reminder/small": fence}


def test_a_mail_says_its_code_and_when_code_and_offer_end() -> None:
    ends_ms = NOON_MS + HOUR_MS
    decision = with_offer(moment(replace(CODED, ends_ms=ends_ms), [("GIFT-1", GOOD_UNTIL_MS)]))
    content = decision["content"]
    assert content["code"] == "GIFT-1"
    assert content["code_expires"] == "2023-12-15"
    assert content["offer_ends"] == "2023-11-15"
    assert decision["expires_at"] == ends_ms, "it doesn't leave after its offer has ended"


def test_a_code_without_an_end_and_a_plain_offer_say_no_more_than_they_know() -> None:
    content = with_offer(moment(CODED, [("GIFT-1", 0)]))["content"]
    assert (content["code"], "code_expires" in content, "offer_ends" in content) == (
        "GIFT-1",
        False,
        False,
    )
    assert "code" not in with_offer(moment(Offer("small", 5.0)))["content"]


def test_with_nothing_but_an_offer_without_codes_it_holds_and_says_why() -> None:
    seen = moment(CODED)
    del seen.candidates[1]
    decision = decide(seen, 1)
    assert (decision["arm"], decision["reasons"]) == ("hold", ["no_code"])


def test_such_a_decision_repeats_byte_for_byte() -> None:
    seen = moment(replace(CODED, ends_ms=GOOD_UNTIL_MS), [("GIFT-1", GOOD_UNTIL_MS)])
    data = CODEC.encode("decision", decide(seen, seed_of(seen)))
    name, read = CODEC.decode(data)
    assert CODEC.encode(name, replay(read)) == data


def fired(offer: Offer, codes: Pool, *, takes: bool) -> Record:
    """The cart's timer, which decides for the offer or for another arm."""
    life = shopper(offer)

    life.world.decide = lambda seen, _seed: drawn(seen, takes=takes)
    desk = Desk(codes)
    step = Step("sub-1", NOON_MS, codes=desk)
    fire("flow:cart_abandonment", NOON_MS, life.profile, step, life.world)
    desk.settle()
    (decision,) = [record for name, record in step.emitted if name == "decision"]
    return decision


def test_the_code_of_a_mail_is_reserved_for_it() -> None:
    codes = pool(CODED, ("GIFT-1", GOOD_UNTIL_MS))
    decision = fired(CODED, codes, takes=True)
    (known,) = codes.changes.codes.values()
    assert known is not None
    assert (known.state, known.decision) == ("r", decision["decision_id"][:16])


def test_a_code_that_was_not_chosen_stays_free() -> None:
    codes = pool(CODED, ("GIFT-1", GOOD_UNTIL_MS))
    assert "code" not in fired(CODED, codes, takes=False)["content"]
    assert not codes.changes.codes
    assert codes.free(NOON_MS) == {"small": 1}


def test_where_a_rule_rules_mail_out_no_code_is_looked_for() -> None:
    life, desk = shopper(CODED), Desk(pool(CODED, ("GIFT-1", GOOD_UNTIL_MS)))
    life.profile.suppressed = "complained"
    step = Step("sub-1", NOON_MS, codes=desk)
    fire("flow:cart_abandonment", NOON_MS, life.profile, step, life.world)
    assert not desk.used
