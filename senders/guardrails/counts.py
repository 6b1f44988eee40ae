"""What became of mails, counted by day, stream, message and provider: what guardrails go by.

Counters in the ledger Redis, one hash a day and stream; a field is `message|provider|what`. They
are written by whoever learns something: the sender what was accepted and refused, `nextbest
inbound` and webhooks bounces and complaints, `nextbest web` unsubscriptions.
"""

from collections.abc import Awaitable
from typing import Any, Final, Literal, cast

from runtime.redis_client import Client
from senders.links.sent import Sent

What = Literal["accepted", "hard_bounce", "soft_bounce", "complaint", "unsubscribe"]
DAY_MS: Final = 86_400_000
KEPT_DAYS: Final = 45


def day_of(at_ms: int) -> int:
    """The day, counted from 1970, UTC."""
    return at_ms // DAY_MS


def counts_key(namespace: str, stream: str, day: int) -> str:
    """Where a stream's counts of a day live."""
    return f"{namespace}counts:{stream}:{day}"


def field_of(sent: Sent, what: What) -> str:
    """The field that counts it."""
    return f"{sent.message}|{sent.provider}|{what}"


def count_in(pipeline: Any, namespace: str, what: What, sent: Sent, at_ms: int) -> None:
    """Put the counting into a pipeline of the ledger, so that it costs no round trip of its own."""
    key = counts_key(namespace, sent.stream, day_of(at_ms))
    pipeline.hincrby(key, field_of(sent, what), 1)
    pipeline.expire(key, KEPT_DAYS * DAY_MS // 1000)


async def count(ledger: Client, namespace: str, what: What, sent: Sent, at_ms: int) -> None:
    """Count one.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    pipeline = ledger.pipeline(transaction=False)
    count_in(pipeline, namespace, what, sent, at_ms)
    await cast("Awaitable[Any]", pipeline.execute())
