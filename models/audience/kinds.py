"""Kinds of facts: each reads something of a profile, and makes tests of what marketers write.

A test is made once, when the programme is read; holding it at a person costs a call and a
comparison or two. What a person has no value of (a last order, say) passes no test.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf, log2
from typing import Any, Protocol

from models import bounds
from models.audience import limits
from models.audience.limits import AMOUNTS, COUNTS, LENGTHS, Limits, Scale, Told
from models.audience.parts import (
    ALWAYS,
    NOTHING,
    By,
    Part,
    Records,
    either,
    falling,
    joined,
    rising,
    settled,
)
from models.audience.recent import SECOND_MS, newest
from models.audience.verdict import FOREVER, Ask, Test, all_of, negated
from models.person.profile import Profile
from models.programme.durations import duration_ms
from models.programme.yaml_text import LEFT_OUT


class Kind(Protocol):
    """Makes tests of specs."""

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """The test that a spec describes; a spec that can't be is told of, and tests anything.

        Args:
            spec: What the fact is held against.
            by: The records that change the fact.
            place: Where the spec stands.
            tell: Notes problems.
        """


def _within(found: Limits, by: By, from_low: Callable[[float], Test]) -> Part:
    """A test of limits, from tests of being at or above one that is above 0."""
    parts = [rising(from_low(found.low), by)] if found.low > 0.0 else []
    if 0.0 < found.high < inf:
        parts.append(falling(negated(from_low(found.high)), by))
    return joined(parts or [ALWAYS], all_of)


@dataclass(frozen=True, slots=True)
class Number:
    """An amount that only records change; None for unknown."""

    read: Callable[[Profile], float | None]
    scale: Scale = AMOUNTS

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Hold it against bounds."""
        found = limits.read(spec, self.scale, place, tell)
        read, low, high = self.read, found.low, found.high

        def holds(profile: Profile) -> bool:
            amount = read(profile)
            return amount is not None and low <= amount < high

        # Below a bound, too, it may come by being raised: from unknown.
        return (rising if high == inf else either)(settled(holds), by)


@dataclass(frozen=True, slots=True)
class Decayed:
    """A decayed sum, by its level; see `models.decay`."""

    level: Callable[[Profile], float]
    half_life_ms: float

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Hold it against bounds."""
        return _within(limits.read(spec, AMOUNTS, place, tell), by, self._at_least)

    def _at_least(self, least: float) -> Test:
        level, half_life_ms, needed = self.level, self.half_life_ms, log2(least)

        def check(profile: Profile, now_ms: int, _ask: Ask) -> int:
            until = int((level(profile) - needed) * half_life_ms)
            return until if now_ms < until else -FOREVER

        return check


@dataclass(frozen=True, slots=True)
class Count:
    """How often something happened: ever, or within a window.

    Attributes:
        ever: The count of all.
        times: The last few, as `models.audience.recent` keeps them.
        most: How many of them are kept.
    """

    ever: Callable[[Profile], int]
    times: Callable[[Profile], list[int]]
    most: int = bounds.RECENT

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Hold it against bounds, `within` a window where the spec has one."""
        found = limits.read(spec, COUNTS, place, tell, beside=("within",))
        if not isinstance(spec, Mapping) or "within" not in spec:
            return _within(found, by, lambda least: self._ever(int(least)))
        if not any(key in spec for key in limits.KEYS):
            found = Limits(1, inf)
        if max(found.low, found.high if found.high < inf else 0.0) > self.most:
            tell(place, f"within a window at most {self.most} are told apart")
        window_ms = self._window_ms(spec["within"], place, tell)
        return _within(found, by, lambda least: self._lately(int(least), window_ms))

    @staticmethod
    def _window_ms(written: Any, place: str, tell: Told) -> int:
        try:
            window_ms = 1 if written is LEFT_OUT else duration_ms(written)
        except ValueError as error:
            tell(f"{place}.within", str(error))
            return 1
        if not window_ms:
            tell(f"{place}.within", "a window of no length holds nothing")
        return window_ms

    def _ever(self, least: int) -> Test:
        ever = self.ever
        return settled(lambda profile: ever(profile) >= least)

    def _lately(self, least: int, window_ms: int) -> Test:
        times = self.times

        def check(profile: Profile, now_ms: int, _ask: Ask) -> int:
            found = times(profile)
            if len(found) < least:
                return -FOREVER
            until = newest(found, least) * SECOND_MS + window_ms
            return until if now_ms < until else -FOREVER

        return check


@dataclass(frozen=True, slots=True)
class Age:
    """How long ago something was; 0 for never, which passes no test.

    Attributes:
        unit_ms: What amounts are multiples of, where they are no lengths of time; 0 for unknown.
    """

    then_ms: Callable[[Profile], int]
    unit_ms: Callable[[Profile], int] | None = None

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Hold it against bounds; `by` says what brings the instant nearer, or farther back."""
        scale = LENGTHS if self.unit_ms is None else AMOUNTS
        found = limits.read(spec, scale, place, tell)
        low, high, then_of, unit_of = found.low, found.high, self.then_ms, self.unit_ms

        def check(profile: Profile, now_ms: int, _ask: Ask) -> int:
            then_ms = then_of(profile)
            unit_ms = 1 if unit_of is None else unit_of(profile)
            if not then_ms or not unit_ms:
                return -FOREVER
            return between(then_ms, low * unit_ms, high * unit_ms, now_ms)

        # What happens makes it more recent; long ago, too, it may have been for the first time.
        return (either if low or unit_of else rising)(check, by)


def between(then_ms: int, low_ms: float, high_ms: float, now_ms: int) -> int:
    """The verdict on whether an instant lies at least `low_ms` back, and less than `high_ms`."""
    if low_ms and now_ms < (begins_ms := then_ms + int(low_ms)):
        return -begins_ms
    if high_ms == inf:
        return FOREVER
    ends_ms = then_ms + int(high_ms)
    return ends_ms if now_ms < ends_ms else -FOREVER


def names_of(spec: Any, place: str, tell: Told) -> frozenset[str]:
    """One name or a list of them."""
    listed = spec if isinstance(spec, list) else [spec]
    if spec is LEFT_OUT or LEFT_OUT in listed:
        return frozenset()
    if not listed or not all(isinstance(name, str) and name for name in listed):
        tell(place, f"{spec!r} is no name; write one, or a list of them")
        return frozenset()
    return frozenset(listed)


@dataclass(frozen=True, slots=True)
class Text:
    """A name that only records change; empty for unknown."""

    read: Callable[[Profile], str]

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Is it this name, or one of these?"""
        read, wanted = self.read, names_of(spec, place, tell)
        return either(settled(lambda profile: read(profile) in wanted), by)


@dataclass(frozen=True, slots=True)
class Stage:
    """One of a few names, by rule, and until when.

    Attributes:
        entered: By name, the records that lead there; where it isn't told, any that change it. Not
            among them need be what leads there only as a person's very first, or weeks late.
        left: Those that lead away.
    """

    read: Callable[[Profile, int], tuple[str, int]]
    names: tuple[str, ...]
    entered: Mapping[str, Records] | None = None
    left: Mapping[str, Records] | None = None

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Is it this stage, or one of these?"""
        read, wanted = self.read, names_of(spec, place, tell)
        for name in sorted(wanted.difference(self.names)):
            tell(place, f"there is no {name!r}; it is one of {', '.join(self.names)}")

        def check(profile: Profile, now_ms: int, _ask: Ask) -> int:
            name, until = read(profile, now_ms)
            return until if name in wanted else -until

        if self.entered is None or self.left is None:
            return either(check, by)
        known = wanted.intersection(self.names)
        return Part(
            check,
            frozenset().union(*(self.entered[name] for name in known)),
            frozenset().union(*(self.left[name] for name in known)),
        )


@dataclass(frozen=True, slots=True)
class Flag:
    """Something that is so or isn't; only records change it."""

    read: Callable[[Profile], bool]

    def part(self, spec: Any, by: By, place: str, tell: Told) -> Part:
        """Is it so?"""
        if spec is LEFT_OUT:
            return NOTHING
        if not isinstance(spec, bool):
            tell(place, f"{spec!r} is neither true nor false")
        read = self.read
        return either(settled(read if spec is True else lambda profile: not read(profile)), by)
