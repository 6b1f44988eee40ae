"""The warm-up curve: which step a stream is at, and what may leave on a day of it. Pure.

A step is a day's cap. The next one is taken on a later day, and only if the present one was made
use of: reputation comes from mail that was sent, not from days that have passed. While complaints
or bounces are high no step is taken. At most one step is taken a day.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from runtime.volume_settings import Warmup

USED: Final = 0.5
"""A step was made use of once this share of its cap has left on a day."""
EPOCH: Final = date(1970, 1, 1)
SETTLING_DAYS: Final = 7
"""So long after a warm-up its last cap stands beside the week's mean, which lags behind."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where a stream stands on its curve.

    Attributes:
        start: The warm-up's first day, counted from 1970: another one begins anew.
        number: Steps taken; 0 on the first day.
        day: When it was taken, counted from 1970.
        best: Most mails that left on a day of this step that is over.
    """

    start: int
    number: int
    day: int
    best: int = 0

    def encode(self) -> str:
        """The stored form."""
        return f"{self.start} {self.number} {self.day} {self.best}"

    @classmethod
    def decode(cls, text: str) -> "Step":
        """From the stored form."""
        return cls(*(int(part) for part in text.split(" ")))

    def on(self, day: int) -> "Step":
        """What it was on a day, as far as the day before it was taken is still asked about."""
        return self if day >= self.day or not self.number else replace(self, number=self.number - 1)


def start_day(warmup: Warmup) -> int:
    """The first day of a warm-up, counted from 1970."""
    return (warmup.start - EPOCH).days


def cap_at(warmup: Warmup, number: int) -> int:
    """The mails that may leave on a day of a step."""
    cap = warmup.first_day
    for _ in range(number):
        if cap >= warmup.until:
            break
        # At least one more, or a small first day would never grow.
        cap = max(cap + 1, int(cap * warmup.growth))
    return min(cap, warmup.until)


def is_over(warmup: Warmup, step: Step) -> bool:
    """Whether the last step was made use of, so that the warm-up has reached its aim."""
    return cap_at(warmup, step.number) >= warmup.until and made_use(warmup, step)


def made_use(warmup: Warmup, step: Step) -> bool:
    """Whether enough has left on a day of this step to go on from it."""
    return step.best >= USED * cap_at(warmup, step.number)


def advance(warmup: Warmup, step: Step | None, today: int, used: int, *, held: bool) -> Step:
    """The step of today.

    Args:
        warmup: As set.
        step: As it was last; None at the very first.
        today: Counted from 1970.
        used: What left on the busiest day of `step` before today.
        held: Whether complaints or bounces are high.
    """
    start = start_day(warmup)
    if step is None or step.start != start:
        return Step(start, 0, max(today, start))
    if today <= step.day:
        return step
    best = max(step.best, used)
    stands = Step(start, step.number, step.day, best)
    if held or not made_use(warmup, stands) or cap_at(warmup, step.number) >= warmup.until:
        return stands
    return Step(start, step.number + 1, today)
