"""Withdrawals of consent: in force the moment they are written, told to the pipeline as events.

The suppression and the event still to be emitted are written to the ledger Redis, both before the
answer; the event is taken off again once Kafka has it. So a withdrawal neither waits for Kafka nor
gets lost with this process: the next one to start emits what is left, under the same event id.
"""

import asyncio
from collections.abc import Awaitable
from typing import Any, cast
from uuid import uuid4

import msgspec
from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.redis_client import Client
from schemas.emitter import Emitter, EmitterFullError, UndeliveredError
from schemas.errors import DeadLetterError
from senders.errors import StoreAwayError
from senders.links.tokens import Unsubscribe
from senders.person import person_fields
from senders.recipients.suppression import UNSUBSCRIBED, hash_key, person_key

FLUSH_SECONDS = 5.0
log = get_logger(__name__)


class OptOuts:
    """Writes withdrawals and sees that their events leave.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        emitter: Emits the events.
    """

    def __init__(self, ledger: Client, namespace: str, emitter: Emitter) -> None:
        self._ledger = ledger
        self._namespace = namespace
        self._emitter = emitter
        self._pending_key = f"{namespace}optouts"
        self._emitting = asyncio.Lock()

    async def write(self, target: Unsubscribe, now_ms: int) -> str:
        """Put a withdrawal in force; durable when this returns.

        Returns:
            The id of the event still to be emitted.

        Raises:
            StoreAwayError: It could not be written; nothing is promised then.
        """
        event_id = str(uuid4())
        event = {
            "event_id": event_id,
            "occurred_at": now_ms,
            **person_fields(target.subscriber),
            "action": "opt_out",
            "purpose": target.purpose,
            "decision_id": target.decision_id,
        }
        # Not a transaction, which a cluster could not run: where only a part was written nothing
        # was promised, and each part for itself does no harm.
        pipeline = self._ledger.pipeline(transaction=False)
        for key in (
            hash_key(self._namespace, target.address_hash),
            person_key(self._namespace, target.subscriber),
        ):
            pipeline.hset(key, UNSUBSCRIBED, str(now_ms))
        pipeline.hset(self._pending_key, event_id, msgspec.json.encode(event).decode())
        try:
            await pipeline.execute()
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        return event_id

    async def emit_pending(self) -> int:
        """Emit what is still to be emitted; gives how many Kafka took.

        Blocks for as long as `FLUSH_SECONDS` where Kafka is slow: run it where that is no harm.
        A withdrawal whose event can't leave now stays for the next call.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        async with self._emitting:
            try:
                call = self._ledger.hgetall(self._pending_key)
                pending = await cast("Awaitable[dict[bytes, bytes]]", call)
                emitted = await self._emit(pending) if pending else []
                if emitted:
                    gone = self._ledger.hdel(self._pending_key, *emitted)
                    await cast("Awaitable[Any]", gone)
            except RedisError as error:
                raise StoreAwayError("ledger", error) from error
            return len(emitted)

    async def _emit(self, events: dict[bytes, bytes]) -> list[str]:
        emitted = []
        try:
            for event_id, event in events.items():
                try:
                    self._emitter.emit("consent", msgspec.json.decode(event))
                except DeadLetterError as error:
                    # Kept for whoever looks into it; the suppression is in force all the same.
                    log.error("opt_out_not_an_event", event_id=event_id, problem=str(error))
                else:
                    emitted.append(event_id.decode())
            await asyncio.to_thread(self._emitter.flush, FLUSH_SECONDS)
        except (UndeliveredError, EmitterFullError) as error:
            log.warning("opt_outs_not_emitted_yet", waiting=len(events), problem=str(error))
            return []
        return emitted
