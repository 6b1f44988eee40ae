"""Suppressions put on record, looked at and taken off by hand, in the ledger Redis.

Only hashes of addresses are kept, and without an end: a person's data may be erased, and they are
still not mailed. A hash tells nothing to whoever doesn't have the address already.
"""

from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from typing import Any, Final, cast

import msgspec

from runtime.redis_client import Client
from senders.recipients.suppression import PERMANENT_FAILURE, UNSUBSCRIBED, hash_key

MANUAL: Final = "manual"
IMPORTED: Final = "imported"
COMPLAINT: Final = "complaint"
NOT_ENGAGED: Final = "not_engaged"
REASONS: Final[Mapping[str, str]] = {
    MANUAL: "an operator said so; no mail of any kind",
    IMPORTED: "came from a list; no mail of any kind",
    PERMANENT_FAILURE: "the mailbox is dead; no mail of any kind",
    COMPLAINT: "reported a mail as spam; no marketing",
    UNSUBSCRIBED: "withdrew consent, until they give it anew; no marketing",
    NOT_ENGAGED: "hasn't reacted to mail for very long; no marketing",
}
"""The reasons that may be put on record by hand, each with what it means."""
PROTECTED: Final = frozenset({PERMANENT_FAILURE, COMPLAINT})
"""Not taken off by a slip: mailing those again costs a sender's reputation."""
BATCH: Final = 1_000


def removals_key(namespace: str) -> str:
    """The list of what was taken off by hand, latest first."""
    return f"{namespace}unsuppressed"


async def put(
    ledger: Client, namespace: str, digests: Iterable[str], reason: str, now_ms: int
) -> int:
    """Put hashes of addresses on record, and give how many of them are new with this reason.

    Raises:
        redis.exceptions.RedisError: It could not be written; doing so again does no harm.
    """
    new, batch = 0, list[str]()
    for digest in digests:
        batch.append(digest)
        if len(batch) == BATCH:
            new += await _put(ledger, namespace, batch, reason, now_ms)
            batch.clear()
    return new + (await _put(ledger, namespace, batch, reason, now_ms) if batch else 0)


async def _put(ledger: Client, namespace: str, digests: list[str], reason: str, now_ms: int) -> int:
    pipeline = ledger.pipeline(transaction=False)
    for digest in digests:
        key = hash_key(namespace, digest)
        if reason == UNSUBSCRIBED:
            # The latest withdrawal counts: an earlier one may have been overcome by a consent.
            pipeline.hset(key, reason, str(now_ms))
        else:
            pipeline.hsetnx(key, reason, str(now_ms))
    return sum(await cast("Awaitable[list[int]]", pipeline.execute()))


async def read(ledger: Client, namespace: str, digest: str) -> dict[str, int]:
    """What is on record against an address: reason to time, epoch milliseconds.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    call = ledger.hgetall(hash_key(namespace, digest))
    return _times(await cast("Awaitable[dict[bytes, bytes]]", call))


async def remove(
    ledger: Client, namespace: str, digest: str, reasons: Iterable[str], why: str, now_ms: int
) -> None:
    """Take reasons off an address' record, and note why.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    gone = sorted(reasons)
    note = msgspec.json.encode({"hash": digest, "reasons": gone, "why": why, "at": now_ms})
    pipeline = ledger.pipeline(transaction=False)
    pipeline.lpush(removals_key(namespace), note.decode())
    pipeline.hdel(hash_key(namespace, digest), *gone)
    await cast("Awaitable[Any]", pipeline.execute())


async def every(ledger: Client, namespace: str) -> AsyncIterator[tuple[str, str, int]]:
    """All that is on record against addresses: hash, reason and since when.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    prefix = hash_key(namespace, "")
    batch: list[str] = []
    # 64 characters: not the records of persons, which begin with another word.
    async for key in ledger.scan_iter(match=f"{_literal(prefix)}{'?' * 64}", count=BATCH):
        digest = cast("bytes", key).decode().removeprefix(prefix)
        if is_digest(digest):
            batch.append(digest)
        if len(batch) == BATCH:
            for found in await _read_all(ledger, namespace, batch):
                yield found
            batch.clear()
    for found in await _read_all(ledger, namespace, batch) if batch else ():
        yield found


async def _read_all(
    ledger: Client, namespace: str, digests: list[str]
) -> list[tuple[str, str, int]]:
    pipeline = ledger.pipeline(transaction=False)
    for digest in digests:
        pipeline.hgetall(hash_key(namespace, digest))
    answers = await cast("Awaitable[list[Any]]", pipeline.execute())
    return [
        (digest, reason, at_ms)
        for digest, stored in zip(digests, answers, strict=True)
        for reason, at_ms in sorted(_times(stored).items())
    ]


def is_digest(text: str) -> bool:
    """Whether a text is a SHA-256 in lower-case hex."""
    return len(text) == 64 and not set(text) - set("0123456789abcdef")


def _times(stored: Mapping[bytes, bytes]) -> dict[str, int]:
    return {reason.decode(): int(at_ms) for reason, at_ms in stored.items()}


def _literal(prefix: str) -> str:
    """A pattern that matches nothing but the prefix itself."""
    return "".join(f"\\{sign}" if sign in "*?[]\\^" else sign for sign in prefix)
