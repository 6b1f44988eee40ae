"""The wall clock, in one place, so that nothing else in this house asks for the time."""

import time


def wall_ms() -> int:
    """Return the wall clock, epoch milliseconds."""
    return time.time_ns() // 1_000_000
