"""Producing from asyncio: confluent-kafka's idempotent producer, with batches that can be awaited.

librdkafka delivers in the background; its callbacks come from a polling thread and are handed to
the event loop once per batch, not once per record.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, Message, Producer

from schemas.source import SOURCE_HEADER
from streams.commit import Leaving
from streams.errors import UndeliveredError

_POLL_SECONDS = 0.2
_FULL_PAUSE_SECONDS = 0.01


class Batch:
    """Records produced together; done when the broker has acknowledged every one of them."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._outstanding = 1  # held until `close`, so that an early delivery doesn't finish it
        self.done: asyncio.Future[None] = loop.create_future()

    def add(self) -> None:
        """Count one more record in."""
        with self._lock:
            self._outstanding += 1

    def close(self) -> None:
        """Say that no more records will be added."""
        self._one_less()

    def on_delivery(self, error: KafkaError | None, message: Message) -> None:
        """Receive librdkafka's report, in the polling thread."""
        if error is not None:
            failure = UndeliveredError(str(message.topic()), error.str())
            self._call(lambda: self._fail(failure))
        self._one_less()

    def _one_less(self) -> None:
        with self._lock:
            self._outstanding -= 1
            finished = self._outstanding == 0
        if finished:
            self._call(self._succeed)

    def _call(self, function: Callable[[], None]) -> None:
        # The loop may be gone while a process ends; then nobody waits for the batch either.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)

    def _fail(self, error: UndeliveredError) -> None:
        if not self.done.done():
            self.done.set_exception(error)

    def _succeed(self) -> None:
        if not self.done.done():
            self.done.set_result(None)


class AsyncProducer:
    """An idempotent producer for one event loop.

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
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._poll, name="producer-poll", daemon=True)
        self._thread.start()

    def _poll(self) -> None:
        while not self._stopping.is_set():
            self._producer.poll(_POLL_SECONDS)

    def batch(self) -> Batch:
        """Start a batch on the running loop."""
        return Batch(asyncio.get_running_loop())

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
                return

    async def close(self, timeout_seconds: float) -> int:
        """Deliver what is queued, as far as the time allows, and stop; tell how many are left."""
        left: int = await asyncio.to_thread(self._producer.flush, timeout_seconds)
        self._stopping.set()
        await asyncio.to_thread(self._thread.join)
        return left
