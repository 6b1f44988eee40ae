"""A journal partition's state in Redis, behind a fence.

Everything of partition 7 lives under one hash tag (`{p7}`), so one script can write profiles,
contacts, timers, offset and outbox atomically, on Redis Cluster too. A write passes only with the
fence its worker took, at the offset and commit number it builds on: a worker that lost the
partition, or whose Redis lost writes, is refused.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from models import decay
from models.offers.spent import Spent, from_text
from runtime.redis_client import Client
from schemas.errors import StopError
from schemas.keys import (
    codes_key,
    free_codes_key,
    meta_key,
    outbox_key,
    timers_key,
    waiting_key,
)
from streams.commit import Commit, Leaving, decode_leaving
from streams.errors import FencedError, ForeignStateError
from streams.pending import SPENT

_LUA = Path(__file__).parent / "lua"
_RETRY_PAUSE_SECONDS = 0.2
_WRITTEN = (meta_key, timers_key, outbox_key, codes_key, free_codes_key, waiting_key)
"""The keys that every write may touch, in the order in which the script expects them."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a partition stood when it was taken.

    Attributes:
        offset: The journal offset to go on from.
        clock_ms: The driven clock as of then, epoch milliseconds; 0 before the first tick.
        sources: Source stream to the highest offset applied.
        outbox: Records that may not have left yet, by sequence number, in order.
        discounts: The level of what offers have taken off; see `models.offers.budget`.
        spent: What was given of each offer's codes; see `models.offers.spent`.
        campaigns: How far campaigns have come, by name; see `streams.reach`.
    """

    offset: int
    clock_ms: int
    sources: dict[str, int]
    outbox: dict[int, Leaving]
    discounts: float = decay.EMPTY
    spent: dict[str, Spent] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class PartitionState:
    """One partition's state, taken over with `take` and written with `commit`.

    Attributes:
        redis: Client of the state Redis.
        tag: The partition's hash tag, braces included.
        generation: The consumer group's generation this worker has the partition under.
        identity: What the state belongs to, by field name: cluster and journal ids.
        patience_seconds: How long a commit is retried while Redis doesn't answer.
    """

    redis: Client
    tag: str
    generation: int
    identity: Mapping[str, str]
    patience_seconds: float = 30.0
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    _commits: int = 0
    _take: Any = None
    _commit: Any = None

    def __post_init__(self) -> None:
        self._take = self.redis.register_script((_LUA / "take.lua").read_text())
        self._commit = self.redis.register_script((_LUA / "commit.lua").read_text())

    async def take(self) -> Found:
        """Fence out every earlier owner and read where the partition stands.

        Raises:
            FencedError: A later generation has the partition already.
            ForeignStateError: The state belongs to another cluster or journal.
            StopError: Redis didn't answer within `patience_seconds`.
        """
        identity = [item for pair in self.identity.items() for item in pair]
        keys = [meta_key(self.tag), outbox_key(self.tag)]
        taking = [self.generation, self.token, *identity]
        answer = await self._patiently(lambda: self._take(keys=keys, args=taking), "taken over")
        status = answer[0].decode()
        if status == "lower_generation":
            raise FencedError(
                self.tag,
                f"generation {self.generation} is below the stored {answer[1].decode()} (if the "
                f"consumer group was deleted, remove the field with "
                f"'HDEL {meta_key(self.tag)} generation')",
            )
        if status == "foreign":
            name = answer[1].decode()
            raise ForeignStateError(self.tag, name, answer[2].decode(), self.identity[name])
        return self._found(_pairs(answer[1]), _pairs(answer[2]))

    def _found(self, meta: dict[bytes, bytes], outbox: dict[bytes, bytes]) -> Found:
        self._commits = int(meta.get(b"commits", b"0"))
        return Found(
            offset=int(meta.get(b"offset", b"0")),
            clock_ms=int(meta.get(b"clock", b"0")),
            sources={
                name[4:].decode(): int(value)
                for name, value in meta.items()
                if name.startswith(b"src:")
            },
            outbox={
                sequence: decode_leaving(data)
                for sequence, data in sorted((int(k), v) for k, v in outbox.items())
            },
            discounts=float(meta.get(b"discounts", decay.EMPTY)),
            spent={
                name.decode().removeprefix(SPENT): from_text(value)
                for name, value in meta.items()
                if name.startswith(SPENT.encode())
            },
            campaigns={
                name[9:].decode(): value.decode()
                for name, value in meta.items()
                if name.startswith(b"campaign:")
            },
        )

    async def commit(self, write: Commit) -> None:
        """Write everything or nothing; repeats itself while Redis doesn't answer.

        A repeat is harmless: the script recognises its own commit number.

        Raises:
            FencedError: The partition is another's, or its state isn't what this write builds on.
            StopError: Redis didn't answer within `patience_seconds`.
        """
        number = self._commits + 1
        keys = [*(name(self.tag) for name in _WRITTEN), *write.values]
        arguments = write.arguments(self.token, number)
        answer = await self._patiently(lambda: self._commit(keys=keys, args=arguments), "written")
        if answer[0] != b"ok":
            raise FencedError(self.tag, answer[1].decode())
        self._commits = number

    async def _patiently(self, ask: Callable[[], Awaitable[Any]], purpose: str) -> Any:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self.patience_seconds
        while True:
            try:
                return await ask()
            except (RedisConnectionError, RedisTimeoutError, OSError) as error:
                if loop.time() >= deadline:
                    raise StopError(
                        f"Redis did not answer for {self.patience_seconds:g} s while {self.tag} "
                        f"was to be {purpose}: {error}. Check NEXTBEST_REDIS__STATE_URL and the "
                        "server; the worker goes on where it stands when started again."
                    ) from error
                await asyncio.sleep(_RETRY_PAUSE_SECONDS)
            except RedisError as error:
                raise StopError(
                    f"Redis refused that {self.tag} be {purpose}: {error}. Check its memory limit "
                    "and the user's rights."
                ) from error

    async def verify(self, offset: int) -> None:
        """Make sure that the state still is what was written last.

        An idle partition would otherwise not notice a Redis that lost its last second.

        Raises:
            FencedError: It is another's, or went back.
        """
        meta = meta_key(self.tag)
        fields = ["token", "offset", "commits"]
        found = await self._patiently(lambda: self.redis.hmget(meta, fields), "read")
        token, stored, commits = (value.decode() if value else "0" for value in found)
        if token != self.token or int(stored) != offset or int(commits) != self._commits:
            raise FencedError(self.tag, f"stored offset {stored}, commit {commits}")

    async def load(self, keys: Sequence[str]) -> list[bytes | None]:
        """Read values by key in one round trip; None where there is none."""
        if not keys:
            return []
        found = await self._patiently(lambda: self.redis.mget(keys), "read")
        return cast(list[bytes | None], found)

    async def due_timers(self, until_ms: int, limit: int) -> list[tuple[str, int]]:
        """List timers due by `until_ms`, earliest first, ties by name.

        Returns:
            Member and due time in epoch milliseconds, at most `limit`.
        """
        timers = timers_key(self.tag)
        rows = await self._patiently(
            lambda: self.redis.zrangebyscore(
                timers, "-inf", until_ms, start=0, num=limit, withscores=True
            ),
            "read",
        )
        return [(member.decode(), int(due)) for member, due in rows]

    async def next_due_ms(self) -> int | None:
        """Tell when the earliest timer falls due, epoch milliseconds; None without timers."""
        timers = timers_key(self.tag)
        rows = await self._patiently(
            lambda: self.redis.zrange(timers, 0, 0, withscores=True), "read"
        )
        return int(rows[0][1]) if rows else None

    async def codes(self, wanted: Sequence[str]) -> list[bytes | None]:
        """Read the states of single-use codes; None where one is not known."""
        found = await self._patiently(
            lambda: self.redis.hmget(codes_key(self.tag), list(wanted)), "read"
        )
        return cast(list[bytes | None], found)

    async def free_codes(self, low: str, high: str, limit: int) -> tuple[list[str], int]:
        """Read the first free codes of a span, as `models.offers.code.span` gives it.

        Returns:
            At most `limit` places, in order, and how many there are in all.
        """
        key = free_codes_key(self.tag)

        async def ask() -> tuple[list[bytes], int]:
            pipeline = self.redis.pipeline(transaction=False)
            pipeline.zrangebylex(key, f"[{low}", f"({high}", start=0, num=limit)
            pipeline.zlexcount(key, f"[{low}", f"({high}")
            first, count = await pipeline.execute()
            return first, count

        first, count = await self._patiently(ask, "read")
        return [place.decode() for place in first], int(count)

    async def some_codes(self, cursor: int, about: int) -> tuple[int, dict[bytes, bytes]]:
        """Read about so many codes from where the last call ended; a cursor of 0 begins anew."""
        key = codes_key(self.tag)
        after, found = await self._patiently(
            lambda: self.redis.hscan(key, cursor, count=about), "read"
        )
        return int(after), found

    async def waiting(self, first: str, last: str, limit: int) -> list[str]:
        """List members of the waiting list, in the order of their bytes.

        Args:
            first: Where to begin, as ZRANGEBYLEX has it: `[` or `(` and a member, or `-`.
            last: Where to end, likewise, or `+`.
            limit: Most members.
        """
        key = waiting_key(self.tag)
        found = await self._patiently(
            lambda: self.redis.zrangebylex(key, first, last, start=0, num=limit), "read"
        )
        return [member.decode() for member in found]

    async def count_waiting(self, first: str, last: str) -> int:
        """Count members of the waiting list between two, as ZLEXCOUNT has it."""
        key = waiting_key(self.tag)
        return int(await self._patiently(lambda: self.redis.zlexcount(key, first, last), "read"))


def _pairs(flat: Sequence[bytes] | Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """RESP2 answers a hash inside a script as a flat list, RESP3 too; a map where it is one."""
    if isinstance(flat, Mapping):
        return dict(flat)
    return dict(zip(flat[::2], flat[1::2], strict=True))
