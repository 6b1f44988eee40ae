"""What a product app imports to tell nextbest what happened.

    from schemas.emitter import Emitter

    with Emitter({"bootstrap.servers": "localhost:9092"}) as emitter:
        emitter.emit("browse", {"subscriber_id": "ann", "product_id": "shoe-42", "price": 59.90})
        emitter.emit("cart", {"subscriber_id": "ann", "action": "add", "product_id": "shoe-42"})

A record is checked before it is sent: a wrong one raises at once, in the app that knows why.
"""

import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Final, Self

from confluent_kafka import KafkaException, Producer

from schemas import library
from schemas.checks import EVENTS, check_event, check_product, check_product_id
from schemas.codec import Codec, Record, UnwritableError
from schemas.errors import NextbestError, RetryError, StopError
from schemas.field_checks import InvalidEventError
from schemas.keys import subscriber_key
from schemas.registry import BundledRegistry, SchemaRegistry
from schemas.topics import Topology

_DEFAULTS: Final[Mapping[str, Any]] = {
    "compression.type": "lz4",
    "linger.ms": 5,
    # As Java's clients place keys; intake re-keys anyway.
    "partitioner": "murmur2_random",
}
_SERVERS: Final = ("bootstrap.servers", "metadata.broker.list")
"""The brokers to ask first, and librdkafka's older name for them."""
_CATALOG = "catalog"

_log = logging.getLogger("nextbest.emitter")


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    """A record that Kafka did not take.

    Attributes:
        topic: Where it was to go.
        record: The record's name; empty for a deleted product.
        event_id: The event's id; the product's for the catalog.
        error: librdkafka's own words.
    """

    topic: str
    record: str
    event_id: str
    error: str


class UndeliveredError(RetryError):
    """Records were not delivered; emitting them again under the same `event_id` is safe.

    Attributes:
        failed: How many Kafka refused or that ran out of time since the last flush.
        waiting: How many are still under way and go on trying.
    """

    def __init__(self, failed: int, waiting: int) -> None:
        super().__init__(
            f"{failed} records were not delivered and {waiting} are still waiting. Check that the "
            "brokers can be reached, and emit the failed ones again with their event_id."
        )
        self.failed = failed
        self.waiting = waiting


class EmitterFullError(RetryError):
    """The queue stayed full: brokers take records slower than they are emitted, or not at all."""


class EmitterBrokenError(StopError):
    """The producer can't be made with this configuration, or has failed for good."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _new_id() -> str:
    return str(uuid.uuid4())


class Emitter:
    """Checks records and hands them to an idempotent producer; safe to share between threads.

    Args:
        config: librdkafka's configuration: `bootstrap.servers`, SASL, TLS
            (https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md). Idempotence
            is always on.
        registry: Where schema ids come from; the bundled ones by default.
        topology: The topics' names.
        on_delivery_failure: Called once for each record that Kafka did not take, from within a
            later `emit`, `poll` or `flush`. Failures are counted and logged in any case.
        full_timeout_seconds: How long `emit` waits for room in a full queue.
        now_ms: The clock, epoch milliseconds.
        new_id: Makes event ids.

    Attributes:
        emitted: Records accepted by `emit`.
        delivered: Records acknowledged by Kafka.
        failed: Records that Kafka did not take.

    Raises:
        EmitterBrokenError: `bootstrap.servers` is missing, or librdkafka refuses the
            configuration. Brokers that are away don't raise here: `flush` tells of them.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        registry: SchemaRegistry | None = None,
        topology: Topology | None = None,
        *,
        on_delivery_failure: Callable[[DeliveryFailure], None] | None = None,
        full_timeout_seconds: float = 30.0,
        now_ms: Callable[[], int] = _now_ms,
        new_id: Callable[[], str] = _new_id,
    ) -> None:
        _check_config(config)
        self._topology = topology or Topology()
        self._codec = Codec(registry or BundledRegistry())
        self._on_failure = on_delivery_failure
        self._full_timeout_seconds = full_timeout_seconds
        self._now_ms = now_ms
        self._new_id = new_id
        self._topics = {name: self._topology.for_record(name) for name in (*EVENTS, _CATALOG)}
        self._fields = {name: _fields(name) for name in self._topics}
        self._counting = threading.Lock()
        self._failed_since_flush = 0
        self.emitted = 0
        self.delivered = 0
        self.failed = 0
        try:
            self._producer = Producer(
                {**_DEFAULTS, **config, "enable.idempotence": True},
                logger=logging.getLogger("nextbest.kafka.producer"),
            )
        except (KafkaException, TypeError, ValueError) as error:
            raise EmitterBrokenError(f"the producer can't be made: {error}") from error

    def emit(self, name: str, record: Mapping[str, Any]) -> str:
        """Send one event, or one `catalog` record.

        `event_id` and `occurred_at` are filled in where absent; fields with a default may be left
        out. Returns before the record is delivered: see `flush`.

        Args:
            name: `browse`, `cart`, `click`, `purchase`, `refund`, `search`, `milestone`,
                `consent`, `profile`, `delivery`, `identify` or `catalog`.
            record: Its fields, by the `.avsc` file of the same name.

        Returns:
            The event's id; the product's for the catalog.

        Raises:
            InvalidEventError: The record makes no sense.
            UnwritableError: A field is missing, unknown, of the wrong type, or too long.
            EmitterFullError: The queue is full and stays so.
            EmitterBrokenError: The producer has failed for good.
        """
        topic = self._topics.get(name) if isinstance(name, str) else None
        if topic is None:
            raise InvalidEventError(
                "not_an_event",
                f"{name!r} is not for product apps to emit; {', '.join(self._topics)} are",
            )
        full = self._filled(name, record)
        value = self._codec.encode(name, full)
        # As intake will see it, defaults filled in.
        seen = self._codec.decode(value)[1]
        if name == _CATALOG:
            check_product(seen)
            key = identity = str(seen["product_id"])
        else:
            check_event(name, seen, self._now_ms())
            key, identity = subscriber_key(seen), str(seen["event_id"])
        self._produce(topic, key, value)
        return identity

    def delete_product(self, product_id: str) -> None:
        """Take a product out of the catalog.

        Raises:
            InvalidEventError: The id is none.
            EmitterFullError: The queue is full and stays so.
            EmitterBrokenError: The producer has failed for good.
        """
        check_product_id(product_id)
        self._produce(self._topics[_CATALOG], product_id, None)

    def poll(self) -> None:
        """Let delivery reports come in; `emit` and `flush` do it too."""
        self._producer.poll(0)

    def flush(self, timeout_seconds: float = 30.0) -> None:
        """Wait until all that was emitted is delivered, no longer than the time given.

        Args:
            timeout_seconds: 0 or less doesn't wait.

        Raises:
            UndeliveredError: Something failed since the last flush, or still waits.
        """
        # Less than 0 would wait for ever, for brokers that may be away for good.
        waiting = self._producer.flush(max(0.0, timeout_seconds))
        with self._counting:
            failed, self._failed_since_flush = self._failed_since_flush, 0
        if failed or waiting:
            raise UndeliveredError(failed, waiting)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.flush()
        except UndeliveredError as undelivered:
            if error is None:
                raise
            error.add_note(str(undelivered))

    def _filled(self, name: str, record: Mapping[str, Any]) -> Record:
        if not isinstance(record, Mapping):
            raise UnwritableError(
                "unwritable",
                f"{name} takes a mapping of its fields to their values, not "
                f"{type(record).__name__}",
            )
        unknown = record.keys() - self._fields[name]
        if unknown:
            raise UnwritableError(
                "unwritable",
                f"{name} has no field {', '.join(sorted(map(str, unknown)))}; its fields are "
                f"{', '.join(sorted(self._fields[name]))}",
            )
        full = dict(record)
        if name != _CATALOG:
            if full.get("event_id") is None:
                full["event_id"] = self._new_id()
            if full.get("occurred_at") is None:
                full["occurred_at"] = self._now_ms()
        return full

    def _produce(self, topic: str, key: str, value: bytes | None) -> None:
        patience = self._full_timeout_seconds
        while True:
            try:
                self._producer.produce(topic, value, key.encode(), on_delivery=self._on_report)
                break
            except BufferError as error:
                if patience <= 0:
                    raise EmitterFullError(
                        f"no room in the producer's queue for {self._full_timeout_seconds:g} s. "
                        "Check that the brokers can be reached, or emit more slowly."
                    ) from error
                self._producer.poll(0.1)
                patience -= 0.1
            except KafkaException as error:
                raise EmitterBrokenError(f"the producer failed: {error.args[0].str()}") from error
        with self._counting:
            self.emitted += 1
        self._producer.poll(0)

    def _on_report(self, error: Any, message: Any) -> None:
        with self._counting:
            if error is None:
                self.delivered += 1
                return
            self.failed += 1
            self._failed_since_flush += 1
        failure = self._describe(error, message)
        _log.error(
            "not delivered to %s: %s %s: %s",
            failure.topic,
            failure.record,
            failure.event_id,
            failure.error,
        )
        if self._on_failure is not None:
            self._on_failure(failure)

    def _describe(self, error: Any, message: Any) -> DeliveryFailure:
        value = message.value()
        name, identity = "", (message.key() or b"").decode()
        if value is not None:
            try:
                name, record = self._codec.decode(value)
                identity = str(record.get("event_id") or record.get("product_id"))
            except NextbestError:
                identity = ""
        return DeliveryFailure(str(message.topic()), name, identity, str(error.str()))


def _check_config(config: Any) -> None:
    """Refuse what names no broker: librdkafka takes it, and delivers nothing for ever."""
    if not isinstance(config, Mapping):
        raise EmitterBrokenError(
            "an Emitter takes librdkafka's configuration as a mapping, such as "
            f'{{"bootstrap.servers": "localhost:9092"}}, not {type(config).__name__}'
        )
    if not any(str(config.get(name) or "").strip() for name in _SERVERS):
        raise EmitterBrokenError(
            "bootstrap.servers is missing from the Emitter's configuration: name one broker or "
            'more, such as {"bootstrap.servers": "localhost:9092"}'
        )


def _fields(name: str) -> frozenset[str]:
    return frozenset(field["name"] for field in library.current(name).schema["fields"])
