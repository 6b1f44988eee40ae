"""The intake role: every event topic, checked and re-keyed into the journal, in order.

A chunk is acknowledged when the journal has all of it, and chunks of a partition in their order, so
the group's offsets never pass anything that was not produced. What is repeated after a crash keeps
its source coordinates, by which the worker recognises it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from faust.types import TP

from runtime.health import Health
from runtime.metrics import Metrics
from schemas.errors import RetryError
from streams.commit import Leaving
from streams.errors import (
    NotAdmittedError,
    RecreatedTopicError,
    StuckError,
    UndeliveredError,
)
from streams.journal import Journaling
from streams.patience import wait_for_schemas
from streams.producer import AsyncProducer
from streams.transport import ChunkConsumer, end_process

log = structlog.get_logger(__name__)

MAX_UNDER_WAY = 16
"""Chunks produced and not yet acknowledged; enough to hide the broker's round trip."""


@dataclass(slots=True)
class Intake:
    """Moves chunks of source records into the journal.

    Attributes:
        journaling: Makes journal records.
        producer: The process's producer.
        metrics: The process's metrics.
        now_ms: The wall clock, epoch milliseconds.
        read_topic_ids: Asks Kafka for the source topics' ids.
        health: Hears of progress and readiness.
        stuck_seconds: How long the oldest chunk may wait for the journal.
    """

    journaling: Journaling
    producer: AsyncProducer
    metrics: Metrics
    now_ms: Callable[[], int]
    read_topic_ids: Callable[[], Mapping[str, str]]
    health: Health
    stuck_seconds: float
    _under_way: deque[tuple[asyncio.Future[None], Any, int]] = field(default_factory=deque)
    _draining: bool = False
    _taken: dict[TP, int] = field(default_factory=dict)
    _seen: dict[TP, int] = field(default_factory=dict)
    _stalled_since: float | None = None
    _joined: bool = False

    # --- positions -----------------------------------------------------------------------

    async def recover(
        self, consumer: ChunkConsumer, assigned: set[TP], generation: int
    ) -> Mapping[TP, int]:
        """Go on at the group's committed offsets, after asking who the topics are now."""
        self.health.ready("partitions", ready=False)
        # What is under way belongs to the assignment before; it is repeated and recognised.
        self._under_way.clear()
        self.journaling.topic_ids = await asyncio.to_thread(self.read_topic_ids)
        positions = await self.look_up(consumer, assigned)
        self._taken, self._seen, self._joined = dict(positions), {}, True
        self.health.ready("partitions", ready=True)
        log.info("partitions taken", generation=generation, partitions=len(assigned))
        return positions

    async def look_up(self, consumer: ChunkConsumer, assigned: set[TP]) -> Mapping[TP, int]:
        """Return the group's offset of each partition, or the log's start where it has none."""
        bounds = await consumer.bounds(sorted(assigned))
        committed = {tp: await consumer.committed(tp) for tp in assigned}
        return {tp: self._start(tp, committed[tp], bounds[tp]) for tp in assigned}

    def _start(self, tp: TP, committed: int | None, bounds: tuple[int, int]) -> int:
        earliest, end = bounds
        if committed is None:
            return earliest
        if committed > end:
            log.warning("topic made anew: reading it from its start", topic=tp.topic)
            return earliest
        if committed < earliest:
            log.error(
                "records were deleted before intake read them; raise the topic's retention",
                topic=tp.topic,
                partition=tp.partition,
                lost=earliest - committed,
            )
            self.metrics.intake_lost_records_total.labels(topic=tp.topic).inc(earliest - committed)
            return earliest
        return committed

    # --- records -------------------------------------------------------------------------

    async def take(self, event: Any) -> None:
        """Produce a chunk; it is acknowledged later, when the journal has it."""
        if self._draining:
            return  # whoever goes on will read it again
        message = event.message
        batch = self.producer.batch()
        journaled = 0
        for record in message.value:
            leaving = await self._journal(message.topic, message.partition, record)
            journaled += leaving.topic == self.journaling.topic
            try:
                await self.producer.produce(leaving, batch)
            except UndeliveredError as error:
                end_process(error)
        batch.close()
        self.metrics.intake_records_total.labels(topic=message.topic).inc(len(message.value))
        self._under_way.append((batch.done, event, journaled))
        self._taken[message.tp] = message.offset + 1
        await self._acknowledge(wait=len(self._under_way) >= MAX_UNDER_WAY)

    async def _journal(self, topic: str, partition: int, record: Any) -> Leaving:
        while True:
            try:
                return self.journaling.journal(topic, partition, record, self.now_ms())
            except RetryError as error:
                await wait_for_schemas(error)

    async def _acknowledge(self, *, wait: bool) -> None:
        """Acknowledge from the oldest on; wait for the oldest if asked."""
        while self._under_way:
            done, event, journaled = self._under_way[0]
            if not wait and not done.done():
                return
            wait = False
            try:
                async with asyncio.timeout(self.stuck_seconds):
                    await asyncio.shield(done)
            except TimeoutError:
                end_process(self._unacknowledged())
            except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be skipped
                end_process(error)
            if self._under_way and self._under_way[0][0] is done:
                self._under_way.popleft()
                event.ack()
                self.metrics.intake_journal_records_total.inc(journaled)

    def _unacknowledged(self) -> StuckError:
        return StuckError(
            f"the journal did not acknowledge a chunk within {self.stuck_seconds:g} s, nor the "
            f"{len(self._under_way) - 1} after it. Nothing is lost: whoever goes on reads them "
            "again. Check that the brokers can be reached and have their replicas in sync."
        )

    async def acknowledge_forever(self) -> None:
        """Acknowledge what the journal has got, also while no new chunk comes."""
        while True:
            if self._under_way:
                done = self._under_way[0][0]
                await asyncio.wait([done], timeout=self.stuck_seconds)
                await self._acknowledge(wait=False)
            else:
                await asyncio.sleep(0.01)

    async def watch(self, consumer: ChunkConsumer, loop_seconds: float) -> None:
        """Look once whether intake goes on; `/livez` fails where it doesn't, and it ends itself.

        Standing still means: never let into its group, partitions assigned and never taken over,
        records in the topics that are not taken, or a chunk that the journal doesn't acknowledge.
        """
        assigned = consumer.assignment()
        bounds = await consumer.bounds(sorted(assigned))
        behind = {tp for tp, (_, end) in bounds.items() if self._taken.get(tp, -1) < end}
        waiting = bool(self._under_way) or bool(behind) or assigned != set(self._taken)
        waiting = waiting or not self._joined
        if not waiting or self._taken != self._seen:
            self._stalled_since = None
            self.health.progress("intake", self.stuck_seconds)
        elif self._stalled_since is None:
            self._stalled_since = loop_seconds
        elif loop_seconds - self._stalled_since > self.stuck_seconds:
            if not self._joined:
                end_process(NotAdmittedError("the events topics", self.stuck_seconds))
            end_process(
                StuckError(
                    f"intake has made no progress for {loop_seconds - self._stalled_since:.0f} s, "
                    f"with {len(behind)} partitions to read and {len(self._under_way)} chunks "
                    "under way; this process ends to join its group anew."
                )
            )
        self._seen = dict(self._taken)

    async def drain(self) -> None:
        """Take nothing more, and wait until the journal has everything that was taken."""
        self._draining = True
        while self._under_way:
            await self._acknowledge(wait=True)

    async def check_topics_forever(self, every_seconds: float) -> None:
        """End the process when a source topic was deleted and made anew under its name."""
        while True:
            await asyncio.sleep(every_seconds)
            try:
                found = await asyncio.to_thread(self.read_topic_ids)
            except Exception as error:  # noqa: BLE001 - Kafka is away; the next look will tell
                log.info("could not look up topic ids", reason=str(error))
                continue
            for topic, topic_id in self.journaling.topic_ids.items():
                if found.get(topic, topic_id) != topic_id:
                    end_process(RecreatedTopicError(topic))
