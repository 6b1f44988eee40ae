"""What could not be read or handled among the decisions, put aside in `dead-letters`."""

from hashlib import sha256
from threading import Lock
from typing import Any

from confluent_kafka import Message, Producer

from runtime.logging import get_logger
from runtime.metrics import Metrics
from schemas.codec import MAX_RECORD_BYTES, Codec, Record
from schemas.errors import DeadLetterError
from schemas.topics import Topology
from senders.errors import LostDeliveryEventError

STAGE = "sender"
PREFIX_BYTES = 1_024
"""How much of an oversized record is kept."""
FLUSH_SECONDS = 30.0
log = get_logger(__name__)


def dead_letter(message: Message, reason: str, detail: str) -> Record:
    """The dead letter of a record: the same for each time it is read.

    Args:
        message: The record, as consumed.
        reason: A short code.
        detail: The reason in words; holds no personal data.
    """
    value = message.value() or b""
    place = (message.topic(), message.partition(), message.offset())
    truncated = len(value) > MAX_RECORD_BYTES
    return {
        "dead_letter_id": "/".join(str(part) for part in place),
        "topic": place[0],
        "partition": place[1],
        "offset": place[2],
        "timestamp": max(0, message.timestamp()[1]),
        "stage": STAGE,
        "reason": reason,
        "detail": detail,
        "size_bytes": len(value),
        "sha256": sha256(value).hexdigest(),
        "value": value[:PREFIX_BYTES] if truncated else value,
        "truncated": truncated,
        "key": message.key(),
    }


class DeadLetters:
    """Writes dead letters, each acknowledged before it returns: they are rare. Thread-safe.

    Args:
        config: The producer's.
        codec: Encodes them.
        topology: Names the topic.
        metrics: Counts them.
    """

    def __init__(
        self, config: dict[str, Any], codec: Codec, topology: Topology, metrics: Metrics
    ) -> None:
        self._config = config
        self._codec = codec
        self._topic = topology.for_record("dead_letter")
        self._metrics = metrics
        self._producer: Producer | None = None
        self._making = Lock()

    def put(self, message: Message, error: DeadLetterError) -> None:
        """Put a record aside.

        Raises:
            LostDeliveryEventError: Kafka did not take it; the record may not be skipped then.
        """
        record = dead_letter(message, error.reason, error.detail)
        log.warning("dead_letter", id=record["dead_letter_id"], reason=error.reason)
        with self._making:
            if self._producer is None:
                self._producer = Producer(self._config)
        failures: list[object] = []
        self._producer.produce(
            self._topic,
            self._codec.encode("dead_letter", record),
            record["dead_letter_id"].encode(),
            on_delivery=lambda failed, _message: failures.append(failed) if failed else None,
        )
        if self._producer.flush(FLUSH_SECONDS) or failures:
            raise LostDeliveryEventError(1)
        self._metrics.dead_letters_total.labels(stage=STAGE, reason=error.reason).inc()
