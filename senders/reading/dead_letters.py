"""What could not be read or handled among the decisions, put aside in `dead-letters`."""

from threading import Lock
from typing import Any

from confluent_kafka import Message, Producer

from runtime.logging import get_logger
from runtime.metrics import Metrics
from schemas.codec import Codec
from schemas.dead_letters import Addressed, LetterWriter, Placed
from schemas.errors import DeadLetterError
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
        self._writer = LetterWriter(codec, topology, STAGE)
        self._metrics = metrics
        self._producer: Producer | None = None
        self._making = Lock()

    def letter(self, message: Message, error: DeadLetterError) -> Addressed:
        """The dead letter of a record: the same for each time it is read.

        A profile that strayed among the decisions leaves nothing of it but hash and place.
        """
        return self._writer.write(error, Placed.of(message))

    def put(self, message: Message, error: DeadLetterError) -> None:
        """Put a record aside.

        Raises:
            LostDeliveryEventError: Kafka did not take it; the record may not be skipped then.
        """
        letter = self.letter(message, error)
        log.warning("dead_letter", id=letter.key.decode(), reason=error.reason)
        with self._making:
            if self._producer is None:
                self._producer = Producer(self._config)
        failures: list[object] = []
        self._producer.produce(
            letter.topic,
            letter.value,
            letter.key,
            on_delivery=lambda failed, _message: failures.append(failed) if failed else None,
        )
        if self._producer.flush(FLUSH_SECONDS) or failures:
            raise LostDeliveryEventError(1)
        self._metrics.dead_letters_total.labels(stage=STAGE, reason=error.reason).inc()
