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

import msgspec

from runtime.redis_client import Client
from runtime.redis_line import Command
from senders.links.sent import Sent

What = Literal["accepted", "hard_bounce", "soft_bounce", "complaint", "unsubscribe"]
WHATS: Final = frozenset(get_args(What))
DAY_MS: Final = 86_400_000
KEPT_DAYS: Final = 45
_KEPT_SECONDS: Final = KEPT_DAYS * DAY_MS // 1000

# KEYS: the day's counts, the day's mails of which something came back. ARGV: the field, the mail
# and what came back of it, TTL in seconds, whether it counts (1 or 0).
_COUNT_ONCE = """
if redis.call('SADD', KEYS[2], ARGV[2]) == 0 then return 0 end
redis.call('EXPIRE', KEYS[2], ARGV[3])
redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Counted:
    """One counter, over some days.

    Attributes:
        stream: The message stream.
        message: The message's name.
        provider: The mailbox provider's class.
        what: What is counted.
        by_day: How often on each day, counted from 1970, UTC.
    """

    stream: str
    message: str
    provider: str
    what: str
    by_day: Mapping[int, int]

    @property
    def count(self) -> int:
        """How often on all of the days."""
        return sum(self.by_day.values())


def day_of(at_ms: int) -> int:
    """The day, counted from 1970, UTC."""
    return at_ms // DAY_MS


def left_ms(sent: Sent, at_ms: int) -> int:
    """When a mail left; where it isn't known, when something of it was told."""
    return sent.at_ms or at_ms


def counts_key(namespace: str, stream: str, day: int) -> str:
    """Where a stream's counts of a day live."""
    return f"{namespace}counts:{stream}:{day}"


def streams_key(namespace: str) -> str:
    """The set of streams of which anything was counted."""
    return f"{namespace}streams"


def resumed_key(namespace: str) -> str:
    """The hash of when each stream was resumed, with that day's counts of before."""
    return f"{namespace}resumed"


def field_of(sent: Sent, what: What) -> str:
    """The field that counts it."""
    return f"{sent.message}|{sent.provider}|{what}"


def counting(namespace: str, what: What, sent: Sent, at_ms: int) -> list[Command]:
    """What counts it, to be said to the ledger along with other things.

    For what is told once only, such as that a mail was accepted; see `count` for what comes back.
    """
    key = counts_key(namespace, sent.stream, day_of(left_ms(sent, at_ms)))
    return [
        ("SADD", streams_key(namespace), sent.stream),
        ("HINCRBY", key, field_of(sent, what), 1),
        ("EXPIRE", key, _KEPT_SECONDS),
    ]


async def count(ledger: Client, namespace: str, what: What, sent: Sent, at_ms: int) -> bool:
    """Count what came back of a mail, once; False where that was told before.

    A mail that left before its stream was resumed is noted, and counts for nothing.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        what: What came back.
        sent: The mail.
        at_ms: When it was first told, by the pipeline's clock, epoch milliseconds.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    at_ms = left_ms(sent, at_ms)
    counts = int(at_ms >= await since_ms(ledger, namespace, sent.stream))
    await ledger.sadd(streams_key(namespace), sent.stream)
    key = counts_key(namespace, sent.stream, day_of(at_ms))
    # A hash tag that is the counts' whole key places both in one slot of a cluster.
    keys, once = (key, f"{{{key}}}:told"), f"{sent.decision_id}|{what}"
    arguments = (field_of(sent, what), once, str(_KEPT_SECONDS), counts)
    return bool(await ledger.eval(_COUNT_ONCE, 2, *keys, *arguments))


class _Resumed(msgspec.Struct, array_like=True):
    at_ms: int
    before: dict[str, int] = {}


async def begin_anew(ledger: Client, namespace: str, stream: str, now_ms: int) -> None:
    """Have nothing of mails that left before now count any more.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    call = ledger.hgetall(counts_key(namespace, stream, day_of(now_ms)))
    found = await cast("Awaitable[dict[bytes, bytes]]", call)
    before = {field.decode(): int(count) for field, count in found.items()}
    value = msgspec.json.encode(_Resumed(now_ms, before)).decode()
    await cast("Awaitable[Any]", ledger.hset(resumed_key(namespace), stream, value))


async def since_ms(ledger: Client, namespace: str, stream: str) -> int:
    """Since when a stream's mails count, epoch milliseconds; 0 where it was never resumed.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    call = ledger.hget(resumed_key(namespace), stream)
    stored = cast("bytes | None", await cast("Awaitable[Any]", call))
    return _resumed(stored).at_ms


def _resumed(stored: bytes | None) -> _Resumed:
    return msgspec.json.decode(stored, type=_Resumed) if stored else _Resumed(0)


async def read_counts(
    ledger: Client, namespace: str, now_ms: int, days: int
) -> tuple[list[Counted], Mapping[str, int]]:
    """All that counts of the last days, today included, and each stream's `since_ms`.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    pipeline = ledger.pipeline(transaction=False)
    pipeline.smembers(streams_key(namespace))
    pipeline.hgetall(resumed_key(namespace))
    members, stored = await cast("Awaitable[list[Any]]", pipeline.execute())
    resumed = {name.decode(): _resumed(value) for name, value in stored.items()}
    streams = sorted(member.decode() for member in members)
    window = range(day_of(now_ms) - days + 1, day_of(now_ms) + 1)
    asked = [
        (stream, day)
        for stream in streams
        for day in window
        if stream not in resumed or day >= day_of(resumed[stream].at_ms)
    ]
    pipeline = ledger.pipeline(transaction=False)
    for stream, day in asked:
        pipeline.hgetall(counts_key(namespace, stream, day))
    answers = await cast("Awaitable[list[Any]]", pipeline.execute()) if asked else []
    # By field before anything is made of it: there may be tens of thousands of numbers.
    found: dict[str, dict[bytes, dict[int, int]]] = {stream: {} for stream in streams}
    for (stream, day), counts in zip(asked, answers, strict=True):
        fields, since = found[stream], resumed.get(stream)
        before = since.before if since and day == day_of(since.at_ms) else {}
        for field, count in counts.items():
            left = int(count) - (before.get(field.decode(), 0) if before else 0)
            if left > 0:
                fields.setdefault(field, {})[day] = left
    counted = [each for stream, fields in found.items() for each in _counted(stream, fields)]
    return counted, {stream: since.at_ms for stream, since in resumed.items()}


def _counted(stream: str, fields: Mapping[bytes, Mapping[int, int]]) -> Iterable[Counted]:
    for field, by_day in fields.items():
        message, _, rest = field.decode().partition("|")
        provider, _, what = rest.partition("|")
        if what in WHATS:
            yield Counted(stream, message, provider, what, by_day)
