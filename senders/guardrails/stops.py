"""Streams that guardrails stopped: durable in the ledger, until a person resumes them.

A stopped stream is among the pauses, as `stream:<name>`, which senders look at right before every
DATA; beside it stands why.
"""

from collections.abc import Awaitable
from typing import Any, Final, cast

import msgspec

from runtime.pauses import Pauses, stream_member
from runtime.redis_client import Client
from senders.guardrails.counts import begin_anew, since_ms
from senders.guardrails.judging import Finding


class Stop(msgspec.Struct, frozen=True):
    """Why a stream was stopped.

    Attributes:
        at_ms: When, by the pipeline's clock, epoch milliseconds.
        kind: complaints, bounces or unsubscribes.
        message: The message they were of; empty for all of the stream.
        provider: The provider they were at; empty for all.
        events: How many.
        of: Of how many mails accepted.
        bound: The rate that was surely exceeded.
    """

    at_ms: int
    kind: str
    message: str
    provider: str
    events: float
    of: float
    bound: float


STOPS_KEY: Final = "stops"


def stop_of(finding: Finding, now_ms: int) -> Stop:
    """The stop that a finding leads to."""
    place = finding.place
    return Stop(
        now_ms,
        finding.kind,
        place.message,
        place.provider,
        finding.events,
        finding.of,
        finding.bound or 0.0,
    )


async def stop(ledger: Client, namespace: str, stream: str, why: Stop, since: int) -> bool:
    """Stop a stream, unless it was resumed since the counts behind it were read.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        stream: The stream.
        why: Why.
        since: The `since_ms` read with the counts.

    Returns:
        Whether it was not stopped before.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    key = namespace + STOPS_KEY
    pauses, member = Pauses(ledger, namespace), stream_member(stream)
    # Why comes first: whoever finds it stopped must find that it was by guardrails.
    value = msgspec.json.encode(why).decode()
    new = bool(await cast("Awaitable[Any]", ledger.hsetnx(key, stream, value)))
    paused = await pauses.pause(member)
    if await since_ms(ledger, namespace, stream) == since:
        return new
    # A person resumed it between our reading the counts and now: those count no more.
    if new:
        await cast("Awaitable[Any]", ledger.hdel(key, stream))
    if paused:
        await pauses.resume(member)
    return False


async def resume(ledger: Client, namespace: str, stream: str, now_ms: int) -> bool:
    """Let a stream go again; what was counted before counts no more if guardrails had stopped it.

    Returns:
        Whether it was stopped or paused.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    key = namespace + STOPS_KEY
    if await cast("Awaitable[Any]", ledger.hexists(key, stream)):
        # In this order: dying in between, it is still stopped and can be resumed once more.
        await begin_anew(ledger, namespace, stream, now_ms)
        await cast("Awaitable[Any]", ledger.hdel(key, stream))
    return await Pauses(ledger, namespace).resume(stream_member(stream))


async def read_stops(ledger: Client, namespace: str) -> dict[str, Stop]:
    """Why each stream that guardrails stopped was stopped.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    call = ledger.hgetall(namespace + STOPS_KEY)
    stored = await cast("Awaitable[dict[bytes, bytes]]", call)
    return {
        stream.decode(): msgspec.json.decode(value, type=Stop) for stream, value in stored.items()
    }
