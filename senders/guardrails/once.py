"""Counting what became of a mail at most once, however often it is told."""

from collections.abc import Awaitable
from typing import Any, cast

from runtime.redis_client import Client
from senders.guardrails.counts import What, count
from senders.links.sent import KEPT_MS, Sent
from senders.links.verp import mail_id


def return_key(namespace: str, mail: str) -> str:
    """Where it stands what came back of a mail: what to when, and whether all of it is written."""
    return f"{namespace}returned:{mail}"


class CountOnce:
    """Counts in the ledger Redis.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
    """

    def __init__(self, ledger: Client, namespace: str) -> None:
        self._ledger = ledger
        self._namespace = namespace

    async def first_told(self, sent: Sent, what: str, now_ms: int) -> int:
        """When something was first told of a mail, which is now if it never was.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
        """
        key = return_key(self._namespace, mail_id(sent.decision_id))
        pipeline = self._ledger.pipeline(transaction=False)
        pipeline.hsetnx(key, what, str(now_ms))
        pipeline.hget(key, what)
        pipeline.pexpire(key, KEPT_MS)
        _new, first, _expires = await cast("Awaitable[Any]", pipeline.execute())
        return int(first)

    async def count(self, what: What, sent: Sent, at_ms: int) -> bool:
        """Count it; False where that was done before, or counts no more.

        Args:
            what: What became of the mail.
            sent: The mail.
            at_ms: When it was first told, epoch milliseconds.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
        """
        return await count(self._ledger, self._namespace, what, sent, at_ms)
