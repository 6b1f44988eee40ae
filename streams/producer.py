"""Producing from asyncio: confluent-kafka's idempotent producer, with batches that can be awaited.

librdkafka delivers in the background and reports when asked, which the event loop does every few
milliseconds. A polling thread of its own would take the interpreter's lock from the loop for every
single report.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from schemas.source import SOURCE_HEADER
from streams.commit import Leaving
from streams.errors import UndeliveredError

_BUSY_POLL_SECONDS = 0.002
_IDLE_POLL_SECONDS = 0.1
_BUSY_SECONDS = 1.0
"""So long after a batch or a report it counts as busy; with brokers away it soon doesn't."""
_FULL_PAUSE_SECONDS = 0.01


class Batch:
    """Records produced together; done when the broker has acknowledged every one of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._outstanding = 1  # held until `close`, so that an early delivery doesn't finish it
        self.done: asyncio.Future[None] = loop.create_future()

    def add(self) -> None:
        """Count one more record in."""
        self._outstanding += 1

    def close(self) -> None:
        """Say that no more records will be added."""
        self._one_less()

    def on_delivery(self, error: KafkaError | None, message: Message) -> None:
        """Receive librdkafka's report, on the event loop."""
        if error is not None and not self.done.done():
            self.done.set_exception(UndeliveredError(str(message.topic()), error.str()))
        self._one_less()

    def _one_less(self) -> None:
        self._outstanding -= 1
        if self._outstanding == 0 and not self.done.done():
            self.done.set_result(None)


class AsyncProducer:
    """An idempotent producer for the running event loop, to be used on its thread only.

    Args:
        config: librdkafka properties. Delivery never times out: giving up on a record while later
            ones got through would lose it, since what comes after marks it as applied.
    """

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._producer = Producer(
            {
                "enable.idempotence": True,
                "acks": "all",
                "queue.buffering.max.messages": 200_000,
                **config,
                "message.timeout.ms": 0,
            }
        )
        self._loop = asyncio.get_running_loop()
        self._busy_until = 0.0
        self._next_poll = self._loop.call_later(0, self._poll)

    def _poll(self) -> None:
        """Take librdkafka's reports, and again soon or later."""
        try:
            if self._producer.poll(0):
                self._busy_until = self._loop.time() + _BUSY_SECONDS
        finally:  # whatever is raised there, reports must go on coming
            busy = self._loop.time() < self._busy_until
            pause_seconds = _BUSY_POLL_SECONDS if busy else _IDLE_POLL_SECONDS
            self._next_poll = self._loop.call_later(pause_seconds, self._poll)

    def _be_busy(self) -> None:
        """Have the next reports taken soon: don't wait out an idle pause."""
        soon = self._loop.time() + _BUSY_POLL_SECONDS
        self._busy_until = soon + _BUSY_SECONDS
        if self._next_poll.when() > soon:
            self._next_poll.cancel()
            self._next_poll = self._loop.call_at(soon, self._poll)

    def batch(self) -> Batch:
        """Start a batch, whose records are produced next."""
        self._be_busy()
        return Batch(self._loop)

    async def produce(self, record: Leaving, batch: Batch) -> None:
        """Queue a record as part of a batch; waits while the queue is full.

        Raises:
            UndeliveredError: The record can never be delivered, for instance because it is too
                large for the client.
        """
        batch.add()
        headers = [(SOURCE_HEADER, record.source)] if record.source else None
        while True:
            try:
                self._producer.produce(
                    record.topic,
                    record.value,
                    record.key,
                    partition=record.partition,
                    headers=headers,
                    on_delivery=batch.on_delivery,
                )
            except BufferError:
                await asyncio.sleep(_FULL_PAUSE_SECONDS)
            except Exception as error:
                raise UndeliveredError(record.topic, str(error)) from error
            else:
                if self._loop.time() > self._busy_until:
                    self._be_busy()
                return

    async def close(self, timeout_seconds: float) -> int:
        """Deliver what is queued, as far as the time allows, and stop; tell how many are left.

        The producer is not to be used any more afterwards.
        """
        self._be_busy()
        deadline = self._loop.time() + timeout_seconds
        # No flush(): its reports would come in another thread. What is left is all there is to ask.
        while len(self._producer) and self._loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_BUSY_POLL_SECONDS)
        self._next_poll.cancel()
        return len(self._producer)
