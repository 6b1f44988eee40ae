"""Decisions laid aside: only their places are kept, to be read from the topic again later.

A destination that is slow or silent collects decisions, and so does a pause. Held in memory they
would sooner or later fill it, and the decisions behind them in the log could not be read. A place
takes some 200 bytes.
"""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from senders.reading.offsets import Place

NEAR = 200
"""Offsets apart up to which reading on is cheaper than asking the broker anew."""


@dataclass(slots=True)
class Aside:
    """What is laid aside, by what it waits for, first come first served. Pure; not thread-safe."""

    _places: dict[str, deque[tuple[float, Place]]] = field(default_factory=dict)

    def lay(self, key: str, place: Place, not_before: float = 0.0) -> None:
        """Lay a decision aside, until a time of the caller's clock."""
        self._places.setdefault(key, deque()).append((not_before, place))

    def take(self, key: str, count: int, now: float) -> list[Place]:
        """Take up to so many back, those that came first, as far as their time has come."""
        waiting, taken = self._places.get(key, deque()), list[Place]()
        while waiting and len(taken) < count and waiting[0][0] <= now:
            taken.append(waiting.popleft()[1])
        if not waiting:
            self._places.pop(key, None)
        return taken

    def keep(self, wanted: Callable[[Place], bool]) -> None:
        """Forget all others: they are another process' now."""
        kept = {
            key: deque(each for each in places if wanted(each[1]))
            for key, places in self._places.items()
        }
        self._places = {key: places for key, places in kept.items() if places}

    @property
    def keys(self) -> list[str]:
        """What the decisions laid aside wait for."""
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
