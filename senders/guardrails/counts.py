"""What became of mails, counted by day, stream, message and provider: what guardrails go by.

Counters in the ledger Redis, one hash a day and stream; a field is `message|provider|what`. They
are written by whoever learns something: the sender what was accepted and refused, `nextbest
inbound` and webhooks bounces and complaints, `nextbest web` unsubscriptions.

What comes back counts for the day on which its mail left, so that it is a share of the mails of
that day, and once for each mail, however often it is told. Of mails that left before a person
resumed the stream nothing counts any more.
"""

from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast, get_args

from runtime.redis_client import Client
from senders.links.sent import Sent

What = Literal["accepted", "hard_bounce", "soft_bounce", "complaint", "unsubscribe"]
WHATS: Final = frozenset(get_args(What))
DAY_MS: Final = 86_400_000
KEPT_DAYS: Final = 45

# KEYS: since when mails count, the day's counts, the day's mails of which something came back.
# ARGV: field, when the mail left, TTL in seconds, then, for what comes back, the mail and what.
_COUNT = """
if tonumber(ARGV[2]) < tonumber(redis.call('GET', KEYS[1]) or '0') then return 0 end
if ARGV[4] ~= '' then
  if redis.call('SADD', KEYS[3], ARGV[4]) == 0 then return 0 end
  redis.call('EXPIRE', KEYS[3], ARGV[3])
end
redis.call('HINCRBY', KEYS[2], ARGV[1], 1)
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""
# KEYS: since when mails count, the day's counts. ARGV: the time.
_BEGIN_ANEW = """
redis.call('SET', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """One counter.

    Attributes:
        day: Counted from 1970, UTC.
        stream: The message stream.
        message: The message's name.
        provider: The mailbox provider's class.
        what: What is counted.
        count: How often.
    """

    day: int
    stream: str
    message: str
    provider: str
    what: str
    count: int


def day_of(at_ms: int) -> int:
    """The day, counted from 1970, UTC."""
    return at_ms // DAY_MS


def _tag(namespace: str, stream: str) -> str:
    # In braces: all of a stream lies in one slot of a cluster, so that a script may touch it.
    return f"{{{namespace}counts:{stream}}}"


def counts_key(namespace: str, stream: str, day: int) -> str:
    """Where a stream's counts of a day live."""
    return f"{_tag(namespace, stream)}:{day}"


def since_key(namespace: str, stream: str) -> str:
    """Since when a stream's mails count, epoch milliseconds; absent where it was never resumed."""
    return f"{_tag(namespace, stream)}:since"


def streams_key(namespace: str) -> str:
    """The set of streams of which anything was counted."""
    return f"{namespace}streams"


def field_of(sent: Sent, what: What) -> str:
    """The field that counts it."""
    return f"{sent.message}|{sent.provider}|{what}"


def count_in(pipeline: Any, namespace: str, what: What, sent: Sent, at_ms: int) -> None:
    """Put the counting into a pipeline of the ledger, so that it costs no round trip of its own.

    Args:
        pipeline: Executed by the caller.
        namespace: Put before every key.
        what: What is counted.
        sent: The mail.
        at_ms: When it happened, by the pipeline's clock, epoch milliseconds; stands for when the
            mail left where `sent` doesn't say.
    """
    left_ms = sent.at_ms or at_ms
    day = day_of(left_ms)
    counts = counts_key(namespace, sent.stream, day)
    once = "" if what == "accepted" else f"{sent.decision_id}|{what}"
    pipeline.sadd(streams_key(namespace), sent.stream)
    pipeline.eval(
        _COUNT,
        3,
        since_key(namespace, sent.stream),
        counts,
        f"{counts}:told",
        field_of(sent, what),
        left_ms,
        KEPT_DAYS * DAY_MS // 1000,
        once,
    )


async def count(ledger: Client, namespace: str, what: What, sent: Sent, at_ms: int) -> None:
    """Count one; see `count_in`.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    pipeline = ledger.pipeline(transaction=False)
    count_in(pipeline, namespace, what, sent, at_ms)
    await pipeline.execute()


async def begin_anew(ledger: Client, namespace: str, stream: str, now_ms: int) -> None:
    """Have nothing of mails that left before now count any more.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    keys = (since_key(namespace, stream), counts_key(namespace, stream, day_of(now_ms)))
    await cast("Awaitable[Any]", ledger.eval(_BEGIN_ANEW, 2, *keys, str(now_ms)))


async def since_ms(ledger: Client, namespace: str, stream: str) -> int:
    """Since when a stream's mails count, epoch milliseconds; 0 where it was never resumed.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    call = ledger.get(since_key(namespace, stream))
    return int(cast("bytes | None", await cast("Awaitable[Any]", call)) or 0)


async def read_counts(
    ledger: Client, namespace: str, now_ms: int, days: int
) -> tuple[list[Counted], Mapping[str, int]]:
    """All that counts of the last days, today included, and each stream's `since_ms`.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    members = await cast("Awaitable[set[bytes]]", ledger.smembers(streams_key(namespace)))
    streams = sorted(member.decode() for member in members)
    if not streams:
        return [], {}
    today = day_of(now_ms)
    window = range(today - days + 1, today + 1)
    pipeline = ledger.pipeline(transaction=False)
    for stream in streams:
        pipeline.get(since_key(namespace, stream))
        for day in window:
            pipeline.hgetall(counts_key(namespace, stream, day))
    answers = iter(await cast("Awaitable[list[Any]]", pipeline.execute()))
    since: dict[str, int] = {}
    found: list[Counted] = []
    for stream in streams:
        since[stream] = int(next(answers) or 0)
        for day in window:
            stored = next(answers)
            if day >= day_of(since[stream]):
                found.extend(_counted(stream, day, stored.items()))
    return found, since


def _counted(stream: str, day: int, fields: Iterable[tuple[bytes, bytes]]) -> Iterable[Counted]:
    for field, count in fields:
        message, _, rest = field.decode().partition("|")
        provider, _, what = rest.partition("|")
        if what in WHATS:
            yield Counted(day, stream, message, provider, what, int(count))
