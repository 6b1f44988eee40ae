"""The emitter without a broker: what it fills in, refuses and reports. See also integration/."""

import time
from typing import Any

import pytest

from schemas.codec import Codec, UnwritableError
from schemas.emitter import (
    DeliveryFailure,
    Emitter,
    EmitterBrokenError,
    EmitterFullError,
    UndeliveredError,
)
from schemas.field_checks import InvalidEventError
from schemas.registry import BundledRegistry
from schemas.topics import Topology
from tests.schemas.samples import NOW_MS, SAMPLES, sample

# Nothing listens there, and what can't be sent is given up soon.
NOWHERE = {"bootstrap.servers": "127.0.0.1:1", "message.timeout.ms": 150, "log_level": 0}
CODEC = Codec(BundledRegistry())


class Sent(Emitter):
    """An emitter whose records are caught before they go to the producer."""

    def __init__(self, **more: Any) -> None:
        super().__init__(NOWHERE, now_ms=lambda: NOW_MS, new_id=lambda: "made-id", **more)
        self.sent: list[tuple[str, str, bytes | None]] = []

    def _produce(self, topic: str, key: str, value: bytes | None) -> None:
        self.sent.append((topic, key, value))


def test_fills_in_id_time_and_defaults() -> None:
    emitter = Sent()

    assert emitter.emit("browse", {"subscriber_id": "ann", "product_id": "shoe"}) == "made-id"
    [(topic, key, value)] = emitter.sent
    assert (topic, key) == ("events.browse", "ann")
    assert CODEC.decode(value) == (
        "browse",
        {
            "event_id": "made-id",
            "occurred_at": NOW_MS,
            "subscriber_id": "ann",
            "anonymous_id": None,
            "product_id": "shoe",
            "category": None,
            "price": None,
            "session_id": None,
        },
    )


@pytest.mark.parametrize("name", SAMPLES)
def test_every_record_goes_to_its_topic(name: str) -> None:
    emitter = Sent(topology=Topology("shop."))
    emitter.emit(name, sample(name))

    [(topic, key, value)] = emitter.sent
    assert topic == ("shop.catalog" if name == "catalog" else f"shop.events.{name}")
    assert key == ("shoe-42" if name == "catalog" else "ann")
    assert CODEC.decode(value) == (name, sample(name))


def test_the_anonymous_are_keyed_as_such() -> None:
    emitter = Sent()
    emitter.emit("browse", {"anonymous_id": "c-1"})

    assert emitter.sent[0][1] == "anon:c-1"


def test_own_ids_and_times_are_kept() -> None:
    emitter = Sent()

    assert (
        emitter.emit("browse", sample("browse", event_id="mine", occurred_at=NOW_MS - 5)) == "mine"
    )
    assert CODEC.decode(emitter.sent[0][2])[1]["occurred_at"] == NOW_MS - 5


def test_a_deleted_product_is_a_null_value() -> None:
    emitter = Sent()
    emitter.delete_product("shoe-42")

    assert emitter.sent == [("catalog", "shoe-42", None)]


@pytest.mark.parametrize("name", ["decision", "merge", "tick", "contact", "nothing", None, []])
def test_internal_records_are_not_for_apps(name: Any) -> None:
    with pytest.raises(InvalidEventError, match=r"not for product apps.*browse, cart"):
        Sent().emit(name, {})


@pytest.mark.parametrize("record", [None, "browse", 1, [("subscriber_id", "ann")]])
def test_what_is_no_mapping_is_refused_in_words(record: Any) -> None:
    with pytest.raises(UnwritableError, match=f"not {type(record).__name__}"):
        Sent().emit("browse", record)


@pytest.mark.parametrize("record", [{1: 2}, {1: 2, "x": 3}, {None: "ann"}])
def test_fields_that_are_no_names_are_refused_in_words(record: Any) -> None:
    with pytest.raises(UnwritableError, match=r"no field.*its fields are anonymous_id"):
        Sent().emit("browse", record)


@pytest.mark.parametrize("product_id", [None, 42, "", "a\nb", "x" * 300, "\ud800"])
def test_only_a_products_id_can_be_deleted(product_id: Any) -> None:
    emitter = Sent()
    with pytest.raises(InvalidEventError, match="product_id"):
        emitter.delete_product(product_id)
    assert emitter.sent == []


def test_a_misspelt_field_is_refused() -> None:
    with pytest.raises(UnwritableError, match="product"):
        Sent().emit("browse", {"subscriber_id": "ann", "product": "shoe"})


@pytest.mark.parametrize(
    ("name", "record", "reason"),
    [
        ("browse", {}, "no_subscriber"),
        ("browse", {"subscriber_id": "ann", "price": -1}, "bad_price"),
        ("browse", {"subscriber_id": "ann", "occurred_at": NOW_MS * 1000}, "future"),
        ("browse", {"subscriber_id": "ann", "price": "9.90"}, "unwritable"),
        ("cart", {"subscriber_id": "ann"}, "unwritable"),
        ("cart", {"subscriber_id": "ann", "action": "juggle"}, "unwritable"),
        ("consent", {"subscriber_id": "ann", "action": "opt_in"}, "no_proof"),
        ("profile", {"subscriber_id": "ann", "address": "nope"}, "bad_address"),
        ("purchase", {"subscriber_id": "ann", "order_id": "o", "items": [{}]}, "unwritable"),
        ("search", {"subscriber_id": "ann", "query": "x" * 300_000}, "oversized"),
        ("catalog", {**SAMPLES["catalog"], "stock": -1}, "bad_stock"),
    ],
)
def test_wrong_records_raise_at_once(name: str, record: dict[str, Any], reason: str) -> None:
    emitter = Sent()
    with pytest.raises((InvalidEventError, UnwritableError)) as caught:
        emitter.emit(name, record)

    assert caught.value.reason == reason
    assert emitter.sent == []


def test_what_is_not_delivered_is_reported_counted_and_raised() -> None:
    failures: list[DeliveryFailure] = []
    emitter = Emitter(NOWHERE, on_delivery_failure=failures.append)
    emitter.emit("browse", sample("browse"))
    emitter.delete_product("shoe-42")

    with pytest.raises(UndeliveredError) as caught:
        emitter.flush(10)
    assert (caught.value.failed, caught.value.waiting) == (2, 0)
    assert sorted(failures, key=lambda each: each.topic) == [
        DeliveryFailure("catalog", "", "shoe-42", "Local: Message timed out"),
        DeliveryFailure(
            "events.browse", "browse", sample("browse")["event_id"], "Local: Message timed out"
        ),
    ]
    assert (emitter.emitted, emitter.delivered, emitter.failed) == (2, 0, 2)
    emitter.flush(1)  # each failure is raised once


def test_flush_raises_while_something_waits() -> None:
    emitter = Emitter({**NOWHERE, "message.timeout.ms": 60_000})
    emitter.emit("browse", sample("browse"))

    with pytest.raises(UndeliveredError) as caught:
        emitter.flush(0.01)
    assert (caught.value.failed, caught.value.waiting) == (0, 1)


def test_leaving_the_context_raises_too() -> None:
    emitter = Emitter(NOWHERE)
    with pytest.raises(UndeliveredError), emitter:
        emitter.emit("browse", sample("browse"))


def test_leaving_the_context_does_not_hide_the_apps_own_error() -> None:
    emitter = Emitter(NOWHERE)

    def fail() -> None:
        with emitter:
            emitter.emit("browse", sample("browse"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        fail()
    assert "1 records were not delivered" in caught.value.__notes__[0]


def test_a_full_queue_waits_and_then_says_so() -> None:
    config = {**NOWHERE, "message.timeout.ms": 60_000, "queue.buffering.max.messages": 1}
    emitter = Emitter(config, full_timeout_seconds=0.2)
    emitter.emit("browse", sample("browse"))

    with pytest.raises(EmitterFullError):
        emitter.emit("browse", sample("browse"))
    assert emitter.emitted == 1


@pytest.mark.parametrize("config", [{"no.such.setting": 1}, {"acks": "1"}, {"linger.ms": "soon"}])
def test_a_wrong_configuration_is_named(config: dict[str, Any]) -> None:
    # acks=1 can't be idempotent, and idempotence is not for turning off.
    with pytest.raises(EmitterBrokenError):
        Emitter({**NOWHERE, **config})


@pytest.mark.parametrize(
    "config", [{}, {"bootstrap.servers": " "}, {"bootstrap.servers": None}, {"acks": "all"}]
)
def test_without_brokers_it_is_refused_at_once(config: dict[str, Any]) -> None:
    with pytest.raises(EmitterBrokenError, match=r"bootstrap\.servers is missing"):
        Emitter(config)


def test_a_configuration_is_a_mapping() -> None:
    nothing: Any = None
    with pytest.raises(EmitterBrokenError, match="not NoneType"):
        Emitter(nothing)


def test_librdkafkas_older_name_for_the_brokers_will_do() -> None:
    Emitter({"metadata.broker.list": "127.0.0.1:1", "log_level": 0})


@pytest.mark.parametrize("timeout_seconds", [-1, 0, 0.05])
def test_brokers_that_are_away_hold_nobody_up(timeout_seconds: float) -> None:
    began = time.monotonic()
    emitter = Emitter({"bootstrap.servers": "127.0.0.1:1", "log_level": 0})
    emitter.emit("browse", sample("browse"))
    with pytest.raises(UndeliveredError):
        emitter.flush(timeout_seconds)
    del emitter
    assert time.monotonic() - began < 5


def test_sasl_and_tls_settings_reach_librdkafka() -> None:
    Emitter(
        {
            **NOWHERE,
            "security.protocol": "SASL_SSL",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": "u",
            "sasl.password": "p",
        }
    )
    with pytest.raises(EmitterBrokenError):
        Emitter({**NOWHERE, "security.protocol": "SASL_SSL", "ssl.ca.location": "/no/such/file"})
