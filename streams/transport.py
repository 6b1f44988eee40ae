"""Faust's Kafka transport in micro-batches: an agent gets a chunk of a partition's records at once.

Almost all of a stock Faust agent's cost is paid per message, so `getmany` yields one message per
chunk: its value the list of records, its offset the last one's. Everything else of Faust (groups,
rebalancing, agents, flow control) stays. Where to read from after a rebalance is asked of a
`Positions`, since the group's own offsets are a mirror and not the truth.
"""

import asyncio
import contextlib
import gc
import os
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Protocol

import faust
import structlog
from aiokafka.consumer import fetcher
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, ConsumerMessage

from schemas.errors import NextbestError
from streams.errors import NotTakenOverError, RecreatedTopicError

log = structlog.get_logger(__name__)

EXIT_STOPPED = 70
"""Exit status after an error that ends the process (EX_SOFTWARE of sysexits.h)."""


def end_process(error: BaseException) -> None:
    """End the process at once, saying why.

    An exception would not do: Faust logs what is raised in its callbacks and goes on without the
    partition.
    """
    log.critical(
        "stopped",
        error=type(error).__name__,
        reason=str(error),
        exc_info=None if isinstance(error, NextbestError) else error,
    )
    sys.stderr.flush()
    sys.stdout.flush()
    os._exit(EXIT_STOPPED)


class Positions(Protocol):
    """Knows where each assigned partition must be read from."""

    async def recover(
        self, consumer: "ChunkConsumer", assigned: set[TP], generation: int
    ) -> Mapping[TP, int]:
        """Take over the assigned partitions and return the offset to go on from for each."""
        ...

    async def look_up(self, consumer: "ChunkConsumer", assigned: set[TP]) -> Mapping[TP, int]:
        """Return the offsets without taking anything over."""
        ...


class BareRecords(fetcher.PartitionRecords):  # type: ignore[misc]
    """Hands records over as they were read: offset, timestamp, key, value, headers.

    The client copies each into a larger one, which costs more than reading it did.
    """

    def _consumer_record(self, _tp: Any, record: Any) -> Any:
        return record


class ChunkConsumerThread(driver.AIOKafkaConsumerThread):  # type: ignore[misc]
    """The thread of the Kafka client, with two things set that have no setting."""

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        fetcher.PartitionRecords = BareRecords  # all consumers of a role's process are of this kind
        # Faust has brokers wait for 1.5 s; some sleep that out although records have come.
        consumer._fetch_max_wait_ms = self.consumer.app.fetch_wait_ms  # noqa: SLF001
        return consumer


class ChunkConsumer(driver.Consumer):  # type: ignore[misc]
    """A consumer whose messages are chunks of records."""

    logger = driver.logger

    def __init__(self, *args: Any, **options: Any) -> None:
        self._released = asyncio.Event()
        self._expected: dict[TP, int] = {}
        self._sought_generation = -1
        super().__init__(*args, **options)

    def _new_consumer_thread(self) -> ChunkConsumerThread:
        return ChunkConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def perform_seek(self) -> None:
        """Take over what was assigned and seek; called when a rebalance is complete.

        Faust gives up on this after `broker_request_timeout` and swallows its errors, leaving a
        worker that consumes nothing; so an error ends the process.
        """
        generation, rebalances = self.app.consumer_generation_id, self.app.rebalancing_count
        # Fetches dropped half-read hold their bytes in cycles, of which the collector, which counts
        # objects, would take notice late.
        gc.collect()
        assigned: set[TP] = set()
        try:
            assigned = self.assignment()
            positions = await self.app.positions.recover(self, assigned, generation)
            await self._go_to(positions, generation)
        except (Exception, asyncio.CancelledError) as error:
            if self.app.should_stop:
                raise
            # Cancelled is what Faust's own time limit looks like from here, and the next rebalance
            # too: that one is counted when it begins, long before its generation is known.
            begun = self.app.rebalancing_count != rebalances
            if begun or self.app.consumer_generation_id != generation:
                # Rebalanced again meanwhile: this assignment is void and another recovery follows.
                log.info("recovery abandoned", generation=generation, reason=str(error))
                return
            late = isinstance(error, TimeoutError | asyncio.CancelledError)  # neither says a word
            end_process(NotTakenOverError({tp.topic for tp in assigned}) if late else error)

    async def _go_to(self, positions: Mapping[TP, int], generation: int) -> None:
        self._expected = dict(positions)
        self._sought_generation = generation
        await self.seek_wait(positions)
        for tp, offset in positions.items():
            # None is Faust's way to say "from the start"; 0 would make it look for a gap.
            self._read_offset[tp] = offset or None
            self._committed_offset[tp] = offset or None

    async def getmany(  # Faust's own signature
        self,
        timeout: float,  # noqa: ASYNC109
    ) -> AsyncIterator[tuple[TP, ConsumerMessage]]:
        """Fetch records and yield them in chunks.

        What was fetched is yielded even if its partition has been paused meanwhile: the position
        has moved past it, so leaving it out would lose it.
        """
        await self._until_released(timeout)
        records, _ = await self._wait_next_records(timeout)
        generation = self.app.consumer_generation_id
        if records is None or self.should_stop:
            return
        if not self.flow_active:
            # Records came in while a rebalance began, with an assignment that may be stale: go
            # back to where they started, but take nothing over.
            await self._seek_back(records)
            return
        size = self.app.chunk_records
        for place, fetched in records.items():
            # aiokafka's own kind of pair, which Faust's bookkeeping refuses.
            tp = TP(place.topic, place.partition)
            for start in range(0, len(fetched), size):
                if not self.flow_active or self.app.consumer_generation_id != generation:
                    return
                yield tp, self._chunk(tp, fetched[start : start + size], generation)

    async def _until_released(self, timeout_seconds: float) -> None:
        """Wait while every partition is held; Faust would sleep a whole second instead."""
        if self.flow_active and not self._get_active_partitions():
            self._released.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self._released.wait()

    async def _seek_back(self, records: Mapping[TP, Any]) -> None:
        try:
            assigned = self.assignment() & set(records)
            positions = await self.app.positions.look_up(self, assigned)
            await self.seek_wait(positions)
        except Exception as error:  # noqa: BLE001 - the rebalance at hand seeks anew
            log.info("could not seek back during a rebalance", reason=str(error))

    def _chunk(self, tp: TP, records: list[Any], generation: int) -> ConsumerMessage:
        first, last = records[0], records[-1]
        # A generation that has not been sought to reads from anywhere, and is dropped later.
        sought = generation == self._sought_generation
        if sought and first.offset < self._expected.get(tp, 0):
            end_process(RecreatedTopicError(tp.topic))
        self._expected[tp] = last.offset + 1
        return ConsumerMessage(
            tp.topic,
            tp.partition,
            last.offset,
            last.timestamp / 1000.0,
            last.timestamp_type,
            (),
            None,
            records,
            None,
            None,
            None,
            tp,
            generation_id=generation,
        )

    def _new_offset(self, tp: TP) -> int | None:
        """Tell the offset to commit for what has been acknowledged since the last time.

        Chunks are acknowledged in order, so it is the last one's end. Faust's own rule fills the
        gaps between chunks' offsets with guesses: it commits past a chunk still unacknowledged,
        and stalls for ever where the first chunk is the single record at offset 0.
        """
        acknowledged = self._acked[tp]
        if not acknowledged:
            return None
        last = max(acknowledged)
        acknowledged.clear()
        self._acked_index[tp].clear()
        return int(last) + 1

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Keep no record of the offsets within a chunk."""

    def hold(self, tp: TP) -> None:
        """Fetch no more of a partition for now."""
        self.on_buffer_full(tp)

    def release(self, tp: TP) -> None:
        """Fetch the partition again."""
        self.on_buffer_drop(tp)
        self._released.set()

    async def committed(self, tp: TP) -> int | None:
        """Return the group's committed offset of a partition; None where there is none."""
        client = self._thread._ensure_consumer()  # noqa: SLF001 - Faust offers no way of its own
        offset = await self._thread.call_thread(client.committed, tp)
        return None if offset is None else int(offset)

    async def bounds(self, tps: Iterable[TP]) -> dict[TP, tuple[int, int]]:
        """Return the first offset and the end offset of each partition's log."""
        wanted = list(tps)
        earliest = await self._thread.earliest_offsets(*wanted)
        ends = await self._thread.highwaters(*wanted)
        return {tp: (earliest[tp], ends[tp]) for tp in wanted}


class ChunkTransport(driver.Transport):  # type: ignore[misc]
    """The transport with chunked consumption."""

    Consumer = ChunkConsumer


class ChunkSchema(faust.Schema):  # type: ignore[misc]
    """Passes a chunk of records through undecoded."""

    def compile(self, app: Any, **_options: Any) -> Any:
        """Build the decoder that Faust calls for each message."""
        create_event = app.create_event

        async def decode(message: Any, *, propagate: bool = False) -> Any:
            del propagate
            return create_event(None, message.value, None, message)

        return decode


class StreamApp(faust.App):  # type: ignore[misc]
    """A Faust app that reads in chunks from positions kept elsewhere.

    Attributes:
        positions: Where partitions are read from; set before the app starts.
        chunk_records: Most records in a chunk.
        fetch_wait_ms: How long brokers may wait for records to send.
    """

    logger = driver.logger
    positions: Positions
    chunk_records: int
    fetch_wait_ms: int = 500
