"""Records of the trainer's topics: decoded, or set aside as dead letters."""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from models.step import Record
from runtime.metrics import Metrics
from schemas.codec import Codec
from schemas.dead_letters import dead_letter
from schemas.errors import DeadLetterError, RetryError
from schemas.personal import is_personal
from schemas.topics import Topology
from streams.commit import Leaving

log = structlog.get_logger(__name__)

_RETRY_PAUSE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Letters:
    """Reads one topic that the trainer learns from.

    Attributes:
        topic: The topic as declared.
        records: The names of records that belong into it.
    """

    codec: Codec
    topology: Topology
    metrics: Metrics
    topic: str
    records: tuple[str, ...]

    async def decode(self, value: bytes | None) -> tuple[str, Record]:
        """Decode a record's value, its name first; waits while the schema registry is away.

        Raises:
            DeadLetterError: It can't be decoded, or belongs elsewhere.
        """
        while True:
            try:
                name, record = self.codec.decode(value)
                break
            except RetryError as error:
                log.warning("waiting for the schema registry", reason=str(error))
                await asyncio.sleep(_RETRY_PAUSE_SECONDS)
        if name not in self.records:
            raise DeadLetterError(
                "wrong_topic", f"a {name} record does not belong into {self.topic}"
            )
        return name, record

    def dead(self, partition: int, record: Any, error: DeadLetterError) -> Leaving:
        """The record as a dead letter."""
        source = self.topology.name(self.topic)
        letter = dead_letter(
            error,
            stage="trainer",
            topic=source,
            partition=partition,
            offset=record.offset,
            timestamp_ms=record.timestamp,
            key=record.key,
            value=record.value,
            personal=is_personal(self.codec, self.topology, source, record.value),
        )
        self.metrics.dead_letters_total.labels(stage="trainer", reason=error.reason).inc()
        topic = self.topology.for_record("dead_letter")
        return Leaving(
            topic, letter["dead_letter_id"].encode(), self.codec.encode("dead_letter", letter)
        )
