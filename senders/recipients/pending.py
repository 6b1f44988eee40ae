"""Events that were promised: written to the ledger Redis first, emitted to Kafka afterwards.

Whoever answers a mailbox provider writes what follows from it into the ledger, the event too, and
answers then. The event is taken off again once Kafka has it. So an answer neither waits for Kafka
nor is an event lost with this process: the next one to start emits what is left, under the same
event id.
"""

import asyncio
from collections.abc import Awaitable, Mapping
from typing import Any, Final, cast

import msgspec
from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.redis_client import Client
from schemas.emitter import Emitter, EmitterFullError, UndeliveredError
from schemas.errors import DeadLetterError
from senders.errors import StoreAwayError

FLUSH_SECONDS: Final = 5.0
BATCH: Final = 500
"""About as many events are read, emitted and taken off at a time."""
log = get_logger(__name__)


class _Pending(msgspec.Struct, array_like=True):
    record: str
    event: dict[str, Any]


class PendingEvents:
    """Keeps events until Kafka has them; any number of processes may share them.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        emitter: Emits the events.
    """

    def __init__(self, ledger: Client, namespace: str, emitter: Emitter) -> None:
        self._ledger = ledger
        self._key = f"{namespace}pending"
        # Releases up to 0.1 kept withdrawals alone, and their consent events without a name.
        self._consents_key = f"{namespace}optouts"
        self._emitter = emitter
        self._emitting = asyncio.Lock()

    def put_in(self, pipeline: Any, record: str, event: Mapping[str, Any]) -> None:
        """Put the writing of an event into a pipeline of the ledger.

        Args:
            pipeline: Durable once it was executed without an error.
            record: The record's name, `consent` or `delivery` for instance.
            event: Its fields, `event_id` among them; the same id again replaces the event.
        """
        stored = msgspec.json.encode(_Pending(record, dict(event))).decode()
        pipeline.hset(self._key, event["event_id"], stored)

    async def emit(self) -> int:
        """Emit what is still to be emitted; gives how many Kafka took.

        Takes as long as `FLUSH_SECONDS` where Kafka is slow: run it where that is no harm. An event
        that can't leave now stays for the next call.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        async with self._emitting:
            try:
                return await self._emit_all(self._consents_key) + await self._emit_all(self._key)
            except RedisError as error:
                raise StoreAwayError("ledger", error) from error

    async def _emit_all(self, key: str) -> int:
        count, cursor = 0, 0
        while True:
            call = self._ledger.hscan(key, cursor, count=BATCH)
            cursor, found = await cast("Awaitable[tuple[int, dict[bytes, bytes]]]", call)
            emitted = await self._emit(key, found) if found else []
            if emitted is None:
                return count
            if emitted:
                await cast("Awaitable[Any]", self._ledger.hdel(key, *emitted))
            count += len(emitted)
            if cursor == 0:
                return count

    async def _emit(self, key: str, events: Mapping[bytes, bytes]) -> list[str] | None:
        """Emit some; the ids that Kafka has, or None where it takes nothing now."""
        emitted = []
        try:
            for event_id, stored in events.items():
                try:
                    pending = self._read(key, stored)
                    self._emitter.emit(pending.record, pending.event)
                except (DeadLetterError, msgspec.DecodeError) as error:
                    # Kept for whoever looks into it; what it tells of is in force all the same.
                    log.error("not_an_event", event_id=event_id, problem=str(error))
                else:
                    emitted.append(event_id.decode())
            await asyncio.to_thread(self._emitter.flush, FLUSH_SECONDS)
        except (UndeliveredError, EmitterFullError) as error:
            log.warning("not_emitted_yet", waiting=len(events), problem=str(error))
            return None
        return emitted

    def _read(self, key: str, stored: bytes) -> _Pending:
        if key == self._consents_key:
            return _Pending("consent", msgspec.json.decode(stored, type=dict[str, Any]))
        return msgspec.json.decode(stored, type=_Pending)
