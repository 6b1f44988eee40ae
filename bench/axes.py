"""Axes of a chart: from values to places, and the round values worth a tick."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, log10

_TOO_LITTLE = 1e-12


@dataclass(frozen=True, slots=True)
class Axis:
    """A range of values.

    Attributes:
        low, high: Its ends; `low` is above 0 where it is logarithmic.
        logarithmic: Whether equal ratios are equal distances.
    """

    low: float
    high: float
    logarithmic: bool = False

    def place(self, value: float) -> float:
        """Where a value stands: 0 at the low end, 1 at the high one."""
        if self.logarithmic:
            held = max(value, self.low)
            return log10(held / self.low) / log10(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    def ticks(self) -> list[float]:
        """Round values from end to end, four to eight of them."""
        if self.logarithmic:
            powers = range(floor(log10(self.low)), ceil(log10(self.high)) + 1)
            found = [factor * 10.0**power for power in powers for factor in (1, 2, 5)]
            return [tick for tick in found if self.low * 0.999 <= tick <= self.high * 1.001]
        step = _round_step((self.high - self.low) / 8.0)
        first = ceil(self.low / step - 1e-9)
        last = floor(self.high / step + 1e-9)
        return [number * step for number in range(first, last + 1)]


def _round_step(step: float) -> float:
    power = 10.0 ** floor(log10(step))
    return next((f * power for f in (1, 2, 5) if f * power >= step * 0.999), 10 * power)


def around(values: Iterable[float], *, zero: bool = True) -> Axis:
    """A linear axis with room for all values, and for 0 if wanted."""
    held = [*values, *([0.0] if zero else [])] or [0.0]
    low, high = min(held), max(held)
    if high - low < _TOO_LITTLE:
        high = low + 1.0
    room = 0.05 * (high - low)
    return Axis(low - room if low < 0.0 else low, high + room)


def decades(values: Iterable[float]) -> Axis:
    """A logarithmic axis with room for all values above 0."""
    held = [value for value in values if value > 0.0] or [1.0]
    return Axis(min(held) / 1.5, max(held) * 1.5, logarithmic=True)


def label(value: float) -> str:
    """A tick's words: short, without needless digits."""
    text = f"{value:,.4f}".rstrip("0").rstrip(".") if abs(value) < 100.0 else f"{value:,.0f}"
    return "0" if text in ("", "-0") else text
