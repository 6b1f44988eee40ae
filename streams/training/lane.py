"""A lane of the trainer: learns a partition's records in order and commits behind a fence.

What all that is learned has in common is here: waiting for chunks, decoding, putting aside what
can't be learned from, the fenced write with its outbox, and ending. What one topic teaches, and
when it is stored and published, is a `Learning`'s.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from models.step import Record
from schemas.errors import DeadLetterError, StopError
from streams.commit import Commit, Leaving, encode_leaving
from streams.ending import end_lane
from streams.inbox import Chunk, Inbox, Progress
from streams.outbox import Outbox
from streams.prepared import JournalRecord
from streams.state import PartitionState
from streams.training.reader import TopicReader

_IDLE_SECONDS = 1.0
_ONE_CHUNK = 0
"""Records from which on no further chunk is taken with one: each is learned by itself."""
_STRETCH_SECONDS = 0.02
"""So long is learned in one go before other work has its turn."""
_REMOVE_PER_COMMIT = 1_000


class Learning(Protocol):
    """What a lane learns from its topic, how it is stored, and when it is published."""

    async def start(self, lane: "TrainingLane[Any]") -> None:
        """Prepare; called once before the first record."""
        ...

    def hear(self, name: str, record: Record) -> None:
        """Learn from a record.

        Raises:
            DeadLetterError: It can't be learned from.
        """
        ...

    async def write(self, lane: "TrainingLane[Any]", *, idle: bool) -> None:
        """Store and publish what is due: after each chunk, or where none has come for a while."""
        ...


Learns = TypeVar("Learns", bound=Learning)


@dataclass(slots=True)
class TrainingLane(Generic[Learns]):
    """The lane of a partition that is learned from.

    Attributes:
        learning: What is learned until `progress.position`.
        reader: Decodes its records.
        state: Its fenced state.
        outbox: What leaves.
        partition: Its number.
        offset: The stored offset; every commit builds on it.
        dead: Dead letters that leave with the next write that moves the offset.
    """

    learning: Learns
    reader: TopicReader
    state: PartitionState
    outbox: Outbox
    partition: int
    offset: int
    caught_up_at: int = 0
    progress: Progress = field(default_factory=Progress)
    dead: list[Leaving] = field(default_factory=list)
    _inbox: Inbox = field(default_factory=Inbox)
    _stopping: bool = False

    async def start(self) -> None:
        """Note where the lane stands, and prepare what is learned."""
        self.progress.position = self.offset
        await self.learning.start(self)

    async def skip_to(self, offset: int) -> None:
        """Go on at `offset`, where the log no longer has what came before."""
        await self.state.commit(Commit(self.offset, offset))
        self.offset = offset

    async def put(self, chunk: Chunk) -> None:
        """Hand over the next records, in order."""
        self._inbox.put(chunk)

    def backlog(self) -> int:
        """How many chunks wait."""
        return len(self._inbox)

    async def run(self) -> None:
        """Learn until cancelled.

        Raises:
            StopError: A write was refused or a record couldn't leave; the process must end.
        """
        loop = asyncio.get_running_loop()
        while not self._stopping:
            chunk = await self._inbox.take(_IDLE_SECONDS, _ONE_CHUNK)
            self.progress.busy_since = loop.time()
            if self.outbox.failed.done():
                self.outbox.failed.result()
            if chunk is not None:
                await self.learn(chunk.records)
                chunk.acknowledge()
            await self.learning.write(self, idle=chunk is None)
            self.progress.busy_since = None

    async def stop(self, task: "asyncio.Task[None]") -> None:
        """Have what is at hand stored, then end `task`, which runs this lane.

        Raises:
            UndeliveredError: Something that was committed couldn't leave.
            UnfinishedError: It took too long.
        """
        self._stopping = True
        await end_lane(
            f"{self.reader.topic}/{self.partition}",
            task,
            self.outbox,
            busy=self.progress.busy_since is not None,
            waiting=self.backlog(),
        )

    async def breathe(self) -> None:
        """Let other work have its turn, and the watchdog know that this goes on."""
        await asyncio.sleep(0)
        self.progress.busy_since = asyncio.get_running_loop().time()

    async def learn(self, records: Sequence[JournalRecord]) -> None:
        """Learn from records, those heard before left out; stops between two when told to end."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for record in records:
            if self._stopping:
                return  # whoever goes on reads the rest
            if record.offset < self.progress.position:
                continue
            try:
                name, told = await self.reader.decode(record.value)
                self._hear(name, told)
            except DeadLetterError as error:
                self.dead.append(self.reader.put_aside(self.partition, record, error))
            self.progress.position = record.offset + 1
            if loop.time() - began > _STRETCH_SECONDS:
                await self.breathe()
                began = loop.time()

    def _hear(self, name: str, record: Record) -> None:
        try:
            self.learning.hear(name, record)
        except (DeadLetterError, StopError):
            raise
        except Exception as error:
            detail = f"{type(error).__name__} while learning"
            raise DeadLetterError("not_learnable", detail) from error

    @property
    def ahead(self) -> bool:
        """Whether records were heard that the stored offset doesn't count yet."""
        return self.progress.position > self.offset

    async def commit(self, values: Mapping[str, bytes], *, advance: bool) -> None:
        """Write behind the fence, then produce.

        Args:
            values: What to store, by key.
            advance: Whether the offset moves to what was heard; the dead letters among it leave
                then.

        Raises:
            StopError: The write was refused; see `PartitionState.commit`.
        """
        until, letters = self.offset, list[Leaving]()
        if advance:
            until, letters, self.dead = self.progress.position, self.dead, []
        first = self.outbox.next_sequence
        write = Commit(self.offset, until, values=dict(values))
        write.outbox = {first + i: encode_leaving(letter) for i, letter in enumerate(letters)}
        write.delivered = self.outbox.take_delivered(_REMOVE_PER_COMMIT)
        await self.state.commit(write)
        self.offset = until
        await self.outbox.produce(first, letters)
