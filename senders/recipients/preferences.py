"""What a person asked for in the preference centre, as far as it holds a mail back. Pure.

Names and forms of the preferences of a contact record: `topics_off` (names, commas between them),
`pause_until` (a day, YYYY-MM-DD, or epoch milliseconds). The others (`frequency`, `track`,
`personalise`, `open_pixel`) are no matter of whether a mail that was decided may leave.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

TOPICS_OFF = "topics_off"
PAUSE_UNTIL = "pause_until"


def is_off(preferences: Mapping[str, str], topic: str | None) -> bool:
    """Whether a topic is turned off; never of mail that belongs to none."""
    if topic is None:
        return False
    return topic in (name.strip() for name in preferences.get(TOPICS_OFF, "").split(","))


def paused_until_ms(preferences: Mapping[str, str], zone: tzinfo) -> float:
    """Until when the person wants no mail, epoch milliseconds; 0 for no such wish.

    A day ends the pause as it begins where the person is, as models have it. What can't be read is
    a pause without an end: someone wished for one, and a mail too few is the smaller harm.
    """
    text = preferences.get(PAUSE_UNTIL, "").strip()
    if not text:
        return 0
    if text.isdecimal() and text.isascii():
        return int(text)
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=zone).timestamp() * 1000
    except ValueError:
        return inf


def zone_of(contact: Mapping[str, Any] | None) -> tzinfo:
    """A contact's time zone; UTC where none is known."""
    name = contact["time_zone"] if contact is not None else None
    try:
        return ZoneInfo(name) if name else UTC
    except (LookupError, OSError, ValueError):
        return UTC
