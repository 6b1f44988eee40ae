"""The bounds of a test as marketers write them: exactly, at least, at most, below."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, isfinite, nextafter
from typing import Any

from models.programme.durations import duration_ms
from models.programme.yaml_text import LEFT_OUT

Told = Callable[[str, str], None]
"""Notes a problem: where, and what."""

KEYS = ("at_least", "at_most", "below")


@dataclass(frozen=True, slots=True)
class Limits:
    """From `low` on, and below `high`."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scale:
    """What amounts may be.

    Attributes:
        read: Makes a number of what is written; raises ValueError.
        following: The least amount above another.
        most: The highest that can be reached.
    """

    read: Callable[[Any], float]
    following: Callable[[float], float]
    most: float = inf


def _amount(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{value!r} is no number")
    if value < 0:
        raise ValueError(f"{value:g} is below 0, which nothing is")
    return float(value)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no count; write a whole number from 0 on")
    return value


AMOUNTS = Scale(_amount, lambda amount: nextafter(amount, inf))
SHARES = Scale(_amount, lambda amount: nextafter(amount, inf), 1.0)
COUNTS = Scale(_count, lambda count: count + 1)
LENGTHS = Scale(duration_ms, lambda length_ms: length_ms + 1)


def read(
    spec: Any,
    scale: Scale,
    place: str,
    tell: Told,
    beside: tuple[str, ...] = (),
    lowest: float = 0.0,
) -> Limits:
    """The limits that a spec gives; where it gives none that can be, a problem is told.

    Args:
        spec: An amount, which is meant exactly, or a mapping of bounds.
        scale: What its amounts may be.
        place: Where it stands.
        tell: Notes problems.
        beside: Keys that may stand in the mapping for other purposes.
        lowest: What every amount is at least.
    """
    if not isinstance(spec, Mapping):
        exactly = _read(spec, scale, place, tell)
        return Limits(lowest, inf) if exactly is None else Limits(exactly, scale.following(exactly))
    low, high = lowest, inf
    wanted = (*KEYS, *beside)
    for key in spec:
        if key not in wanted:
            tell(place, f"there is no bound {key!r}; write {', '.join(wanted)}")
    if not spec:
        tell(place, f"needs a bound: {', '.join(wanted)}")
    if (least := _bound(spec, "at_least", scale, place, tell)) is not None:
        low = least
        if least > scale.most:
            tell(f"{place}.at_least", f"never above {scale.most:g}, so this is never true")
    if (most := _bound(spec, "at_most", scale, place, tell)) is not None:
        high = scale.following(most)
    if (under := _bound(spec, "below", scale, place, tell)) is not None:
        high = min(high, under)
    if low >= high:
        tell(place, "the lower bound leaves nothing below the upper one, so this is never true")
    return Limits(low, high)


def _bound(spec: Mapping[str, Any], key: str, scale: Scale, place: str, tell: Told) -> float | None:
    return _read(spec[key], scale, f"{place}.{key}", tell) if key in spec else None


def _read(value: Any, scale: Scale, place: str, tell: Told) -> float | None:
    if value is LEFT_OUT:  # told of already
        return None
    try:
        return scale.read(value)
    except ValueError as error:
        tell(place, str(error))
        return None
