"""The records of a topic that is learned from: decoded, or put aside as dead letters."""

from models.step import Record
from runtime.metrics import Metrics
from schemas.codec import Codec
from schemas.dead_letters import LetterWriter
from schemas.errors import DeadLetterError, RetryError
from schemas.topics import Topology
from streams.commit import Leaving
from streams.patience import wait_for_schemas
from streams.prepared import JournalRecord, placed

STAGE = "trainer"


class TopicReader:
    """Reads one topic.

    Args:
        codec: Decodes its records.
        topology: The topics' names.
        metrics: Counts what is put aside.
        topic: The topic as declared.
        records: The names of records that belong into it.
    """

    def __init__(
        self,
        codec: Codec,
        topology: Topology,
        metrics: Metrics,
        topic: str,
        records: tuple[str, ...],
    ) -> None:
        self._codec = codec
        self._letters = LetterWriter(codec, topology, STAGE)
        self._metrics = metrics
        self._name = topology.name(topic)
        self._records = records
        self.topic = topic

    async def decode(self, value: bytes | None) -> tuple[str, Record]:
        """Decode a record's value, its name first; waits while the schema registry is away.

        Raises:
            DeadLetterError: It can't be decoded, or belongs elsewhere.
        """
        while True:
            try:
                name, record = self._codec.decode(value)
                break
            except RetryError as error:
                await wait_for_schemas(error)
        if name not in self._records:
            raise DeadLetterError(
                "wrong_topic", f"a {name} record does not belong into {self.topic}"
            )
        return name, record

    def put_aside(self, partition: int, record: JournalRecord, error: DeadLetterError) -> Leaving:
        """The record as a dead letter, counted."""
        self._metrics.dead_letters_total.labels(stage=STAGE, reason=error.reason).inc()
        return Leaving(*self._letters.write(error, placed(self._name, partition, record)))
