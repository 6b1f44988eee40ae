"""At which hours of the day a person is there: visits to the shop, and clicks in mails.

Both are kept as the last few hours in UTC, a byte each; what matters of them is whether the person
is likely to look soon after a mail would arrive. Until more is known, every hour is alike.
"""

from math import log2

from models import bounds
from models.profile import Profile

HOUR_MS = 3_600_000
_NEW_VISIT_MS = 30 * 60_000
"""After so long a silence the next event begins another visit (Google Analytics' default)."""
_SOON = (1.0, 0.75, 0.5)
"""By hours after arrival, how much of a mail's chance is left, about."""
_READ = 3.0
"""A click in a mail says so much more of when mail is read than a visit does."""
_HELD = 2.0
"""Visits at even hours, assumed of everybody."""


def _noted(hours: bytes, at_ms: int) -> bytes:
    return (hours + bytes([at_ms // HOUR_MS % 24]))[-bounds.HOURS :]


def here(profile: Profile, at_ms: int) -> None:
    """Note an event of the person's; only the first of a visit tells an hour.

    Called before `last_ms` is raised.
    """
    if at_ms - profile.last_ms > _NEW_VISIT_MS:
        profile.visits = _noted(profile.visits, at_ms)


def read(profile: Profile, at_ms: int) -> None:
    """Note that the person clicked in a mail."""
    profile.reads = _noted(profile.reads, at_ms)


def take_back(profile: Profile, at_ms: int, times: int) -> None:
    """Forget the newest clicks noted at this hour: they were a machine's."""
    hours, hour = profile.reads, at_ms // HOUR_MS % 24
    for _ in range(times):
        place = hours.rfind(hour)
        if place >= 0:
            hours = hours[:place] + hours[place + 1 :]
    profile.reads = hours


def looks_soon(profile: Profile, at_ms: int) -> float:
    """How much likelier than at an even rate the person looks within three hours.

    Returns:
        A third of the logarithm to base 2; 0 where nothing is known, about -1 to 1.
    """
    even = sum(_SOON) / 24.0
    hour = at_ms // HOUR_MS % 24
    seen = _within(profile.visits, hour) + _READ * _within(profile.reads, hour)
    count = len(profile.visits) + _READ * len(profile.reads)
    return log2((seen + _HELD * even) / ((count + _HELD) * even)) / 3.0


def _within(hours: bytes, hour: int) -> float:
    total = 0.0
    for known in hours:
        lag = (known - hour) % 24
        if lag < len(_SOON):
            total += _SOON[lag]
    return total
