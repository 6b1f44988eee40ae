"""What could not be read or handled among the decisions, put aside in `dead-letters`."""

from threading import Lock
from typing import Any

from confluent_kafka import Message, Producer

from runtime.logging import get_logger
from runtime.metrics import Metrics
from schemas.codec import Codec, Record
from schemas.dead_letters import dead_letter
from schemas.errors import DeadLetterError
from schemas.personal import is_personal
from schemas.topics import Topology
from senders.errors import LostDeliveryEventError

STAGE = "sender"
FLUSH_SECONDS = 30.0
log = get_logger(__name__)


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
        self._topology = topology
        self._topic = topology.for_record("dead_letter")
        self._metrics = metrics
        self._producer: Producer | None = None
        self._making = Lock()

    def letter(self, message: Message, error: DeadLetterError) -> Record:
        """The dead letter of a record: the same for each time it is read.

        A profile that strayed among the decisions leaves nothing of it but hash and place.
        """
        topic, value = message.topic(), message.value()
        return dead_letter(
            error,
            stage=STAGE,
            topic=topic,
            partition=message.partition(),
            offset=message.offset(),
            timestamp_ms=max(0, message.timestamp()[1]),
            key=message.key(),
            value=value,
            personal=is_personal(self._codec, self._topology, topic, value),
        )

    def put(self, message: Message, error: DeadLetterError) -> None:
        """Put a record aside.

        Raises:
            LostDeliveryEventError: Kafka did not take it; the record may not be skipped then.
        """
        record = self.letter(message, error)
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
