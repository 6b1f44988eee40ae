"""How likely the next item is one that the session already had, and which: learned from each event.

A choice between the session's items and "something new", each with a score that is a sum of learned
numbers (a conditional logit); the numbers follow the slope of the likelihood, each with a step that
shrinks as it has moved.

Sources: D. McFadden, "Conditional logit analysis of qualitative choice behavior", 1974; J. Duchi,
E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning", JMLR 12, 2011 (the steps).
"""

from collections.abc import Sequence
from math import exp, log, sqrt
from typing import NamedTuple

import msgspec

_AGES = 12
_TIMES = 6
_LENGTHS = 12
_SUPPORTS = 2
_COUNT = _AGES + _TIMES + 2 * _LENGTHS + _SUPPORTS
_NEW_FROM = _AGES + _TIMES
_SUPPORT_FROM = _NEW_FROM + 2 * _LENGTHS
_STEP = 0.1
_LIMIT = 10.0
_FLOOR = 1e-3
_CENTRE = 3.0


class Past(NamedTuple):
    """What is known of one item of the session, as the choice sees it.

    Attributes:
        name: Which.
        age: The number learned for how many other items the session had since.
        times: The number learned for how often the session had it.
        sequence: How strongly alike sessions recommend it, by the logarithm.
        covisit: How strongly the last item's followers do.
    """

    name: str
    age: int
    times: int
    sequence: float
    covisit: float


def past(name: str, age: int, times: int, sequence: float, covisit: float) -> Past:
    """Describe an item of the session.

    Args:
        age: How many other items the session had since.
        times: How often it had this one.
        sequence: The item's share, 0 to 1, in what alike sessions recommend.
        covisit: Its share, 0 to 1, in what followed the last item.
    """
    return Past(
        name,
        min(age, _AGES - 1),
        _AGES + min(times, _TIMES) - 1,
        log(_FLOOR + sequence) + _CENTRE,
        log(_FLOOR + covisit) + _CENTRE,
    )


class Repeats(msgspec.Struct, array_like=True):
    """The learned numbers; each within ±10.

    Attributes:
        numbers: By age, by times, for something new by the session's length and whether its last
            event was a repeat, and for the two supports.
        moved: How far each has moved, in squares.
    """

    numbers: list[float]
    moved: list[float]

    @classmethod
    def unknown(cls) -> "Repeats":
        """Before anything was learned: nothing makes a difference."""
        return cls([0.0] * _COUNT, [0.01] * _COUNT)

    def chances(self, past: Sequence[Past], new: int) -> list[float]:
        """The probability of each item of the session, and last that of something new.

        Args:
            past: The session's items.
            new: What `newness` says of the session.
        """
        numbers = self.numbers
        by_sequence, by_covisit = numbers[_SUPPORT_FROM:]
        scores = [
            numbers[age] + numbers[times] + by_sequence * sequence + by_covisit * covisit
            for _, age, times, sequence, covisit in past
        ]
        scores.append(numbers[_NEW_FROM + new])
        most = max(scores)
        odds = [exp(score - most) for score in scores]
        total = sum(odds)
        return [chance / total for chance in odds]

    def learn(
        self, past: Sequence[Past], new: int, chances: Sequence[float], came: int | None
    ) -> None:
        """Learn what came.

        Args:
            past: As `chances` got it.
            new: Likewise.
            chances: What it gave.
            came: The place among `past` of what came; None for something new.
        """
        slopes: dict[int, float] = {}
        by_sequence = by_covisit = 0.0
        for at, (_, age, times, sequence, covisit) in enumerate(past):
            missing = (at == came) - chances[at]
            slopes[age] = slopes.get(age, 0.0) + missing
            slopes[times] = slopes.get(times, 0.0) + missing
            by_sequence += missing * sequence
            by_covisit += missing * covisit
        slopes[_NEW_FROM + new] = (came is None) - chances[-1]
        slopes[_SUPPORT_FROM], slopes[_SUPPORT_FROM + 1] = by_sequence, by_covisit
        numbers, squares = self.numbers, self.moved
        for number, slope in slopes.items():
            squares[number] += slope * slope
            moved = numbers[number] + _STEP * slope / sqrt(squares[number])
            numbers[number] = min(max(moved, -_LIMIT), _LIMIT)

    def check(self) -> None:
        """See that stored numbers make sense.

        Raises:
            ValueError: They don't.
        """
        if not len(self.numbers) == len(self.moved) == _COUNT:
            raise ValueError("numbers are missing")
        if not all(abs(number) <= _LIMIT for number in self.numbers):
            raise ValueError("a number is out of range")
        if not all(0.0 < moved < 1e300 for moved in self.moved):
            raise ValueError("a number's steps are out of range")


def newness(events: int, *, repeated: bool) -> int:
    """The number that stands for something new in a session.

    Args:
        events: How many it has had, 1 or more.
        repeated: Whether the last of them was a repeat.
    """
    return 2 * (min(events, _LENGTHS) - 1) + repeated
