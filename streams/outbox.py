"""Producing what commits left in the outbox, and remembering what can be removed from it."""

import asyncio
from collections.abc import Mapping

from streams.commit import Leaving
from streams.producer import AsyncProducer

MAX_UNDELIVERED = 20_000


class Outbox:
    """A partition's outbox: entries are produced after the commit that holds them.

    Args:
        producer: The process's producer.
        on_failure: Called with the error when the broker refuses a record for good.
    """

    def __init__(self, producer: AsyncProducer) -> None:
        self._producer = producer
        self.next_sequence = 0
        self.delivered: list[int] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.undelivered = 0
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def produce_left(self, entries: Mapping[int, Leaving]) -> None:
        """Produce what a predecessor left, and wait until it has been delivered."""
        batch = self._producer.batch()
        for record in entries.values():
            await self._producer.produce(record, batch)
        batch.close()
        await batch.done
        self.delivered.extend(entries)
        self.next_sequence = max(entries, default=-1) + 1

    async def produce(self, first_sequence: int, records: list[Leaving]) -> None:
        """Produce what was just committed; waits only while too much is under way."""
        if not records:
            return
        self.next_sequence = first_sequence + len(records)
        while self.undelivered > MAX_UNDELIVERED and self._tasks:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        batch = self._producer.batch()
        for record in records:
            await self._producer.produce(record, batch)
        batch.close()
        self.undelivered += len(records)
        task = asyncio.create_task(self._await(batch.done, first_sequence, len(records)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _await(self, done: asyncio.Future[None], first: int, count: int) -> None:
        try:
            await done
        except Exception as error:  # noqa: BLE001 - handed to the lane, which ends the process
            if not self.failed.done():
                self.failed.set_exception(error)
            return
        self.undelivered -= count
        self.delivered.extend(range(first, first + count))

    def take_delivered(self, limit: int) -> list[int]:
        """Hand over sequence numbers that the next commit can remove."""
        taken, self.delivered = self.delivered[:limit], self.delivered[limit:]
        return taken

    async def drain(self) -> None:
        """Wait until everything produced has been delivered."""
        while self._tasks:
            await asyncio.wait(self._tasks)
