"""What leaves a step: records for their topics, the journal itself, or the dead letters. Pure."""

from models.step import Record
from schemas.codec import Codec
from schemas.dead_letters import Addressed, LetterWriter, Placed
from schemas.errors import DeadLetterError
from schemas.keys import code_partition, journal_partition, subscriber_key
from schemas.source import pack_source
from schemas.topics import Topology
from streams.commit import Leaving
from streams.pending import Pending
from streams.prepared import Prepared, placed


class Departures:
    """Addresses what the steps of one journal partition emit.

    Args:
        partition: The partition's number.
        journal_id: The journal's topic id, for what is forwarded within it.
        codec: Encodes records.
        topology: Topic names and the journal's partition count.
    """

    def __init__(self, partition: int, journal_id: str, codec: Codec, topology: Topology) -> None:
        self._partition = partition
        self._journal = topology.name("journal")
        self._journal_id = journal_id
        self._codec = codec
        self._topology = topology
        self._letters = LetterWriter(codec, topology, "worker")

    def leaving(self, name: str, record: Record, subscriber: str, item: Prepared | None) -> Leaving:
        """Address a record that a step emits.

        Args:
            name: The record's name.
            record: The record.
            subscriber: Whose step it was; the key where the record goes to a topic of its own.
            item: The journal record stepped; None for a timer.

        Raises:
            DeadLetterError: There is no such record, it doesn't fit its schema, or a timer hands a
                profile over.
        """
        try:
            topic = self._topology.for_record(name)
        except KeyError as error:
            raise DeadLetterError("unknown_record", f"a step emits {name!r}") from error
        value = self._codec.encode(name, record)
        if name == "merge":
            if item is None:
                raise DeadLetterError("bad_merge", "only a journal record can hand a profile over")
            return self._into_journal(subscriber_key(record), value, item)
        if name == "redemption":
            assert item is not None, "only a purchase redeems"
            code = record["code"]
            to = code_partition(code, self._topology.journal_partitions)
            return self._journaled(to, code, value, item)
        return Leaving(topic, subscriber.encode(), value)

    def _into_journal(self, subscriber: str, value: bytes, item: Prepared) -> Leaving:
        partition = journal_partition(subscriber, self._topology.journal_partitions)
        return self._journaled(partition, subscriber, value, item)

    def _journaled(self, partition: int, key: str, value: bytes, item: Prepared) -> Leaving:
        # The journal record itself is the source: a repeat after a crash is recognised like
        # any other.
        source = pack_source(self._journal_id, self._journal, self._partition, item.record.offset)
        return Leaving(self._journal, key.encode(), value, partition, source)

    def forward(self, item: Prepared, subscriber: str, pending: Pending) -> None:
        """Pass on what arrives under an anonymous id that has become a subscriber."""
        assert item.record.value is not None
        pending.leave(self._into_journal(subscriber, item.record.value, item))

    def put_aside(self, item: Prepared, error: DeadLetterError, pending: Pending) -> None:
        """Have a record leave as a dead letter, under the coordinates it came from."""
        source = item.source
        if source is None:
            whole = placed(self._journal, self._partition, item.record)
        else:
            whole = placed(source.topic, source.partition, item.record)
            whole = whole._replace(offset=source.offset)
        self._leave_dead(error, self._letters.write(error, whole), pending)

    def put_timer_aside(
        self, member: str, due_ms: int, error: DeadLetterError, pending: Pending
    ) -> None:
        """Have a timer that raised leave as a dead letter."""
        topic = f"{self._journal}:timers:{member}"
        fired = Placed(topic, self._partition, due_ms, due_ms, None, member.encode())
        # A flow's name and an id.
        self._leave_dead(error, self._letters.write(error, fired, personal=False), pending)

    @staticmethod
    def _leave_dead(error: DeadLetterError, letter: Addressed, pending: Pending) -> None:
        pending.tally.dead[error.reason] += 1
        pending.leave(Leaving(*letter))
