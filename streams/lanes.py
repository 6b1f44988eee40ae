"""The lanes of a process: one per assigned partition, made anew at every rebalance.

Where each partition is read from is what its state says, never what the consumer group says.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Protocol

import structlog
from faust.types import TP

from runtime.health import Health
from runtime.metrics import Metrics
from streams.errors import LostJournalError, NotAdmittedError, StuckError
from streams.inbox import Chunk, Progress
from streams.transport import ChunkConsumer, end_process

log = structlog.get_logger(__name__)

BACKLOG_CHUNKS_HIGH = 4
BACKLOG_CHUNKS_LOW = 1
_STOP_SECONDS = 20.0


class AnyLane(Protocol):
    """What the manager needs of a lane."""

    offset: int
    caught_up_at: int
    progress: Progress

    async def skip_to(self, offset: int) -> None:
        """Begin a new state at an offset."""
        ...

    async def start(self) -> None:
        """Prepare to run; called once."""
        ...

    async def put(self, chunk: Chunk) -> None:
        """Hand over the next records, in order."""
        ...

    def backlog(self) -> int:
        """How many chunks wait."""
        ...

    async def run(self) -> None:
        """Work until cancelled; raises where the process must end."""
        ...

    async def stop(self, task: "asyncio.Task[None]") -> None:
        """Finish the batch at hand and end the task that runs the lane."""
        ...


MakeLane = Callable[[int, int], Awaitable[AnyLane]]
"""Takes over a partition under a generation and returns its lane, what was left produced."""


class Lanes:
    """Makes, feeds, watches and ends the lanes of one topic.

    Args:
        topic: Full name of the topic whose partitions are worked on.
        make: Takes over a partition.
        stored_offset: Reads a partition's stored offset without taking it over.
        health: Hears of progress and readiness.
        metrics: The process's metrics.
        stuck_seconds: A batch that takes longer ends the process.
        part: What a partition is called among the parts of the role.
        keeps_all: Whether records that the log lost unread end the process; else work goes on with
            what is left.
    """

    def __init__(
        self,
        topic: str,
        make: MakeLane,
        stored_offset: Callable[[int], Awaitable[int]],
        health: Health,
        metrics: Metrics,
        stuck_seconds: float,
        *,
        part: str = "partition",
        keeps_all: bool = True,
    ) -> None:
        self._topic = topic
        self._part = part
        self._keeps_all = keeps_all
        self._metrics = metrics
        self._make = make
        self._stored_offset = stored_offset
        self._health = health
        self._stuck_seconds = stuck_seconds
        self._lanes: dict[int, AnyLane] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._generation = -1
        self._ends: dict[int, int] = {}
        self._apart_since: float | None = None
        health.ready(f"{part}s", ready=False)

    # --- taking over ---------------------------------------------------------------------

    async def recover(
        self, consumer: ChunkConsumer, assigned: set[TP], generation: int
    ) -> Mapping[TP, int]:
        """End all lanes, take over what is assigned, and tell where to read from.

        Raises:
            StopError: A partition can't be taken or its offset is not in the log.
        """
        for error in await self._end_all():
            # What a lane still held is void and read again by whoever has the partition now.
            log.warning("a lane ended with an error", reason=str(error))
        tps = sorted(tp for tp in assigned if tp.topic == self._topic)
        bounds = await consumer.bounds(tps)
        lanes = await asyncio.gather(*(self._make(tp.partition, generation) for tp in tps))
        for tp, lane in zip(tps, lanes, strict=True):
            start = self._inside(tp, lane.offset, bounds[tp])
            if start != lane.offset:
                await lane.skip_to(start)
            lane.caught_up_at = bounds[tp][1]
            await lane.start()
            self._lanes[tp.partition] = lane
            task = asyncio.create_task(lane.run(), name=f"lane-{tp.partition}")
            task.add_done_callback(self._on_end)
            self._tasks[tp.partition] = task
        self._generation = generation
        self._metrics.worker_partitions.inc(len(self._lanes))
        self._health.ready(f"{self._part}s", ready=True)
        log.info(
            "partitions taken",
            generation=generation,
            offsets={tp.partition: lane.offset for tp, lane in zip(tps, lanes, strict=True)},
        )
        return {tp: lane.offset for tp, lane in zip(tps, lanes, strict=True)}

    async def look_up(self, consumer: ChunkConsumer, assigned: set[TP]) -> Mapping[TP, int]:
        """Tell the stored offsets of what is assigned, without taking anything over."""
        del consumer
        tps = [tp for tp in assigned if tp.topic == self._topic]
        return {tp: await self._stored_offset(tp.partition) for tp in tps}

    def _inside(self, tp: TP, offset: int, bounds: tuple[int, int]) -> int:
        """Check that the log still holds the offset; a log never read starts where it starts.

        So does one whose loss only means that less is learned.
        """
        earliest, end = bounds
        if offset < earliest and (offset == 0 or not self._keeps_all):
            log.warning(
                "the log no longer has what comes next; it goes on with what is left",
                topic=tp.topic,
                partition=tp.partition,
                earliest=earliest,
            )
            return earliest
        if not earliest <= offset <= end:
            raise LostJournalError(f"{tp.topic}/{tp.partition}", offset, earliest, end)
        return offset

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            end_process(error)

    async def stop(self) -> None:
        """End all lanes, each after the batch it is at.

        Raises:
            StopError: What a lane failed with while ending; all have ended, the rest is logged.
        """
        errors = await self._end_all()
        for error in errors[1:]:
            log.error("a lane ended with an error", reason=str(error))
        if errors:
            raise errors[0]

    async def _end_all(self) -> list[BaseException]:
        """End all lanes; give back what they failed with meanwhile."""
        self._health.ready(f"{self._part}s", ready=False)
        lanes, tasks = self._lanes, self._tasks
        self._lanes, self._tasks = {}, {}
        ends = (self._end(lanes[p], task) for p, task in tasks.items())
        ended = await asyncio.gather(*ends, return_exceptions=True)
        for partition in lanes:
            self._health.idle(f"{self._part}-{partition}")
            with suppress(KeyError):  # it was never looked at
                self._metrics.worker_lag_records.remove(self._name(partition))
        self._metrics.worker_partitions.dec(len(lanes))
        self._ends.clear()
        return [error for error in ended if error is not None]

    async def _end(self, lane: AnyLane, task: "asyncio.Task[None]") -> None:
        task.remove_done_callback(self._on_end)
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await lane.stop(task)
        except TimeoutError:
            # Whatever it still holds is void: the next owner takes the fence.
            task.cancel()
        if task.done() and not task.cancelled():
            task.result()

    # --- feeding -------------------------------------------------------------------------

    async def dispatch(self, consumer: ChunkConsumer, event: Any) -> None:
        """Hand a chunk to its partition's lane; stale chunks are dropped, they will be re-read."""
        message = event.message
        lane = self._lanes.get(message.partition)
        if lane is None or message.generation_id != self._generation:
            return
        tp = message.tp

        def acknowledge() -> None:
            event.ack()
            if lane.backlog() <= BACKLOG_CHUNKS_LOW:
                consumer.release(tp)

        await lane.put(Chunk(message.value, acknowledge))
        if lane.backlog() >= BACKLOG_CHUNKS_HIGH:
            consumer.hold(tp)

    def _name(self, partition: int) -> str:
        """What a partition is called in metrics, where a role has several kinds."""
        return str(partition) if self._part == "partition" else f"{self._part}-{partition}"

    # --- watching ------------------------------------------------------------------------

    async def watch(self, consumer: ChunkConsumer, loop_seconds: float) -> None:
        """Look at every lane once: end the process where one is stuck, note progress elsewhere.

        A lane that is behind the log's end must move; Faust consumers can stall silently after a
        rebalance, so standing still there fails liveness.
        """
        lanes = dict(self._lanes)
        self._watch_assignment(consumer, loop_seconds)
        for partition, lane in lanes.items():
            busy = lane.progress.busy_since
            if busy is not None and loop_seconds - busy > self._stuck_seconds:
                end_process(
                    StuckError(
                        f"{self._topic}/{partition} has been at one batch for "
                        f"{loop_seconds - busy:.0f} s; the limit is {self._stuck_seconds:g} s."
                    )
                )
        ends = await self._log_ends(consumer, lanes)
        for partition, lane in lanes.items():
            position = lane.progress.position
            lag = max(0, ends.get(partition, position) - position)
            self._metrics.worker_lag_records.labels(self._name(partition)).set(lag)
            if position >= ends.get(partition, 0) or position != self._ends.get(partition):
                self._health.progress(f"{self._part}-{partition}", self._stuck_seconds)
            self._ends[partition] = position

    def _watch_assignment(self, consumer: ChunkConsumer, loop_seconds: float) -> None:
        """End the process where it never got into its group, or never took over its partitions.

        Faust gives up on a group that refuses it, and drops a recovery when rebalances follow each
        other closely; nobody asks again.
        """
        assigned = {tp.partition for tp in consumer.assignment() if tp.topic == self._topic}
        joined = self._generation >= 0
        if joined and assigned == set(self._lanes):
            self._apart_since = None
        elif self._apart_since is None:
            self._apart_since = loop_seconds
        elif not joined and loop_seconds - self._apart_since > self._stuck_seconds:
            end_process(NotAdmittedError(self._topic, self._stuck_seconds))
        elif joined and loop_seconds - self._apart_since > self._stuck_seconds / 2:
            end_process(
                StuckError(
                    f"{self._topic}: partitions {sorted(assigned)} were assigned and "
                    f"{sorted(self._lanes)} taken over, for {self._stuck_seconds / 2:g} s; "
                    "this process ends to join its group anew."
                )
            )

    async def _log_ends(
        self, consumer: ChunkConsumer, lanes: Mapping[int, AnyLane]
    ) -> dict[int, int]:
        bounds = await consumer.bounds([TP(self._topic, partition) for partition in lanes])
        return {tp.partition: end for tp, (_, end) in bounds.items()}
