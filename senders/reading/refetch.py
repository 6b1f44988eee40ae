"""Reading single decisions from their places in the topic again, outside the group."""

import time
from typing import Any

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition

from runtime.logging import get_logger
from senders.reading.aside import runs
from senders.reading.batches import take_batch
from senders.reading.offsets import Place

PATIENCE_SECONDS = 2.0
"""What isn't there by then is asked for again later; the reader must go on polling."""
log = get_logger(__name__)


class Refetch:
    """A consumer of its own, connected when first needed; for one thread.

    Args:
        config: The group's consumer's; no offset is committed by this one.
        topic: The topic.
    """

    def __init__(self, config: dict[str, Any], topic: str) -> None:
        self._config = {**config, "enable.auto.commit": False, "auto.offset.reset": "error"}
        self._topic = topic
        self._consumer: Consumer | None = None

    def fetch(self, places: list[Place]) -> tuple[list[tuple[Place, Message]], list[Place]]:
        """Read records.

        Returns:
            Each record found, and the places that the log no longer holds. What was not answered
            in time is in neither.
        """
        found: list[tuple[Place, Message]] = []
        gone: list[Place] = []
        deadline = time.monotonic() + PATIENCE_SECONDS
        for run in runs(places):
            self._fetch_run(run, found, gone, deadline)
        return found, gone

    def _fetch_run(
        self,
        run: list[Place],
        found: list[tuple[Place, Message]],
        gone: list[Place],
        deadline: float,
    ) -> None:
        consumer = self._consumer = self._consumer or Consumer(self._config)
        start = run[0]
        consumer.assign([TopicPartition(self._topic, start.partition, start.offset)])
        wanted = {place.offset: place for place in run}
        while wanted and (seconds := deadline - time.monotonic()) > 0:
            for message in take_batch(consumer, run[-1].offset - start.offset + 1, seconds):
                error = message.error()
                if error is not None:
                    if error.code() == KafkaError._AUTO_OFFSET_RESET:  # noqa: SLF001  its name
                        gone += wanted.values()
                        return
                    log.warning("kafka_says", error=error.str())
                    continue
                offset = int(message.offset())
                place = wanted.pop(offset, None)
                if place is not None:
                    found.append((place, message))
                passed = [at for at in wanted if at < offset]
                gone += [wanted.pop(at) for at in passed]

    def close(self) -> None:
        """Close the connection."""
        if self._consumer is not None:
            self._consumer.close()
