"""How many decisions of this process wait long for each of the things one can wait for.

A paused stream, a used-up day or a provider's retries may gather any number. Held in memory they
would take every place there is, and nothing else could be read: past its share each has the
decision laid aside (`senders.reading.aside`), to be read again when there is room.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from senders.errors import CrowdedError

WAITING: Final = "waiting/"
"""Begins the key of what is waited for; no destination's (`senders.pace.destination`) does."""
LOOKS_PER_SECOND: Final = 500
"""So many of all that wait may look whether they still must."""


class Crowds:
    """Counts who waits.

    Args:
        most: Decisions that may wait for all things together.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._waiting: Counter[str] = Counter()
        self._total = 0

    @contextmanager
    def waiting(self, key: str, seconds: float) -> Iterator[None]:
        """Count one that waits. As at destinations one thing gets as many places as are free.

        Args:
            key: What for.
            seconds: How long it would wait.

        Raises:
            CrowdedError: Enough wait for it.
        """
        if self._waiting[key] >= max(1, self._most - self._total):
            raise CrowdedError(key, seconds)
        self._count(key, 1)
        try:
            yield
        finally:
            self._count(key, -1)

    def _count(self, key: str, change: int) -> None:
        self._total += change
        self._waiting[key] += change
        if not self._waiting[key]:
            del self._waiting[key]

    def room(self, key: str) -> int:
        """How many more may wait for it; 0 until many of those before are through."""
        waiting, free = self._waiting[key], self._most - self._total
        if waiting == 0:
            return max(1, free // 2)
        return (free - waiting) // 2 if 2 * waiting <= free else 0

    @property
    def look_seconds(self) -> float:
        """How often one of those who wait may look."""
        return self._total / LOOKS_PER_SECOND
