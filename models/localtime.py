"""The clock on the person's wall.

An unknown or invalid time zone falls back: to the programme's, then to UTC, so a wrong name in a
profile event never stops a decision.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from models.decay import DAY_MS

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo | None:
    """The zone of an IANA name, or None where there is none; read from the tz database once."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown, malformed or a directory of the database
        return None


def usable(name: str, fallback: str) -> str:
    """`name` where it is a time zone, else `fallback`."""
    return name if zone(name) is not None else fallback


def _local(now_ms: int, name: str) -> datetime:
    return datetime.fromtimestamp(now_ms // 1000, zone(name) or UTC)


@lru_cache(maxsize=4_096)
def _offset_ms(minute: int, name: str) -> int:
    """What the clocks of a zone add to UTC in a minute since 1970; they change on whole minutes."""
    offset = _local(minute * _MINUTE_MS, name).utcoffset()
    assert offset is not None
    return round(offset.total_seconds() * 1000)


def local_minute(now_ms: int, name: str) -> int:
    """Minute of the day, 0 to 1439, at an instant in a zone; UTC where the zone is unknown."""
    return (now_ms + _offset_ms(now_ms // _MINUTE_MS, name)) // _MINUTE_MS % 1440


def local_day(now_ms: int, name: str) -> int:
    """Days since 1 January 1970, by the calendar of a zone; UTC where the zone is unknown."""
    return (now_ms + _offset_ms(now_ms // _MINUTE_MS, name)) // DAY_MS


def steady_offset_ms(from_ms: int, to_ms: int, name: str) -> int | None:
    """What a zone's clocks add to UTC between two instants no more than a day apart.

    None where they may change in between, up to an hour after the second one.
    """
    offset_ms = _offset_ms(from_ms // _MINUTE_MS, name)
    full_hour = -(-to_ms // _HOUR_MS) * 60  # often asked for, so it is remembered
    return offset_ms if _offset_ms(full_hour, name) == offset_ms else None


def last_day(end_ms: int, name: str) -> str:
    """The last day, by the calendar of a zone, on which something that ends then still holds.

    Args:
        end_ms: The first instant at which it holds no more, epoch milliseconds.
        name: The zone; UTC where it is unknown.

    Returns:
        ISO 8601, like 2026-12-24.
    """
    return _local(end_ms - 1, name).date().isoformat()


_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def day_or_minute(text: str) -> datetime:
    """A day, or a day and a time, without a zone, of the years 2000 to 2099.

    Raises:
        ValueError: It is none.
    """
    local = datetime.fromisoformat(text)
    if _DAY.match(text) is None or local.tzinfo is not None or not 2000 <= local.year < 2100:
        raise ValueError(
            f"{text!r} is no day; write 2026-12-24, or 2026-12-24T18:00, without a zone"
        )
    return local


def end_of(text: str, name: str) -> int:
    """The instant at which a day is over in a zone, or a minute of it is there; epoch milliseconds.

    Args:
        text: As `day_or_minute` takes it.
        name: The zone; UTC where it is unknown.

    Raises:
        ValueError: It is no such text.
    """
    local = day_or_minute(text)
    if _DAY.fullmatch(text):
        local += timedelta(days=1)
    return int(local.replace(tzinfo=zone(name) or UTC).timestamp()) * 1000


def next_at(now_ms: int, name: str, minute: int) -> int:
    """The next instant after `now_ms` at which the clock in a zone shows `minute` of a day.

    A time that the clocks skip in spring is taken as the instant right after the gap.
    """
    offset_ms = _offset_ms(now_ms // _MINUTE_MS, name)
    since_midnight_ms = (now_ms + offset_ms) % DAY_MS
    wait_ms = minute * _MINUTE_MS - since_midnight_ms
    instant = now_ms + (wait_ms if wait_ms > 0 else wait_ms + DAY_MS)
    if _offset_ms(instant // _MINUTE_MS, name) == offset_ms:
        return instant
    # The clocks change in between.
    local = _local(now_ms, name)
    target = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0, fold=0)
    instant = int(target.timestamp()) * 1000
    if instant <= now_ms:
        instant = int((target + timedelta(days=1)).timestamp()) * 1000
    return instant
