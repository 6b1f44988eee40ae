"""How likely the next item is one that the session already had, and which: learned from each event.

A choice between the session's items and "something new", each with a score that is a sum of learned
numbers (a conditional logit); the numbers follow the slope of the likelihood, each with a step that
shrinks as it has moved.

Sources: D. McFadden, "Conditional logit analysis of qualitative choice behavior", 1974; J. Duchi,
E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning", JMLR 12, 2011 (the steps).
"""

from collections.abc import Sequence
from math import exp, log, sqrt

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


class Past(msgspec.Struct, frozen=True):
    """What is known of one item of the session.

    Attributes:
        name: Which.
        age: How many other items the session had since.
        times: How often the session had it.
        sequence: Its share, 0 to 1, in what alike sessions recommend.
        covisit: Its share, 0 to 1, in what followed the last item.
    """

    name: str
    age: int
    times: int
    sequence: float
    covisit: float


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
        scores = []
        for item in past:
            score = numbers[min(item.age, _AGES - 1)]
            score += numbers[_AGES + min(item.times, _TIMES) - 1]
            score += numbers[_SUPPORT_FROM] * _support(item.sequence)
            scores.append(score + numbers[_SUPPORT_FROM + 1] * _support(item.covisit))
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
        for at, item in enumerate(past):
            missing = (at == came) - chances[at]
            for number, input_ in (
                (min(item.age, _AGES - 1), 1.0),
                (_AGES + min(item.times, _TIMES) - 1, 1.0),
                (_SUPPORT_FROM, _support(item.sequence)),
                (_SUPPORT_FROM + 1, _support(item.covisit)),
            ):
                slopes[number] = slopes.get(number, 0.0) + missing * input_
        slopes[_NEW_FROM + new] = (came is None) - chances[-1]
        for number, slope in slopes.items():
            self.moved[number] += slope * slope
            moved = self.numbers[number] + _STEP * slope / sqrt(self.moved[number])
            self.numbers[number] = min(max(moved, -_LIMIT), _LIMIT)

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


def _support(share: float) -> float:
    return log(_FLOOR + share) + _CENTRE
