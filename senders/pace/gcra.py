"""The pace at which mail may leave: one limit per mailbox provider, shared by all processes.

The generic cell rate algorithm (ITU-T I.371, annex A; as a rate limiter:
https://brandur.org/rate-limiting): one stored number, the theoretical arrival time (TAT), says
when the next mail would arrive at the exact rate. A mail may leave if it comes at most the
tolerance before that. In every window of t seconds at most `rate * t + burst` mails leave, whoever
asks, since the decision and the write are one script on Redis' own clock.
"""

import math
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

from runtime.redis_client import Client

MICROSECONDS = 1_000_000

# KEYS[1] the TAT. ARGV: emission interval, tolerance, and for tests the time; all microseconds.
# Lua's numbers are doubles: microseconds since 1970 stay exact until the year 2255.
SCRIPT = """
local now = tonumber(ARGV[3])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000000 + time[2]
end
local interval = tonumber(ARGV[1])
local tat = tonumber(redis.call('GET', KEYS[1])) or now
if tat < now then tat = now end
local wait = tat - tonumber(ARGV[2]) - now
if wait > 0 then return wait end
tat = tat + interval
redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
return 0
"""


@dataclass(frozen=True, slots=True)
class Pace:
    """A rate with a burst.

    Attributes:
        interval_us: Microseconds from one mail to the next at the exact rate.
        tolerance_us: How far ahead of the exact rate a mail may leave, microseconds.
    """

    interval_us: int
    tolerance_us: int

    @classmethod
    def of(cls, per_second: float, burst: int) -> "Pace":
        """The pace for `per_second` mails a second and `burst` at once.

        The interval is rounded up to whole microseconds, so the rate is never exceeded.
        """
        interval = max(1, math.ceil(MICROSECONDS / per_second))
        return cls(interval, (burst - 1) * interval)


class Pacer:
    """Asks the shared limit.

    Args:
        redis: The state Redis. Losing the number costs at most one more burst, so it needs no
            durability.
        namespace: Put before every key.
        pace: The limit of every provider.
    """

    def __init__(self, redis: Client, namespace: str, pace: Pace) -> None:
        self._namespace = namespace
        self._pace = pace
        self._script = redis.register_script(SCRIPT)

    async def wait_us(self, provider: str, now_us: int | None = None) -> int:
        """0 where a mail may leave now and is counted; else microseconds to wait, nothing counted.

        Args:
            provider: The rate class.
            now_us: The time instead of Redis' own, epoch microseconds; for tests.

        Raises:
            redis.exceptions.RedisError: The limit can't be asked; nothing may leave.
        """
        args = [self._pace.interval_us, self._pace.tolerance_us]
        if now_us is not None:
            args.append(now_us)
        key = f"{self._namespace}pace:{provider}"
        return int(await cast("Awaitable[Any]", self._script(keys=[key], args=args)))
