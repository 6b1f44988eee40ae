"""A session as far as it has come, and what predicts how it goes on."""

from collections.abc import Collection
from typing import Protocol

LAST = 50
"""Most events of a session that are kept in their order."""


class Visit:
    """One session so far.

    Attributes:
        key: Its name.
        last: Its last events, the last one last.
        times: How often it has had each item.
    """

    __slots__ = ("key", "last", "times")

    def __init__(self, key: str) -> None:
        self.key = key
        self.last: list[str] = []
        self.times: dict[str, int] = {}

    def append(self, item: str) -> None:
        """Note its next event."""
        self.last.append(item)
        if len(self.last) > LAST:
            del self.last[0]
        self.times[item] = self.times.get(item, 0) + 1


class Predictor(Protocol):
    """Says what comes next, and learns what came."""

    def rank(self, visit: Visit, count: int, barred: Collection[str]) -> list[str]:
        """The items most likely to come next, the likeliest first.

        Args:
            visit: A session with at least one event.
            count: How many at most.
            barred: What must not be among them.
        """

    def learn(self, visit: Visit, item: str) -> None:
        """Learn the next event of a session; it is not yet part of `visit`."""
