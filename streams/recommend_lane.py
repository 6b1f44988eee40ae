"""The trainer's second lane: learns recommendations from interactions, and publishes them.

What is learned is too large to be written with every chunk. The offset is committed only with what
was learned until there, when that is published; after a crash the lane goes on from what was
published last and learns the rest of the topic again, which gives the same to the bit.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog

from models.errors import SnapshotError
from models.recommend import settings as sizes
from models.recommend.learner import Learner
from models.recommend.stored import parts_of
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Codec
from schemas.errors import DeadLetterError
from schemas.keys import meta_key, recommender_tag
from schemas.topics import Topology
from streams.clock import wall_ms
from streams.commit import Commit, Leaving, encode_leaving
from streams.ending import end_lane
from streams.lane import Chunk, Progress
from streams.letters import Letters
from streams.outbox import Outbox
from streams.producer import AsyncProducer
from streams.published import Pointer, Standing, name_of, read, standing_key
from streams.state import PartitionState

log = structlog.get_logger(__name__)

_MOST_LETTERS = 500
"""Dead letters that wait for the next publication; more bring it about."""
_STRETCH_SECONDS = 0.02
"""So long is learned in one go before other work has its turn."""


@dataclass(slots=True)
class RecommendLane:
    """The lane of the interactions partition; there is one.

    Attributes:
        offset: The stored offset, that of what is published.
        learner: What was learned until `progress.position`.
        standing: What is published.
        remove: Deletes keys of the state store.
    """

    state: PartitionState
    outbox: Outbox
    letters: Letters
    metrics: Metrics
    settings: Settings
    partition: int
    offset: int
    learner: Learner
    standing: Standing
    remove: Callable[[list[str]], Awaitable[Any]]
    caught_up_at: int = 0
    progress: Progress = field(default_factory=Progress)
    _queue: asyncio.Queue[Chunk] = field(default_factory=asyncio.Queue)
    _dead: list[Leaving] = field(default_factory=list)
    _unpublished: int = 0
    _published_at: float = 0.0
    _stopping: bool = False

    async def start(self) -> None:
        """Remove what a crash left behind, and note where the lane stands."""
        self.progress.position = self.offset
        self._published_at = asyncio.get_running_loop().time()
        await self._remove_doomed()

    async def skip_to(self, offset: int) -> None:
        """Go on at `offset`, where the log no longer has what came before."""
        await self.state.commit(Commit(self.offset, offset))
        self.offset = offset

    async def put(self, chunk: Chunk) -> None:
        """Hand over the next records, in order."""
        await self._queue.put(chunk)

    def backlog(self) -> int:
        """How many chunks wait."""
        return self._queue.qsize()

    async def run(self) -> None:
        """Learn until cancelled.

        Raises:
            StopError: A write was refused; the process must end.
        """
        loop = asyncio.get_running_loop()
        while not self._stopping:
            chunk = await self._next()
            self.progress.busy_since = loop.time()
            if self.outbox.failed.done():
                self.outbox.failed.result()
            if chunk is not None:
                await self._learn(chunk.records)
                chunk.acknowledge()
            late = loop.time() - self._published_at >= self.settings.recommend.publish_seconds
            if (self._unpublished and late) or len(self._dead) >= _MOST_LETTERS:
                await self._publish()
            elif self.outbox.delivered:
                await self._commit(Commit(self.offset, self.offset))
            self.progress.busy_since = None

    async def stop(self, task: "asyncio.Task[None]") -> None:
        """Let what is at hand finish, then end `task`, which runs this lane.

        Raises:
            UndeliveredError: Something that was committed couldn't leave.
            UnfinishedError: It took too long.
        """
        self._stopping = True
        await end_lane(
            f"interactions/{self.partition}",
            task,
            self.outbox,
            busy=self.progress.busy_since is not None,
            waiting=self.backlog(),
        )

    async def _next(self) -> Chunk | None:
        try:
            async with asyncio.timeout(1.0):
                return await self._queue.get()
        except TimeoutError:
            return None

    # --- learning ------------------------------------------------------------------------

    async def _learn(self, records: list[Any]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for record in records:
            if record.offset < self.progress.position or self._stopping:
                continue
            try:
                _, told = await self.letters.decode(record.value)
                self.metrics.trainer_interactions_total.inc(self.learner.hear(told))
            except DeadLetterError as error:
                self._dead.append(self.letters.dead(self.partition, record, error))
            self._unpublished += 1
            self.progress.position = record.offset + 1
            if loop.time() - began > _STRETCH_SECONDS:
                await asyncio.sleep(0)
                began = self.progress.busy_since = loop.time()

    # --- publishing ----------------------------------------------------------------------

    async def _publish(self) -> None:
        """Write the parts, then pointer, offset and what leaves in one fenced write."""
        loop, namespace = asyncio.get_running_loop(), self.settings.namespace
        began = loop.time()
        position, letters, self._dead = self.progress.position, self._dead, []
        parts = await self._encoded()
        size = sum(map(len, parts))
        learned = self.learner.learned
        pointer = Pointer(name_of(parts), len(parts), size, learned, position, wall_ms())
        standing = self.standing
        standing.doomed = [pointer]
        await self._commit(self._with_standing(Commit(self.offset, self.offset)))
        for key, part in zip(pointer.keys(namespace), parts, strict=True):
            await self._commit(Commit(self.offset, self.offset, values={key: part}))
            self.progress.busy_since = loop.time()
        gone = standing.previous
        standing.current, standing.previous = pointer, standing.current
        standing.doomed = [gone] if gone is not None else []
        await self._commit(self._with_standing(Commit(self.offset, position)), letters)
        await self._remove_doomed()
        self._unpublished, self._published_at = 0, loop.time()
        self.metrics.recommend_snapshots_total.inc()
        self.metrics.recommend_snapshot_bytes.set(size)
        self.metrics.recommend_learned_records.set(learned)
        log.info(
            "recommendations published",
            name=pointer.name,
            size_bytes=size,
            learned=learned,
            seconds=round(loop.time() - began, 2),
        )

    async def _encoded(self) -> list[bytes]:
        loop, parts = asyncio.get_running_loop(), []
        stall, began = 0.0, loop.time()
        for part in parts_of(self.learner):
            parts.append(part)
            stall = max(stall, loop.time() - began)
            await asyncio.sleep(0)
            began = self.progress.busy_since = loop.time()
        self.metrics.recommend_stall_seconds.set(stall)
        return parts

    def _with_standing(self, write: Commit) -> Commit:
        write.values[standing_key(self.settings.namespace)] = self.standing.to_bytes()
        return write

    async def _commit(self, write: Commit, letters: list[Leaving] | None = None) -> None:
        first, leaving = self.outbox.next_sequence, letters or []
        write.outbox = {first + i: encode_leaving(letter) for i, letter in enumerate(leaving)}
        write.delivered = self.outbox.take_delivered(1_000)
        await self.state.commit(write)
        self.offset = write.next_offset
        await self.outbox.produce(first, leaving)

    async def _remove_doomed(self) -> None:
        """Delete what is doomed; done twice it does no harm, and a later owner dooms nothing else.

        What another writes meanwhile has another name: no two have learned as much.
        """
        for pointer in self.standing.removable():
            await self.remove(pointer.keys(self.settings.namespace))
        self.standing.doomed = []


@dataclass(slots=True)
class RecommendTrainer:
    """Takes over the interactions partition."""

    settings: Settings
    redis: Any
    producer: AsyncProducer
    codec: Codec
    topology: Topology
    metrics: Metrics
    identity: Mapping[str, str]

    async def make_lane(self, partition: int, generation: int) -> RecommendLane:
        """Take the partition over and go on from what is published."""
        settings = self.settings
        state = PartitionState(
            self.redis, recommender_tag(settings.namespace), generation, self.identity
        )
        found = await state.take()
        outbox = Outbox(self.producer)
        await outbox.produce_left(found.outbox)
        (data,) = await state.load([standing_key(settings.namespace)])
        standing = Standing.from_bytes(data)
        return RecommendLane(
            state=state,
            outbox=outbox,
            letters=Letters(
                self.codec, self.topology, self.metrics, "interactions", ("interactions",)
            ),
            metrics=self.metrics,
            settings=settings,
            partition=partition,
            offset=found.offset,
            learner=await self._restored(state, standing),
            standing=standing,
            remove=lambda keys: self.redis.delete(*keys),
        )

    async def _restored(self, state: PartitionState, standing: Standing) -> Learner:
        """What is published; where it can't be used, learning begins anew with what is to come."""
        recommend = self.settings.recommend
        kept = (recommend.items, recommend.sessions)
        if standing.current is not None:

            async def get(key: str) -> bytes | None:
                return (await state.load([key]))[0]

            try:
                learner, _ = await read(get, self.settings.namespace, standing.current, kept)
            except SnapshotError as error:
                log.error("published recommendations can't be used", reason=str(error))
            else:
                log.info("recommendations restored", learned=learner.learned)
                return learner
        return Learner(sizes.Settings(items=kept[0], sessions=kept[1]))

    async def stored_offset(self, _partition: int) -> int:
        """Read the stored offset without taking over."""
        key = meta_key(recommender_tag(self.settings.namespace))
        return int(await self.redis.hget(key, "offset") or 0)
