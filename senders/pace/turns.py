"""Waiting for one's turn: a connection, then the shared pace, first come first served."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from redis.exceptions import RedisError

from runtime.metrics import Metrics
from senders.errors import StoreAwayError
from senders.handover.ticket import Ticket
from senders.pace.gcra import MICROSECONDS, Pacer
from senders.smtp.connection import Connection, Pool


class Turns:
    """Gives out turns.

    The connection comes before the pace, so that a mail leaves as soon as it was counted: counted
    mails waiting for connections would later leave all at once. One provider that waits for its
    pace holds one connection, never all.

    Args:
        pool: The connections.
        pacer: The shared limit.
        metrics: Counts the time waited.
    """

    def __init__(self, pool: Pool, pacer: Pacer, metrics: Metrics) -> None:
        self._pool = pool
        self._pacer = pacer
        self._metrics = metrics
        self._queues: dict[str, asyncio.Lock] = {}

    @asynccontextmanager
    async def turn(self, provider: str, ticket: Ticket) -> AsyncIterator[Connection]:
        """A connection to send one mail over, now.

        Raises:
            AbandonedError: See `Ticket.check`.
            StoreAwayError: The pace can't be asked.
        """
        queue = self._queues.setdefault(provider, asyncio.Lock())
        async with queue:
            leave = self._pool.connection()
            connection = await leave.__aenter__()
            try:
                await self._wait_for_pace(provider, ticket)
            except BaseException:
                await leave.__aexit__(None, None, None)
                raise
        try:
            yield connection
        finally:
            await leave.__aexit__(None, None, None)

    async def _wait_for_pace(self, provider: str, ticket: Ticket) -> None:
        began = time.monotonic()
        while True:
            ticket.check()
            try:
                wait_us = await self._pacer.wait_us(provider)
            except RedisError as error:
                raise StoreAwayError("state", error) from error
            if wait_us == 0:
                break
            await ticket.sleep(wait_us / MICROSECONDS)
        self._metrics.sender_pace_wait_seconds.observe(time.monotonic() - began)
