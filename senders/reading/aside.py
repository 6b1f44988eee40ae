"""Decisions laid aside: only their places are kept, to be read from the topic again later.

A destination that is slow or silent collects decisions. Held in memory they would sooner or later
fill it, and the decisions behind them in the log could not be read. A place takes some 200 bytes.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from senders.reading.offsets import Place

NEAR = 200
"""Offsets apart up to which reading on is cheaper than asking the broker anew."""


@dataclass(slots=True)
class Aside:
    """What is laid aside, by destination, first come first served. Pure; not thread-safe."""

    _places: dict[str, deque[Place]] = field(default_factory=dict)

    def lay(self, key: str, place: Place) -> None:
        """Lay a decision aside."""
        self._places.setdefault(key, deque()).append(place)

    def take(self, key: str, count: int) -> list[Place]:
        """Take up to so many back, those that came first."""
        waiting = self._places.get(key, deque())
        taken = [waiting.popleft() for _ in range(min(count, len(waiting)))]
        if not waiting:
            self._places.pop(key, None)
        return taken

    @property
    def keys(self) -> list[str]:
        """The destinations of which something is laid aside."""
        return list(self._places)

    def __len__(self) -> int:
        return sum(len(places) for places in self._places.values())


def runs(places: list[Place]) -> Iterator[list[Place]]:
    """The places in stretches of one partition that can be read at one go, in order."""
    run: list[Place] = []
    for place in sorted(places, key=lambda place: (place.partition, place.offset)):
        last = run[-1] if run else None
        if last and (place.partition != last.partition or place.offset - last.offset > NEAR):
            yield run
            run = []
        run.append(place)
    if run:
        yield run
