"""Turning a record that can't be applied into a dead letter."""

from hashlib import sha256
from typing import Any, NamedTuple

from schemas.codec import Codec
from schemas.errors import DeadLetterError
from schemas.personal import is_personal
from schemas.topics import Topology

MAX_KEPT_BYTES = 65_536
"""Longest value kept whole; of a longer one its hash, size and first bytes stay."""


class Placed(NamedTuple):
    """A record as it stands in a topic.

    Attributes:
        topic: The topic's full name; with partition and offset it makes the letter's id, so that a
            repeat is recognised.
        timestamp_ms: The broker's timestamp of it, epoch milliseconds.
    """

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None

    @classmethod
    def of(cls, message: Any) -> "Placed":
        """Where a message consumed with confluent-kafka stands."""
        return cls(
            message.topic(),
            message.partition(),
            message.offset(),
            max(0, message.timestamp()[1]),
            message.key(),
            message.value(),
        )


class Addressed(NamedTuple):
    """A dead letter as it is produced: full topic name, key and value."""

    topic: str
    key: bytes
    value: bytes


class LetterWriter:
    """Writes the dead letters of one stage. Pure.

    Args:
        codec: Encodes them, and tells by its schema id what a record is.
        topology: The topics' names.
        stage: intake, worker, trainer or sender.
    """

    def __init__(self, codec: Codec, topology: Topology, stage: str) -> None:
        self._codec = codec
        self._topology = topology
        self._topic = topology.for_record("dead_letter")
        self._stage = stage

    def write(
        self, error: DeadLetterError, placed: Placed, *, personal: bool | None = None
    ) -> Addressed:
        """Put a record into a letter: the same one however often it is read.

        Args:
            error: The reason.
            placed: The record, where it stood first.
            personal: Whether it holds personal data; None to tell by the record itself.
        """
        if personal is None:
            personal = is_personal(self._codec, self._topology, placed.topic, placed.value)
        letter = dead_letter(error, self._stage, placed, personal=personal)
        value = self._codec.encode("dead_letter", letter)
        return Addressed(self._topic, letter["dead_letter_id"].encode(), value)


def dead_letter(
    error: DeadLetterError, stage: str, placed: Placed, *, personal: bool
) -> dict[str, Any]:
    """Describe why a record was put aside.

    Args:
        error: The reason.
        stage: intake, worker, trainer or sender.
        placed: The record, where it stood first.
        personal: Whether it holds personal data, as far as can be known; see `schemas.personal`.
            Its value and key are left out then: dead letters stay for longer than the events
            they are about, and personal data belongs in no further place.
    """
    data, key = placed.value or b"", placed.key
    kept = b"" if personal else data[:MAX_KEPT_BYTES]
    return {
        "dead_letter_id": f"{placed.topic}/{placed.partition}/{placed.offset}",
        "topic": placed.topic,
        "partition": placed.partition,
        "offset": placed.offset,
        "timestamp": placed.timestamp_ms,
        "stage": stage,
        "reason": error.reason,
        "detail": error.detail[:500],
        "size_bytes": len(data),
        "sha256": sha256(data).hexdigest(),
        "value": kept,
        "truncated": len(kept) < len(data),
        # Product apps choose the key freely, so it may be an address too.
        "key": key[:1024] if key is not None and not personal else None,
    }
