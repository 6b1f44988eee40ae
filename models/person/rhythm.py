"""At which hours a person is there: visits to the shop, and clicks in mails.

Both are kept as the last few hours of the week in UTC, a byte each; what matters of them is whether
the person is likely to look soon after a mail would arrive, and which days are theirs. Until more
is known, every hour and every day is alike.
"""

from math import log2

from models import bounds
from models.person.profile import Profile

HOUR_MS = 3_600_000
NEW_VISIT_MS = 30 * 60_000
"""After so long a silence the next event begins another visit (Google Analytics' default)."""
_SOON = (1.0, 0.75, 0.5)
"""By hours after arrival, how much of a mail's chance is left, about."""
_EVEN = sum(_SOON) / 24.0
_READ = 3.0
"""A click in a mail says so much more of when mail is read than a visit does."""
_HELD = 2.0
"""Visits at even hours, assumed of everybody."""
_HELD_DAYS = 14.0
"""Visits on even days, two on each, assumed of everybody: one visit says little of its day."""
_WEEK_HOURS = 7 * 24


def _noted(hours: bytes, at_ms: int) -> bytes:
    return (hours + bytes([at_ms // HOUR_MS % _WEEK_HOURS]))[-bounds.HOURS :]


def here(profile: Profile, at_ms: int) -> None:
    """Note an event of the person's; only the first of a visit tells an hour.

    Called before `last_ms` is raised.
    """
    if at_ms - profile.last_ms > NEW_VISIT_MS:
        profile.visits = _noted(profile.visits, at_ms)


def read(profile: Profile, at_ms: int) -> None:
    """Note that the person clicked in a mail."""
    profile.reads = _noted(profile.reads, at_ms)


def take_back(profile: Profile, at_ms: int, times: int) -> None:
    """Forget the newest clicks noted at this hour: they were a machine's."""
    hours, hour = profile.reads, at_ms // HOUR_MS % _WEEK_HOURS
    for _ in range(times):
        place = hours.rfind(hour)
        if place >= 0:
            hours = hours[:place] + hours[place + 1 :]
    profile.reads = hours


class Hours:
    """When one person looks, as far as it is known: to be asked for many hours.

    Args:
        profile: The person.
    """

    def __init__(self, profile: Profile) -> None:
        seen = [0.0] * 24
        for hour in profile.visits:
            seen[hour % 24] += 1.0
        for hour in profile.reads:
            seen[hour % 24] += _READ
        self._seen = seen + seen[: len(_SOON) - 1]
        count = len(profile.visits) + _READ * len(profile.reads)
        self._usual = log2((count + _HELD) * _EVEN)

        self._hours = profile.visits, profile.reads
        self._ahead: list[float] = []

    def on_its_day(self, at_ms: int) -> float:
        """How much likelier than on an even day the person is there in the day after an arrival.

        Returns:
            A third of the logarithm to base 2, as `looks_soon` has it; 0 where nothing is known.
        """
        if not self._ahead:  # hardly any flow waits for days
            self._ahead = _by_arrival(*self._hours)
        return self._ahead[at_ms // HOUR_MS % _WEEK_HOURS]

    def looks_soon(self, at_ms: int) -> float:
        """How much likelier than at an even rate the person looks within three hours.

        Returns:
            A third of the logarithm to base 2; 0 where nothing is known, about -1 to 1.
        """
        hour, seen = at_ms // HOUR_MS % 24, self._seen
        first, second, third = _SOON
        soon = first * seen[hour] + second * seen[hour + 1] + third * seen[hour + 2]
        return (log2(soon + _HELD * _EVEN) - self._usual) / 3.0


def _by_arrival(visits: bytes, reads: bytes) -> list[float]:
    """What `Hours.on_its_day` says, by the hour of the week."""
    seen = [0.0] * _WEEK_HOURS
    for hour in visits:
        seen[hour % _WEEK_HOURS] += 1.0
    for hour in reads:
        seen[hour % _WEEK_HOURS] += _READ
    usual = log2((sum(seen) + _HELD_DAYS) / 7.0)
    ahead, found = sum(seen[:24]), []
    for hour in range(_WEEK_HOURS):
        found.append((log2(ahead + _HELD_DAYS / 7.0) - usual) / 3.0)
        ahead += seen[(hour + 24) % _WEEK_HOURS] - seen[hour]
    return found
