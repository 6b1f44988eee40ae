"""What intake makes of a source record: a journal record, or a dead letter. Pure."""

from collections.abc import Mapping

from runtime.metrics import Metrics
from schemas.admission import admit
from schemas.codec import Codec
from schemas.dead_letters import LetterWriter
from schemas.errors import DeadLetterError
from schemas.keys import journal_partition, subscriber_key
from schemas.source import pack_source
from schemas.topics import Topology
from streams.commit import Leaving
from streams.prepared import JournalRecord, placed


class Journaling:
    """Checks source records and addresses them to the journal.

    Args:
        codec: Decodes events; the bytes themselves are passed on as they came.
        topology: Topic names and the journal's partition count.
        topic_ids: Kafka's id of each source topic, so that one made anew is told apart.
        metrics: Counts what is put aside.

    Attributes:
        topic: The journal's full name, which tells its records from dead letters.
    """

    def __init__(
        self, codec: Codec, topology: Topology, topic_ids: Mapping[str, str], metrics: Metrics
    ) -> None:
        self._metrics = metrics
        self._codec = codec
        self._topology = topology
        self._letters = LetterWriter(codec, topology, "intake")
        self.topic_ids = topic_ids
        self.topic = topology.name("journal")

    def journal(self, topic: str, partition: int, record: JournalRecord, now_ms: int) -> Leaving:
        """Make the record to produce.

        Args:
            topic: Where the record stands.
            partition: Its partition there.
            record: The record.
            now_ms: The present, epoch milliseconds, to tell events from the future.

        Raises:
            RetryError: The schema registry can't be asked right now.
        """
        try:
            name, event, key = admit(self._codec, self._topology, topic, record.value, now_ms)
        except DeadLetterError as error:
            self._metrics.dead_letters_total.labels(stage="intake", reason=error.reason).inc()
            return Leaving(*self._letters.write(error, placed(topic, partition, record)))
        # An identify is about the anonymous profile first, which is handed over from there.
        if name == "identify":
            key = subscriber_key({"anonymous_id": event["anonymous_id"]})
        assert record.value is not None
        return Leaving(
            self.topic,
            key.encode(),
            record.value,
            journal_partition(key, self._topology.journal_partitions),
            pack_source(self.topic_ids[topic], topic, partition, record.offset),
        )
