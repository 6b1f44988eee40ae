"""A domain's volume in the ledger Redis: what left today, who waits, where warm-ups stand.

Everything of a domain lies under one hash tag, so that a script may touch it on a cluster. Counts
are taken by script: of any number of processes none can have a mail leave above a budget.
"""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from runtime.redis_client import Client
from senders.guardrails.counts import KEPT_DAYS
from senders.volume.allowance import WEEK_DAYS, Budget, released
from senders.volume.curve import Step

CALLS: Final = 16
"""Mails that may be asking at once: a client has a hundred connections, and refuses any further."""
STALE_SECONDS: Final = 120
"""Who waits and hasn't asked for so long is taken to be gone."""
PARCEL: Final = 20
"""So many mails are counted at once where there is plenty of room."""
PLENTY: Final = 20
"""There is plenty where so many parcels are left of every budget, past those who go before."""
_KEPT_SECONDS: Final = KEPT_DAYS * 86_400
_RANKS: Final = 1_000

# Who waits stands in a budget's room by rank, and first come first within it: the score is the rank
# times 10^10, less the second they came (exact in a double). Another set says when each was seen.
#
# KEYS: the day's counters, then of each budget its room and when those in it were seen.
# ARGV: who asks, their rank, the second they came or 0, mails wanted, parcels that make plenty,
# whether to count, STALE_SECONDS, TTL, number of budgets, of each its counter and what is released,
# then the counters that a mail counts in.
# Returns how many mails may leave, 0 or more, the second they came, then of each budget what was
# used and who is ahead.
_TAKE = """
local who, rank, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local now = tonumber(redis.call('TIME')[1])
local came = tonumber(ARGV[3])
if came == 0 then came = now end
local budgets = tonumber(ARGV[9])
local free, plenty, answer, full, since = true, true, {0, 0}, {}, came
for i = 1, budgets do
  local counter, released = ARGV[8 + 2 * i], tonumber(ARGV[9 + 2 * i])
  local room, seen = KEYS[2 * i], KEYS[2 * i + 1]
  local gone = redis.call('ZRANGEBYSCORE', seen, '-inf', now - tonumber(ARGV[7]), 'LIMIT', 0, 500)
  if #gone > 0 then
    redis.call('ZREM', seen, unpack(gone))
    redis.call('ZREM', room, unpack(gone))
  end
  local used = tonumber(redis.call('HGET', KEYS[1], counter) or '0')
  local place = redis.call('ZSCORE', room, who) or string.format('%.0f', rank * 1e10 + 1e10 - came)
  local ahead = redis.call('ZCOUNT', room, '(' .. place, '+inf')
  if ahead >= released - used then
    free = false
    full[i] = place
  end
  if released - used - ahead < wanted * tonumber(ARGV[5]) then plenty = false end
  since = math.min(since, rank * 1e10 + 1e10 - tonumber(place))
  answer[1 + 2 * i] = used
  answer[2 + 2 * i] = ahead
end
for i = 1, budgets do
  local room, seen = KEYS[2 * i], KEYS[2 * i + 1]
  if full[i] and not free then
    redis.call('ZADD', room, full[i], who)
    redis.call('ZADD', seen, now, who)
    redis.call('EXPIRE', room, ARGV[8])
    redis.call('EXPIRE', seen, ARGV[8])
  else
    redis.call('ZREM', room, who)
    redis.call('ZREM', seen, who)
  end
end
if free then answer[1] = plenty and wanted or 1 end
answer[2] = since
if free and ARGV[6] == '1' then
  for i = 10 + 2 * budgets, #ARGV do redis.call('HINCRBY', KEYS[1], ARGV[i], answer[1]) end
  redis.call('EXPIRE', KEYS[1], ARGV[8])
end
return answer
"""
# KEYS: steps. ARGV: stream, what must stand there or empty for nothing, what shall.
_SWAP = """
if (redis.call('HGET', KEYS[1], ARGV[1]) or '') ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[3])
return 1
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What asking came to.

    Attributes:
        mails: How many may leave, and are counted where that was asked; 0 where one must wait.
        since: When who asks first came, seconds of Redis' clock.
        used: Of each budget, what had left or was counted before.
        ahead: Of each budget, how many of those who wait go before.
    """

    mails: int
    since: int
    used: list[int]
    ahead: list[int]


class VolumeStore:
    """The volume of one sending domain.

    Args:
        redis: The ledger Redis.
        namespace: Put before every key.
        domain: The sender's domain.
    """

    def __init__(self, redis: Client, namespace: str, domain: str) -> None:
        self._redis = redis
        self._tag = f"{{{namespace}volume:{domain}}}"
        self._take = redis.register_script(_TAKE)
        self._swap = redis.register_script(_SWAP)
        self._asking = asyncio.Semaphore(CALLS)

    async def take(
        self,
        who: str,
        engagement: float,
        budgets: Sequence[Budget],
        counters: Sequence[str],
        now_ms: int,
        *,
        day: int,
        parcel: int = PARCEL,
        since: int = 0,
        count: bool = True,
    ) -> Taken:
        """Count a mail, or several for a process, if there is room; else wait among the others.

        Who finds room waits no longer. Told to wait after all, they stand where they stood if they
        say since when.

        Args:
            who: Names who asks, the same whenever they ask again.
            engagement: 0 to 1; who is more engaged goes first.
            budgets: All must have room.
            counters: What a mail counts in.
            now_ms: The pipeline's time, epoch milliseconds.
            day: That time's, counted from 1970.
            parcel: How many to count at once where there is plenty of room.
            since: When they first came, as told before; 0 for now.
            count: Whether to; else it is only told whether there would be room.

        Raises:
            redis.exceptions.RedisError: Unanswered; it may have been counted.
        """
        keys = [self._used_key(day)]
        for budget in budgets:
            keys += self._room_keys(budget)
        rank = round(min(max(engagement, 0.0), 1.0) * _RANKS)
        args: list[Any] = [who, rank, since, parcel, PLENTY, int(count), STALE_SECONDS]
        args += [_KEPT_SECONDS, len(budgets)]
        for budget in budgets:
            args += [budget.counter, released(budget, now_ms)]
        async with self._asking:
            call = self._take(keys=keys, args=[*args, *counters])
            mails, came, *rest = await cast("Awaitable[list[int]]", call)
        return Taken(mails, came, rest[0::2], rest[1::2])

    async def leave(self, who: str, budgets: Sequence[Budget]) -> None:
        """Wait no longer.

        Raises:
            redis.exceptions.RedisError: Unanswered; they stand there until they are stale.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for budget in budgets:
            for key in self._room_keys(budget):
                pipeline.zrem(key, who)
        async with self._asking:
            await cast("Awaitable[Any]", pipeline.execute())

    async def give_back(self, day: int, counters: Iterable[str], mails: int) -> None:
        """Uncount mails that didn't leave.

        Raises:
            redis.exceptions.RedisError: Unanswered; they may stay counted.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for counter in counters:
            pipeline.hincrby(self._used_key(day), counter, -mails)
        async with self._asking:
            await cast("Awaitable[Any]", pipeline.execute())

    async def used(self, day: int) -> dict[str, int]:
        """What left on a day, by counter.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
        """
        return (await self._days([day]))[0]

    async def week(self, day: int) -> list[dict[str, int]]:
        """What left on each of the seven days before a day, by counter; the last one first.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
        """
        return await self._days(range(day - 1, day - 1 - WEEK_DAYS, -1))

    async def waiting(self, budgets: Iterable[Budget]) -> dict[str, int]:
        """How many wait, by budget.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
        """
        asked = list(budgets)
        pipeline = self._redis.pipeline(transaction=False)
        for budget in asked:
            pipeline.zcard(self._room_keys(budget)[0])
        found = await cast("Awaitable[list[int]]", pipeline.execute()) if asked else []
        return {budget.name: count for budget, count in zip(asked, found, strict=True)}

    async def steps(self) -> dict[str, Step]:
        """Where each warm-up stood last, by stream.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
        """
        call = self._redis.hgetall(f"{self._tag}:steps")
        stored = await cast("Awaitable[dict[bytes, bytes]]", call)
        return {name.decode(): Step.decode(step.decode()) for name, step in stored.items()}

    async def step(self, stream: str, before: Step | None, after: Step) -> bool:
        """Take a step, unless another process was there first.

        Raises:
            redis.exceptions.RedisError: Unanswered; asking again is safe.
        """
        args = [stream, before.encode() if before else "", after.encode()]
        call = self._swap(keys=[f"{self._tag}:steps"], args=args)
        return bool(await cast("Awaitable[int]", call))

    def _room_keys(self, budget: Budget) -> list[str]:
        """Who waits for a budget, and when each of them asked last."""
        return [f"{self._tag}:room:{budget.name}", f"{self._tag}:seen:{budget.name}"]

    def _used_key(self, day: int) -> str:
        return f"{self._tag}:used:{day}"

    async def _days(self, days: Iterable[int]) -> list[dict[str, int]]:
        pipeline = self._redis.pipeline(transaction=False)
        for day in days:
            pipeline.hgetall(self._used_key(day))
        answers = await cast("Awaitable[list[Mapping[bytes, bytes]]]", pipeline.execute())
        return [{name.decode(): int(n) for name, n in stored.items()} for stored in answers]
