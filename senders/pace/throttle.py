"""How far a provider is slowed by its own replies, shared by all processes, healing by time.

A provider that asks for less gets half, and half again, down to `FLOOR`. What slowed it heals by
time alone. For `SETTLE` after a slowing further replies don't count: they answer mails that left
before it or before it could show. So a slowing can't bring about the next one.

The factor is worked out from two stored numbers wherever it is needed; the pace's script
(`senders.pace.gcra`) does so in the moment it counts a mail, so a slowing holds for every process
from its next mail on.
"""

from collections.abc import Awaitable, Sequence
from typing import Any, Final, cast

from runtime.redis_client import Client

MICROSECONDS: Final = 1_000_000
FLOOR: Final = 1 / 64
SETTLE_US: Final = 30 * MICROSECONDS
"""Servers count by windows of about a minute: that long they may go on refusing."""
HEAL_US: Final = 30 * 60 * MICROSECONDS
"""From nothing to the full rate, after settling."""

TIME_LUA = """
local function time_or(given)
  if given then return tonumber(given) end
  local time = redis.call('TIME')
  return time[1] * 1000000 + time[2]
end
"""

# The factor at a time, from the hash in a key; the same as `factor_at`.
FACTOR_LUA = f"""
local function factor_at(key, now)
  local kept = redis.call('HMGET', key, 'factor', 'at')
  if not kept[1] then return 1.0 end
  local healing = math.max(0, now - tonumber(kept[2]) - {SETTLE_US})
  return math.min(1.0, tonumber(kept[1]) + healing / {HEAL_US})
end
"""

# KEYS[1] the throttle. ARGV: when the mail that was answered had its turn; for tests the time.
SLOW = (
    TIME_LUA
    + FACTOR_LUA
    + f"""
local now = time_or(ARGV[2])
local last = redis.call('HGET', KEYS[1], 'at')
if last and tonumber(ARGV[1]) <= tonumber(last) + {SETTLE_US} then return 0 end
local factor = math.max({FLOOR}, factor_at(KEYS[1], now) / 2)
redis.call('HSET', KEYS[1], 'factor', string.format('%.9f', factor),
  'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], {(SETTLE_US + HEAL_US) // 1000 + 1000})
return 1
"""
)


def throttle_key(namespace: str, key: str) -> str:
    """Where a destination's throttle lives, beside its pace."""
    return f"{namespace}pace:{{{key}}}:throttle"


def factor_at(factor: float, slowed_at_us: int, now_us: int) -> float:
    """The share of the rate that is left, 0 to 1.

    Args:
        factor: What it was slowed to.
        slowed_at_us: When, epoch microseconds.
        now_us: The time, epoch microseconds.
    """
    healing = max(0, now_us - slowed_at_us - SETTLE_US)
    return min(1.0, factor + healing / HEAL_US)


class Throttle:
    """Slows destinations, and tells how slow they are.

    Args:
        redis: The state Redis. Losing what it knows costs a few more refusals.
        namespace: Put before every key.
    """

    def __init__(self, redis: Client, namespace: str) -> None:
        self._redis = redis
        self._namespace = namespace
        self._slow = redis.register_script(SLOW)

    async def slow(self, key: str, turn_us: int, now_us: int | None = None) -> bool:
        """Halve a destination's rate, for a reply to a mail.

        Args:
            key: The destination's.
            turn_us: When that mail had its turn, by Redis' clock, epoch microseconds.
            now_us: The time instead of Redis' own; for tests.

        Returns:
            Whether it was slowed; not where the mail left before the last slowing had settled.

        Raises:
            redis.exceptions.RedisError: It could not be noted.
        """
        args = [turn_us] if now_us is None else [turn_us, now_us]
        call = self._slow(keys=[throttle_key(self._namespace, key)], args=args)
        return bool(await cast("Awaitable[Any]", call))

    async def factors(self, keys: Sequence[str], now_us: int) -> list[float]:
        """The share of its rate that each destination has now.

        Raises:
            redis.exceptions.RedisError: The store doesn't answer.
        """
        pipeline = self._redis.pipeline(transaction=False)
        for key in keys:
            pipeline.hmget(throttle_key(self._namespace, key), ["factor", "at"])
        found = await cast("Awaitable[Any]", pipeline.execute())
        return [
            1.0 if factor is None else factor_at(float(factor), int(at), now_us)
            for factor, at in found
        ]
