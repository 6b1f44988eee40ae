"""What time it is: the machine's, or what the driver of a run left in the state Redis.

Logic gets its time passed in; only roles ask for it.
"""

import time

from runtime.redis_client import Client
from schemas.errors import RetryError
from schemas.keys import clock_key


class ClockNotSetError(RetryError):
    """The driven clock has not been set yet; it will be with the first tick."""


class WallClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Give the time, epoch milliseconds."""
        return time.time_ns() // 1_000_000


async def read_driven_ms(client: Client, namespace: str) -> int:
    """Read the driven clock from the state Redis, epoch milliseconds.

    Raises:
        ClockNotSetError: No tick has come yet.

    """
    return driven_ms(await client.get(clock_key(namespace)), namespace)


def driven_ms(stored: bytes | str | None, namespace: str) -> int:
    """The driven clock as it is stored, epoch milliseconds.

    Raises:
        ClockNotSetError: No tick has come yet.
    """
    if stored is None:
        raise ClockNotSetError(f"the driven clock ({clock_key(namespace)}) has had no tick yet")
    return int(stored)


async def write_driven_ms(client: Client, namespace: str, at_ms: int) -> None:
    """Set the driven clock in the state Redis; for whoever drives it, before the ticks leave."""
    await client.set(clock_key(namespace), at_ms)
