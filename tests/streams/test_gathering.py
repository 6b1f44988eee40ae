"""One record of interactions with each write, of sampled people only."""

import streams.processors
from models.recommend.learner import Learner
from models.recommend.sampling import Sampling
from models.step import Record
from streams.gathering import MOST_BYTES
from streams.pending import Pending
from streams.registry import discover
from tests.streams.records import CODEC, NOW_MS, Desk, browse, journaled

SHIPPED = discover(streams.processors)


def left(desk: Desk, pending: Pending) -> list[Record]:
    desk.stepper.finish(pending)
    topic = "interactions"
    return [CODEC.decode(record.value)[1] for record in pending.leaving if record.topic == topic]


def test_a_write_has_one_record_of_what_its_events_say() -> None:
    desk = Desk(SHIPPED, sampling=Sampling(1.0, 1_000.0))
    pending = desk.step([journaled(5, browse(1)), journaled(6, browse(2, product_id="p2"))])
    (found,) = left(desk, pending)
    assert (found["journal_id"], found["partition"], found["until"]) == ("journal-id", 0, 7)
    told = found["interactions"]
    assert [one["products"] for one in told] == [["p1"], ["p2"]]
    assert told[0]["session"] == told[1]["session"]
    assert pending.tally.interactions == 2
    assert Learner().hear(found) == 2


def test_half_an_hour_later_it_is_another_visit() -> None:
    desk = Desk(SHIPPED, sampling=Sampling(1.0, 1_000.0))
    later = browse(2, occurred_at=NOW_MS + 31 * 60_000)
    (found,) = left(desk, desk.step([journaled(5, browse(1)), journaled(6, later)]))
    sessions = {one["session"] for one in found["interactions"]}
    assert len(sessions) == 2


def test_repeats_and_what_can_not_be_applied_say_nothing() -> None:
    desk = Desk(SHIPPED, sampling=Sampling(1.0, 1_000.0))
    pending = desk.step([journaled(5, browse(1)), journaled(6, browse(1))])
    (found,) = left(desk, pending)
    assert len(found["interactions"]) == 1
    assert not left(desk, desk.step([journaled(7, browse(1))]))


def test_nobody_sampled_leaves_nothing() -> None:
    desk = Desk(SHIPPED, sampling=Sampling(0.0, 1_000.0))
    assert not left(desk, desk.step([journaled(5, browse(1))]))
    assert desk.stepper.sampled_share == 0.0


def test_a_write_full_of_huge_orders_stays_sendable() -> None:
    desk = Desk(SHIPPED, sampling=Sampling(1.0, 1e6))
    items = [
        {"product_id": f"{n:>040}", "category": None, "price": 1.0, "quantity": 1}
        for n in range(50)
    ]
    orders = []
    for number in range(400):
        event = browse(number)
        order = {
            **{k: event[k] for k in ("event_id", "occurred_at", "subscriber_id", "anonymous_id")},
            "order_id": f"o{number}",
            "items": items,
            "total": 5.0,
            "discount": 0.0,
            "offer": None,
            "session_id": None,
        }
        orders.append(journaled(number, order, "purchase"))
    (found,) = left(desk, desk.step(orders))
    assert 100 < len(found["interactions"]) < 400
    assert len(CODEC.encode("interactions", found)) < MOST_BYTES * 1.1
