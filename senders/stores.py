"""The two Redis stores as senders need them: connected, keeping what they have, durable."""

import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from runtime.redis_client import Client, check_policy, connect_ledger, connect_state
from runtime.settings import Settings
from schemas.topics import TOPICS
from senders.errors import VolatileLedgerError
from senders.handover.ledger import Ledger, check_durable, count_replicas

MARGIN_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class Stores:
    """Both stores.

    Attributes:
        state: Contacts, the clock, the pace.
        ledger: Claims, suppressions, pauses.
    """

    state: Client
    ledger: Client


@asynccontextmanager
async def open_stores(settings: Settings) -> AsyncIterator[Stores]:
    """Connect to both stores and check them.

    Raises:
        EvictingRedisError: One would drop keys when memory runs short.
        VolatileLedgerError: The ledger may lose what it acknowledged.
        RedisAwayError: One doesn't answer.
    """
    stores = Stores(connect_state(settings, batching=True), connect_ledger(settings, batching=True))
    try:
        await check_policy(stores.state, what="state")
        await check_policy(stores.ledger, what="ledger")
        try:
            await check_durable(stores.ledger)
        except VolatileLedgerError as error:
            if settings.sender.require_durable_ledger:
                raise
            warnings.warn(str(error), stacklevel=2)
        yield stores
    finally:
        await stores.state.aclose()
        await stores.ledger.aclose()


def ledger_ttl_ms() -> int:
    """How long ledger entries stay: longer than any decision can be read again from its topic."""
    retention_ms = next(topic.retention_ms for topic in TOPICS if topic.record == "decision")
    assert retention_ms > 0, "decisions kept for ever would need ledger entries for ever"
    return retention_ms + MARGIN_MS


async def open_ledger(settings: Settings, redis: Client) -> Ledger:
    """The ledger, its claims copied to a replica where there is one."""
    replicas = await count_replicas(redis)
    return Ledger(redis, settings.namespace, ttl_ms=ledger_ttl_ms(), replicas=replicas)
