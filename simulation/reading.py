"""When people look at their mail, and what waiting costs it.

A person looks at their mail at random, more often in their own hours. A mail is seen at the first
look after it arrived; the longer it waited, the more mail lies on top of it.
"""

from bisect import bisect_left
from dataclasses import dataclass

from simulation.scenario import Parameters

HOURS = ((7, 8, 9, 12), (12, 13, 14, 17), (18, 19, 20, 21), (22, 23, 0, 1))
"""Four kinds of day, by the local hours in which mail is looked at: morning, noon, evening, night.

Assumption: the fourth are people on late shifts.
"""
HORIZON_HOURS = 96
"""A mail that nobody saw by then is never read."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A mail that arrives in one local hour at people of one kind of day.

    Attributes:
        seen: By hours waited, the chance that it was looked at by then.
        kept: By hours waited, the share of attention that is left.
        attention: Mean share of attention that it gets, 0 to 1.
    """

    seen: tuple[float, ...]
    kept: tuple[float, ...]
    attention: float

    def waited(self, luck: float) -> int | None:
        """How many hours it waits, by a uniform draw; None if nobody ever looks."""
        hours = bisect_left(self.seen, luck)
        return hours if hours < len(self.seen) else None


class Reading:
    """All slots of a scenario: by kind of day and local hour."""

    def __init__(self, parameters: Parameters) -> None:
        self.slots = tuple(
            tuple(_slot(parameters, own, hour) for hour in range(24)) for own in HOURS
        )
        self.best = tuple(max(slot.attention for slot in kind) for kind in self.slots)


def _slot(parameters: Parameters, own: tuple[int, ...], arrival: int) -> Slot:
    share = parameters.reading_concentration
    unseen, seen, kept, attention = 1.0, [], [], 0.0
    for waited in range(HORIZON_HOURS):
        hour = (arrival + waited) % 24
        weight = (1.0 - share) / 24.0 + (share / len(own) if hour in own else 0.0)
        looks = min(1.0, parameters.checks_per_day * weight)
        left = 2.0 ** (-(waited + 0.5) / parameters.buried_hours)
        attention += unseen * looks * left
        unseen *= 1.0 - looks
        seen.append(1.0 - unseen)
        kept.append(left)
    return Slot(tuple(seen), tuple(kept), attention)
