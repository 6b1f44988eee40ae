"""The pace at which mail may leave and connections open: one limit each, shared by all processes.

The generic cell rate algorithm (ITU-T I.371, annex A; as a rate limiter:
https://brandur.org/rate-limiting): one stored number, the theoretical arrival time (TAT), says
when the next mail would arrive at the exact rate. A mail may leave if it comes at most the
tolerance before that. In every window of t seconds at most `rate * t + burst` mails leave, whoever
asks, since the decision and the write are one script on Redis' own clock.

A throttled destination (`senders.pace.throttle`) has its mails counted further apart, against the
same tolerance: rate and burst shrink together, and the bound above holds all the more.
"""

import math
from dataclasses import dataclass
from hashlib import sha1
from typing import Final, Literal

from runtime.redis_client import Client
from senders.asking import Asker
from senders.pace.throttle import FACTOR_LUA, MICROSECONDS, TIME_LUA, throttle_key

# KEYS: the TAT, the throttle. ARGV: emission interval, tolerance, and for tests the time; all
# microseconds. Lua's numbers are doubles: microseconds since 1970 stay exact until the year 2255.
SCRIPT = (
    TIME_LUA
    + FACTOR_LUA
    + """
local now = time_or(ARGV[3])
local interval = math.ceil(tonumber(ARGV[1]) / factor_at(KEYS[2], now))
local tat = tonumber(redis.call('GET', KEYS[1])) or now
if tat < now then tat = now end
local wait = tat - tonumber(ARGV[2]) - now
if wait > 0 then return {wait, now} end
tat = tat + interval
redis.call('SET', KEYS[1], string.format('%.0f', tat), 'PX', math.ceil((tat - now) / 1000) + 1000)
return {0, now}
"""
)

What = Literal["mails", "connections"]


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


_SCRIPT_SHA: Final = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Said:
    """What the limit said.

    Attributes:
        wait_us: 0 where it may happen now and is counted; else microseconds to wait.
        at_us: When, by Redis' clock, epoch microseconds.
    """

    wait_us: int
    at_us: int


class Pacer:
    """Asks the shared limits.

    Args:
        redis: The state Redis. Losing the numbers costs at most one more burst, so they need no
            durability.
        namespace: Put before every key.
        asker: Asks it; one of its own by default.
    """

    def __init__(self, redis: Client, namespace: str, asker: Asker | None = None) -> None:
        self._namespace = namespace
        self._asker = asker or Asker(redis, "state")

    async def ask(
        self, key: str, pace: Pace, what: What = "mails", now_us: int | None = None
    ) -> Said:
        """Ask whether it may happen now; only then it is counted.

        Args:
            key: The destination's.
            pace: Its limit.
            what: What happens.
            now_us: The time instead of Redis' own, epoch microseconds; for tests.

        Raises:
            StoreAwayError: The limit can't be asked; nothing may leave.
        """
        args = [pace.interval_us, pace.tolerance_us]
        if now_us is not None:
            args.append(now_us)
        keys = [f"{self._namespace}pace:{{{key}}}:{what}", throttle_key(self._namespace, key)]
        wait_us, at_us = await self._asker.run(SCRIPT, _SCRIPT_SHA, keys, args)
        return Said(int(wait_us), int(at_us))
