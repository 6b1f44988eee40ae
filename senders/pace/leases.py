"""Connections to a provider, counted over all processes: leases in the state Redis that run out.

A process holds a lease for each connection that it has open on the direct route and renews them
all from time to time. What a dead process held runs out by itself. The processes that lately asked
share the number evenly: one that came first must give way as its connections wear out.
"""

import math
from collections.abc import Awaitable
from dataclasses import dataclass, field
from typing import Any, Final, cast

from runtime.redis_client import Client
from senders.pace.throttle import MICROSECONDS, TIME_LUA

LEASE_SECONDS: Final = 30.0
RENEW_SECONDS: Final = 10.0

# KEYS: leases (lease to its end), processes (process to when it last asked). ARGV: process, lease,
# limit, length, and for tests the time; microseconds.
_TAKE = (
    TIME_LUA
    + """
local now, length = time_or(ARGV[5]), tonumber(ARGV[4])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - length)
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[2], math.ceil(length / 1000))
local held, limit, mine = redis.call('ZRANGE', KEYS[1], 0, -1), tonumber(ARGV[3]), 0
for _, lease in ipairs(held) do
  if string.sub(lease, 1, #ARGV[1] + 1) == ARGV[1] .. '/' then mine = mine + 1 end
end
local share = math.ceil(limit / redis.call('ZCARD', KEYS[2]))
if #held >= limit or mine >= share then return 0 end
redis.call('ZADD', KEYS[1], now + length, ARGV[2])
redis.call('PEXPIRE', KEYS[1], math.ceil(length / 1000))
return 1
"""
)

# KEYS as above. ARGV: process, length, the time or '', leases. Gives back those that had run out.
_RENEW = (
    TIME_LUA
    + """
local now, length, lost = time_or(ARGV[3] ~= '' and ARGV[3]), tonumber(ARGV[2]), {}
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('PEXPIRE', KEYS[2], math.ceil(length / 1000))
for at = 4, #ARGV do
  local ends = redis.call('ZSCORE', KEYS[1], ARGV[at])
  if ends and tonumber(ends) > now then
    redis.call('ZADD', KEYS[1], now + length, ARGV[at])
  else
    table.insert(lost, ARGV[at])
  end
end
redis.call('PEXPIRE', KEYS[1], math.ceil(length / 1000))
return lost
"""
)


@dataclass(slots=True)
class Lease:
    """The right to one connection.

    Attributes:
        key: The destination's.
        name: The lease's.
        until: When it surely still holds, by the caller's monotonic clock; an asked time earlier
            than Redis', so never later than what Redis has.
    """

    key: str
    name: str
    until: float


@dataclass(slots=True)
class Leases:
    """Takes, renews and gives back leases.

    Args:
        redis: The state Redis. Losing the leases lets more connections open for a moment.
        namespace: Put before every key.
        process: Names this process; no slash.
    """

    redis: Client
    namespace: str
    process: str
    _count: int = 0
    _take: Any = field(init=False)
    _renew: Any = field(init=False)

    def __post_init__(self) -> None:
        self._take = self.redis.register_script(_TAKE)
        self._renew = self.redis.register_script(_RENEW)

    async def take(
        self, key: str, limit: int, monotonic: float, now_us: int | None = None
    ) -> Lease | None:
        """Take a lease; None where as many are out as may be, or as this process may have.

        Args:
            key: The destination's.
            limit: Most connections at once, over all processes.
            monotonic: The caller's time, seconds, from before the call.
            now_us: The time instead of Redis' own; for tests.

        Raises:
            redis.exceptions.RedisError: The store doesn't answer.
        """
        self._count += 1
        lease = Lease(key, f"{self.process}/{self._count}", monotonic + LEASE_SECONDS)
        args: list[Any] = [self.process, lease.name, limit, int(LEASE_SECONDS * MICROSECONDS)]
        if now_us is not None:
            args.append(now_us)
        given = await cast("Awaitable[Any]", self._take(keys=self._keys(key), args=args))
        return lease if given else None

    async def renew(
        self, key: str, leases: list[Lease], monotonic: float, now_us: int | None = None
    ) -> None:
        """Renew leases of one destination; one that had run out is over at once.

        Raises:
            redis.exceptions.RedisError: The store doesn't answer.
        """
        time_us = "" if now_us is None else str(now_us)
        length = int(LEASE_SECONDS * MICROSECONDS)
        args = [self.process, length, time_us, *(lease.name for lease in leases)]
        lost = await cast("Awaitable[Any]", self._renew(keys=self._keys(key), args=args))
        gone = {name.decode() for name in lost}
        for lease in leases:
            lease.until = -math.inf if lease.name in gone else monotonic + LEASE_SECONDS

    async def give_back(self, lease: Lease) -> None:
        """Give a lease back before it runs out.

        Raises:
            redis.exceptions.RedisError: The store doesn't answer; it runs out by itself.
        """
        call = self.redis.zrem(self._keys(lease.key)[0], lease.name)
        await cast("Awaitable[Any]", call)

    def _keys(self, key: str) -> list[str]:
        start = f"{self.namespace}pace:{{{key}}}:"
        return [f"{start}leases", f"{start}processes"]
