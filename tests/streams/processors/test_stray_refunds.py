import streams.processors
from models.feedback.refunds import PATIENCE_MS
from models.person import encoding
from streams.registry import discover
from tests.models.life import event
from tests.streams.records import CODEC, NOW_MS, Desk, journaled, world


def test_a_refund_of_an_unknown_order_becomes_a_dead_letter_and_stays_remembered() -> None:
    desk = Desk(discover(streams.processors))
    told = event("refund", NOW_MS, "e1", subscriber_id="ann", order_id="o", total=5.0)
    pending = desk.step([journaled(0, told, "refund")])
    ((member, due_ms),) = pending.timers.items()
    assert due_ms == NOW_MS + PATIENCE_MS
    profile = desk.stepper.cache.get("ann").profile
    desk.stored["ann"] = encoding.encode(profile)
    desk = Desk(desk.registry, desk.stored)
    desk.stepper.put_loaded("ann", desk.stored["ann"])
    pending = desk.stepper.begin(1)
    desk.stepper.fire(member, due_ms, pending, due_ms, world())
    assert pending.timers == {member: None}
    (leaving,) = pending.leaving
    assert CODEC.decode(leaving.value)[1]["reason"] == "unknown_order"
    after = desk.stepper.cache.get("ann").profile
    assert [order.total for order in after.past().orders] == [5.0]
