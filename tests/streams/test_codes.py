"""Codes in a stepper: loaded, given once, taken back, redeemed; and records that fail."""

from dataclasses import replace

import streams.processors
from models.offers.code import FREE, GIVEN, NEVER_MS, REDEEMED, RESERVED, Known
from models.offers.pool import Pool
from models.step import Record
from schemas.keys import code_partition
from streams.codes import _named
from streams.registry import Registry, discover
from tests.streams.coded import GIFT, coded_world, delivery, giving, loaded
from tests.streams.records import CODEC, NOW_MS, TOPOLOGY, Desk, browse, journaled

SHIPPED = discover(streams.processors)


def desk(registry: Registry, *codes: str) -> Desk:
    """A stepper whose pool holds these codes, all at hand."""
    made = Desk(registry, world=coded_world())
    pool = Pool(0, 4, {"gift": GIFT})
    pool.fill("gift", [(NEVER_MS, code) for code in sorted(codes)], 0, len(codes))
    made.stepper.pool = pool
    made.stepper._desk._pool = pool
    return made


def state_of(made: Desk, code: str) -> str:
    known = made.stepper.pool.changes.codes[code]
    assert known is not None
    return known.state


def letter(value: bytes) -> Record:
    return CODEC.decode(value)[1]


def test_codes_are_loaded_and_what_cannot_be_is_put_aside_alone() -> None:
    made = desk(SHIPPED)
    pending = made.step([loaded(3, "GIFT-1", "b d", "GIFT-2")])
    assert {code: state_of(made, code) for code in ("GIFT-1", "GIFT-2")} == {
        "GIFT-1": FREE,
        "GIFT-2": FREE,
    }
    (leaving,) = pending.leaving
    dead = letter(leaving.value)
    assert (dead["dead_letter_id"], dead["reason"]) == ("journal/0/3", "bad_code")
    assert pending.next_offset == 4
    assert pending.codes is made.stepper.pool.changes


def test_each_record_of_a_batch_gets_a_code_of_its_own() -> None:
    made = desk(giving(), "GIFT-1", "GIFT-2")
    pending = made.step([journaled(n, browse(n)) for n in range(3)])
    assert set(pending.touched["ann"].profile.categories) == {"GIFT-1", "GIFT-2", "no_code"}
    assert pending.codes.counts == {("gift", "reserved"): 2}
    assert {code: known and known.decision for code, known in pending.codes.codes.items()} == {
        "GIFT-1": "e0",
        "GIFT-2": "e1",
    }


def test_a_record_that_fails_takes_no_code_and_those_before_it_keep_theirs() -> None:
    made = desk(giving(), "GIFT-1", "GIFT-2")
    records = [browse(0), browse(1, category="breaks"), browse(2)]
    pending = made.step([journaled(n, event) for n, event in enumerate(records)])
    assert pending.tally.dead["step_failed"] == 1
    assert set(pending.touched["ann"].profile.categories) == {"GIFT-1", "GIFT-2"}
    decided = {code: known and known.decision for code, known in pending.codes.codes.items()}
    assert decided == {"GIFT-1": "e0", "GIFT-2": "e2"}


def test_what_never_left_goes_back_once_and_a_repeat_of_it_changes_nothing() -> None:
    made = desk(SHIPPED)
    made.stepper.pool.know({"GIFT-1": Known(RESERVED, "gift", NEVER_MS, "d1", NOW_MS)})
    events = [delivery(1, "GIFT-1", "d1"), delivery(2, "GIFT-1", "d1"), delivery(1, "GIFT-1", "d1")]
    pending = made.step([journaled(n, e, "delivery") for n, e in enumerate(events)])
    assert state_of(made, "GIFT-1") == FREE
    assert pending.codes.counts == {("gift", "released"): 1}


def test_what_a_server_may_have_seen_is_given() -> None:
    made = desk(SHIPPED)
    made.stepper.pool.know({"GIFT-1": Known(RESERVED, "gift", NEVER_MS, "d1", NOW_MS)})
    refused = delivery(1, "GIFT-1", "d1", status="rejected", claimed=True)
    made.step([journaled(0, refused, "delivery")])
    assert state_of(made, "GIFT-1") == GIVEN


def test_a_code_given_before_a_person_was_known_goes_back_where_it_came_from() -> None:
    """Its mail's ending comes under the anonymous id, whose profile has been handed over."""
    made = desk(SHIPPED)
    made.stepper.pool.know({"GIFT-1": Known(RESERVED, "gift", NEVER_MS, "d1", NOW_MS)})
    known = {"subscriber_id": "ann", "anonymous_id": "c1"}
    identify = {"event_id": "i1", "occurred_at": NOW_MS, **known}
    ended = delivery(1, "GIFT-1", "d1", subscriber_id=None, anonymous_id="c1")
    pending = made.step(
        [
            journaled(0, identify, "identify", key=b"anon:c1"),
            journaled(1, ended, "delivery", key=b"anon:c1"),
        ]
    )
    assert state_of(made, "GIFT-1") == FREE
    assert CODEC.decode(pending.leaving[-1].value)[0] == "delivery", "and is handed over"


def purchase(offer: str | None, code: str | None) -> Record:
    head = {"event_id": "p1", "occurred_at": NOW_MS, "subscriber_id": "ann", "anonymous_id": None}
    return {
        **head,
        "order_id": "o1",
        "items": [{"product_id": "p1", "category": "shoes", "price": 50.0, "quantity": 1}],
        "total": 45.0,
        "discount": 5.0,
        "offer": offer,
        "code": code,
        "session_id": None,
    }


def test_a_purchase_redeems_a_code_in_whatever_partition_gave_it() -> None:
    made = desk(SHIPPED)
    pending = made.step([journaled(7, purchase("gift", "GIFT-1"), "purchase")])
    (leaving,) = [each for each in pending.leaving if CODEC.decode(each.value)[0] == "redemption"]
    assert CODEC.decode(leaving.value)[1] == {"offer": "gift", "code": "GIFT-1", "at": NOW_MS}
    assert leaving.topic == TOPOLOGY.name("journal")
    assert leaving.partition == code_partition("GIFT-1", TOPOLOGY.journal_partitions)

    there = desk(SHIPPED)
    there.stepper.pool.know({"GIFT-1": Known(GIVEN, "gift", NEVER_MS, "d1", NOW_MS)})
    arrives = replace(loaded(9), value=leaving.value, headers=[("nb-source", leaving.source)])
    name = journaled(0, browse(0)).headers[0][0]
    arrives.headers = [(name, leaving.source)]
    pending = there.step([arrives])
    assert state_of(there, "GIFT-1") == REDEEMED
    assert there.step([arrives]).tally.repeated["source"] == 1


def test_codes_that_are_not_the_programmes_are_no_matter_of_ours() -> None:
    for offer, code in (("small", "GIFT-1"), ("summer-sale", "GIFT-1"), ("gift", None)):
        made = desk(SHIPPED)
        assert not made.step([journaled(7, purchase(offer, code), "purchase")]).leaving


def test_an_unknown_code_redeemed_is_put_aside() -> None:
    made = desk(SHIPPED)
    record = {"offer": "gift", "code": "WHO-KNOWS", "at": NOW_MS}
    pending = made.step([journaled(4, record, "redemption")])
    assert letter(pending.leaving[0].value)["reason"] == "unknown_code"


def test_the_codes_that_a_batch_names_are_told() -> None:
    made = desk(SHIPPED)
    records = [
        loaded(0, "GIFT-1", "GIFT-2"),
        journaled(1, browse(1)),
        journaled(2, delivery(1, "GIFT-3", "d1"), "delivery"),
        journaled(3, {**delivery(2, "", "d2"), "code": None}, "delivery"),
        journaled(4, {"offer": "gift", "code": "GIFT-4", "at": 0}, "redemption"),
    ]
    assert list(_named(made.stepper.prepare(records))) == ["GIFT-1", "GIFT-2", "GIFT-3", "GIFT-4"]
