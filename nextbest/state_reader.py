"""Reading the state Redis for the commands that show it; never writing."""

from dataclasses import asdict, dataclass
from typing import Any, cast

from models.person import encoding
from models.person.profile import readable
from nextbest.connections import codec, open_state
from runtime.redis_client import Client, get_bytes
from runtime.settings import Settings
from schemas.keys import contact_key, journal_partition, profile_key, state_tag, timers_key
from streams.pending import TIMER_SEPARATOR, split_timer


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer as stored; `due_ms` in epoch milliseconds."""

    due_ms: int
    name: str
    subscriber: str
    partition: int

    def as_dict(self) -> dict[str, Any]:
        """Give the fields by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of a subscriber."""

    partition: int
    profile_bytes: int
    profile: dict[str, Any]
    contact: dict[str, Any] | None
    timers: list[Timer]


async def read_subscriber(settings: Settings, subscriber: str) -> Found | None:
    """Read everything known of a subscriber; None where nothing is.

    Raises:
        RedisAwayError: The state doesn't answer.
        StopError: The profile was written by a newer version.
    """
    partition = journal_partition(subscriber, settings.kafka.journal_partitions)
    tag = state_tag(settings.namespace, partition)
    async with open_state(settings) as state:
        stored = await get_bytes(state, profile_key(tag, subscriber))
        contact = await get_bytes(state, contact_key(tag, subscriber))
        if stored is None and contact is None:
            return None
        timers = await _timers_of(state, settings.namespace, partition, subscriber)
    return Found(
        partition,
        len(stored or b""),
        readable(encoding.decode(stored)) if stored is not None else {},
        codec(settings).decode(contact)[1] if contact is not None else None,
        timers,
    )


async def read_timers(
    settings: Settings, *, subscriber: str | None, before_ms: int | None, limit: int
) -> list[Timer]:
    """Read timers in the order in which they fall due.

    Args:
        settings: All settings.
        subscriber: Only this one's; None for everyone's.
        before_ms: Only those due before, epoch milliseconds; None for all.
        limit: At most so many.

    Raises:
        RedisAwayError: The state doesn't answer.
    """
    partitions = settings.kafka.journal_partitions
    found: list[Timer] = []
    async with open_state(settings) as state:
        if subscriber is not None:
            partition = journal_partition(subscriber, partitions)
            found = await _timers_of(state, settings.namespace, partition, subscriber)
            found = [timer for timer in found if before_ms is None or timer.due_ms < before_ms]
        else:
            for partition in range(partitions):
                found += await _first_timers(state, settings.namespace, partition, before_ms, limit)
    return sorted(found, key=lambda timer: (timer.due_ms, timer.name, timer.subscriber))[:limit]


async def _first_timers(
    state: Client, namespace: str, partition: int, before_ms: int | None, limit: int
) -> list[Timer]:
    before = "+inf" if before_ms is None else f"({before_ms}"
    rows = await cast(
        "Any",
        state.zrangebyscore(
            timers_key(state_tag(namespace, partition)),
            "-inf",
            before,
            start=0,
            num=limit,
            withscores=True,
        ),
    )
    return [_timer(member, due, partition) for member, due in rows]


async def _timers_of(state: Client, namespace: str, partition: int, subscriber: str) -> list[Timer]:
    key = timers_key(state_tag(namespace, partition))
    escaped = "".join(f"\\{c}" if c in "*?[]\\^-" else c for c in subscriber)
    pattern = f"*{TIMER_SEPARATOR}{escaped}"
    rows = [row async for row in state.zscan_iter(key, match=pattern, count=1000)]
    found = {_timer(member, due, partition) for member, due in rows}
    return sorted(found, key=lambda timer: (timer.due_ms, timer.name))


def _timer(member: bytes, due: float, partition: int) -> Timer:
    name, subscriber = split_timer(member.decode())
    return Timer(int(due), name, subscriber, partition)
