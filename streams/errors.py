"""What can end a stream role, each with what to do about it."""

from collections.abc import Collection

from schemas.errors import StopError


class FencedError(StopError):
    """Another worker has taken over this partition; whatever this one still held is void.

    Attributes:
        partition: The partition's name.
    """

    def __init__(self, partition: str, detail: str) -> None:
        super().__init__(
            f"write to {partition} refused: {detail}. Another worker owns the partition now, or "
            "Redis lost writes; this process ends and starts anew from what is stored."
        )
        self.partition = partition


class ForeignStateError(StopError):
    """The stored state belongs to another Kafka cluster or another journal topic."""

    def __init__(self, partition: str, field: str, stored: str, found: str) -> None:
        super().__init__(
            f"state of {partition} was written for {field} {stored}, but this is {field} {found}. "
            "Point the worker at the Kafka that belongs to this Redis, or use another namespace; "
            "to start over deliberately, delete the state and let the journal be replayed."
        )
        self.partition = partition


class LostJournalError(StopError):
    """The offset to go on from is not in the journal any more, or not yet."""

    def __init__(self, partition: str, offset: int, earliest: int, end: int) -> None:
        super().__init__(
            f"{partition} must go on at offset {offset}, but its log holds {earliest} to {end}. "
            "Records were deleted or the log was cut; restore the log, restore an older state, or "
            "delete the state of this partition to rebuild it from what the log still holds."
        )
        self.partition = partition
        self.offset = offset


class RecreatedTopicError(StopError):
    """A source topic was deleted and made anew while it was being read."""

    def __init__(self, topic: str) -> None:
        super().__init__(
            f"topic {topic} was made anew while it was being read. "
            "This process ends; started again it reads the new topic from its start."
        )
        self.topic = topic


class NotTakenOverError(StopError):
    """Partitions were assigned, and where to go on from could not be learned in time."""

    def __init__(self, topics: Collection[str]) -> None:
        super().__init__(
            f"the partitions of {', '.join(sorted(topics)) or 'no topic'} could not be taken over "
            "in time. Check that the brokers and Redis answer, and that the topics are there: one "
            "may have been deleted just now. Started again, this process tries anew."
        )
        self.topics = frozenset(topics)


class UndeliveredError(StopError):
    """Kafka refused a record that must not be lost."""

    def __init__(self, topic: str, reason: str) -> None:
        super().__init__(
            f"a record for {topic} could not be delivered: {reason}. Nothing was skipped: the "
            "process ends and repeats it when started again. Check the topic's limits and access."
        )
        self.topic = topic


class StuckError(StopError):
    """A partition made no progress within its limit."""


class NotAdmittedError(StopError):
    """The consumer group never gave this process a place, and its client has stopped asking."""

    def __init__(self, topic: str, seconds: float) -> None:
        super().__init__(
            f"no place in the group that reads {topic} for {seconds:g} s. Where members of an "
            "earlier build still run, stop all of them first; else check that the brokers answer "
            "and that the user may join the group. Started again, this process asks anew."
        )
        self.topic = topic


class UnfinishedError(StopError):
    """A role that was told to stop had to leave something undone; it is done at the next start."""

    def __init__(self, what: str, seconds: float, left: str) -> None:
        super().__init__(
            f"{what} could not be ended within {seconds:g} s; left were {left}. Nothing is lost: "
            "whoever goes on reads again what was not written, and delivers what was. Check that "
            "Redis and the brokers answer."
        )
