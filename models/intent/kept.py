"""What a profile keeps for knowing intent: rhythm of orders, what was clicked, the open sample.

A profile is kept for everybody, so this is small: levels in four bytes, times in seconds,
and nothing that the profile has anyway.
"""

from struct import pack, unpack

import msgspec

from models import decay
from models.decay import DAY_MS, EMPTY
from models.intent.history import History

CLICKS_HALF_LIFE_MS = 180.0 * DAY_MS
"""Of what a person clicks in mails: tastes last, but not for ever."""
SCALE = 32.0
"""Of what is seen, by which it is kept as whole numbers of a byte."""

_TRACE = 1e-3
"""So little of a click is what packing left over."""
_NONE = (EMPTY, EMPTY, EMPTY)
Levels = tuple[float, float, float]


def packed(levels: Levels) -> bytes:
    """Three levels (`models.decay`) in twelve bytes, true to 1e-4 for centuries; none in none."""
    return pack("<3f", *levels) if max(levels) > EMPTY else b""


def unpacked(data: bytes) -> Levels:
    """What `packed` was given; bytes of another length are no levels at all."""
    if len(data) != 12:
        return _NONE
    first, second, third = unpack("<3f", data)
    return first, second, third


class Sample(msgspec.Struct, array_like=True, gc=False):
    """A moment at which the person was looked at, and what has followed since.

    Attributes:
        at_seconds: The moment, since 1970; `days` after it what followed is told.
        seen: What was seen then, a byte each, in the order of `models.intent.person.NAMES`.
        age_hours: Since the first order, or the first sight of who never ordered; `idle_hours`
            since the last order, or likewise.
        expected: The chance of an order within 7 days that was said then, in thousandths.
        orders: In each window of `models.intent.ahead.EDGES_DAYS` up to `days`.
        clicks: In the days after it; `offers` of them in mails with an offer, `reading` on
            something to read.
    """

    at_seconds: int
    days: int
    seen: bytes
    age_hours: int
    idle_hours: int
    expected: int
    orders: list[int]
    clicks: int = 0
    offers: int = 0
    reading: int = 0

    @property
    def at_ms(self) -> int:
        """The moment, epoch milliseconds."""
        return self.at_seconds * 1000

    def covers(self, at_ms: int) -> bool:
        """Whether an instant is among the days after it."""
        return self.at_ms <= at_ms < self.at_ms + self.days * DAY_MS


class Kept(msgspec.Struct, array_like=True, gc=False):
    """What a profile keeps for knowing intent, beside its own counts and times of orders.

    Attributes:
        first_seconds: When the first order was, since 1970.
        orders: How many; those of one day are one.
        levels: Decayed counts of orders, as `packed`; see `models.intent.history.History`.
        clicked: Decayed counts of clicks in mails, as `packed`: all, those in mails with an offer,
            those on something to read.
        look_seconds: When the person is looked at next, or the open sample told, since 1970; 0: not
            planned.
        sample: The open sample, if any.
    """

    first_seconds: int = 0
    orders: int = 0
    levels: bytes = b""
    clicked: bytes = b""
    look_seconds: int = 0
    sample: Sample | None = None

    def history(self, last_ms: int, spent: float) -> History:
        """The orders; the last one, and what they came to, are the profile's own."""
        first_ms = min(self.first_seconds * 1000, last_ms)
        return History(first_ms, last_ms, self.orders, spent, unpacked(self.levels))

    def note(self, history: History) -> None:
        """Keep what is this part's of a history that has changed."""
        self.first_seconds, self.orders = history.first_ms // 1000, history.orders
        self.levels = packed(history.levels)

    def click(self, at_ms: int, *, offer: bool, reading: bool) -> None:
        """Count a click in a mail."""
        counts = (1.0, float(offer), float(reading))
        levels = zip(unpacked(self.clicked), counts, strict=True)
        first, second, third = (
            decay.raised(level, count, at_ms, CLICKS_HALF_LIFE_MS) for level, count in levels
        )
        self.clicked = packed((first, second, third))

    def unclick(self, at_ms: int, times: int, reading: int, *, offer: bool) -> None:
        """Don't count clicks any more that turned out to be a machine's, so many on reading."""
        counts = (float(times), float(times if offer else 0), float(reading))
        levels = zip(unpacked(self.clicked), counts, strict=True)
        left = (decay.lowered(level, count, at_ms, CLICKS_HALF_LIFE_MS) for level, count in levels)
        first, second, third = (
            level if decay.value(level, at_ms, CLICKS_HALF_LIFE_MS) > _TRACE else EMPTY
            for level in left
        )
        self.clicked = packed((first, second, third))

    def clicks(self, now_ms: int) -> tuple[float, float, float]:
        """The decayed counts of clicks at a moment: all, with an offer, on something to read."""
        first, second, third = (
            decay.value(level, now_ms, CLICKS_HALF_LIFE_MS) for level in unpacked(self.clicked)
        )
        return first, second, third

    def shares(self) -> tuple[float, float] | None:
        """Of the counts of clicks, which fade alike: those with an offer and on reading by all."""
        every, *parts = unpacked(self.clicked)
        if every <= EMPTY:
            return None
        offer, reading = (round(min(2.0 ** (part - every), 1.0), 3) for part in parts)
        return offer, reading

    def take(self, other: "Kept") -> None:
        """Take over what is kept of what turned out to be the same person.

        A sample that is open is dropped: what was seen then was not all there was to see.
        """
        if other.orders:
            firsts = [kept.first_seconds for kept in (self, other) if kept.orders]
            self.first_seconds, self.orders = min(firsts), self.orders + other.orders
        self.levels = _joined(self.levels, other.levels)
        self.clicked = _joined(self.clicked, other.clicked)
        self.sample = None


def _joined(left: bytes, right: bytes) -> bytes:
    pairs = zip(unpacked(left), unpacked(right), strict=True)
    first, second, third = (decay.merged(own, its) for own, its in pairs)
    return packed((first, second, third))
