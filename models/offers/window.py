"""The first free codes of an offer, in the order in which they are given; the rest is in the store.

The soonest to expire goes first, ties by code, so that the same history gives the same codes. A
window that holds all there are says so; one that doesn't is filled again before it runs short.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import Final

from models import bounds
from models.offers.code import NEVER_MS

SIZE: Final = 256
"""Codes read into a window at once; it never grows beyond twice as many."""
MARGIN: Final = bounds.FLOWS
"""Codes that must be at hand before a step: it decides for each flow at most once."""

Place = tuple[int, str]
"""When a code expires, epoch milliseconds, and the code."""


class Window:
    """One offer's window in one partition.

    Args:
        life_ms: How long a code must be good from the moment it is reserved.
    """

    def __init__(self, life_ms: int) -> None:
        self.life_ms = life_ms
        self._count = 0
        self._places: list[Place] = []
        self._from_ms = 0
        self._more = True

    def fill(self, places: Iterable[Place], from_ms: int, count: int, *, more: bool) -> None:
        """Take over what the store holds.

        Args:
            places: The first codes that expire at `from_ms` or later, in order.
            from_ms: Epoch milliseconds; what expires before is not given any more.
            count: How many there are in all.
            more: Whether there may be others after them.
        """
        self._places = list(places)
        self._from_ms = from_ms
        self._more = more
        self._count = count

    def free(self, now_ms: int) -> int:
        """How many codes may be given, in the window and beyond."""
        if self._more:
            return self._count
        return len(self._places) - bisect_left(self._places, (now_ms + self.life_ms, ""))

    def first(self, floor_ms: int, but: Iterable[str] = ()) -> Place | None:
        """The first code that expires at `floor_ms` or later; None where there is none.

        Args:
            floor_ms: Epoch milliseconds.
            but: Codes to pass over.
        """
        at = bisect_left(self._places, (floor_ms, ""))
        for place in self._places[at : at + MARGIN + 1]:
            if place[1] not in but:
                return place
        return None

    def remove(self, place: Place) -> None:
        """A code is free no more; one beyond the window only counts."""
        at = bisect_left(self._places, place)
        if at < len(self._places) and self._places[at] == place:
            del self._places[at]
        if place[0] >= self._from_ms:
            self._count = max(0, self._count - 1)

    def add(self, place: Place) -> None:
        """A code has become free; what belongs beyond the window stays in the store."""
        if place[0] < self._from_ms:
            return
        self._count += 1
        if not self._more or (self._places and place < self._places[-1]):
            insort(self._places, place)
            if len(self._places) > 2 * SIZE:
                del self._places[SIZE:]
                self._more = True

    def good_until_ms(self, seen_ms: int) -> int:
        """Until when the window can answer for any one step, epoch milliseconds.

        Args:
            seen_ms: The latest moment at which a decision looked.
        """
        if not self._more:
            return NEVER_MS
        if len(self._places) < MARGIN:
            return -1
        until_ms = self._places[-MARGIN][0] - self.life_ms
        return until_ms if seen_ms <= until_ms else -1
