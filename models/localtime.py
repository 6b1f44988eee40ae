"""The clock on the person's wall.

An unknown or invalid time zone falls back: to the programme's, then to UTC, so a wrong name in a
profile event never stops a decision.
"""

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo


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


def local_minute(now_ms: int, name: str) -> int:
    """Minute of the day, 0 to 1439, at an instant in a zone; UTC where the zone is unknown."""
    local = _local(now_ms, name)
    return local.hour * 60 + local.minute


def next_at(now_ms: int, name: str, minute: int) -> int:
    """The next instant after `now_ms` at which the clock in a zone shows `minute` of a day.

    A time that the clocks skip in spring is taken as the instant right after the gap.
    """
    local = _local(now_ms, name)
    target = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0, fold=0)
    instant = int(target.timestamp()) * 1000
    if instant <= now_ms:
        instant = int((target + timedelta(days=1)).timestamp()) * 1000
    return instant
