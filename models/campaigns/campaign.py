"""A one-off campaign: to whom, and when."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

FOREVER_MS = 100 * 366 * 86_400_000
"""How long after it was decided for a person a campaign starts again for them: never."""


@dataclass(frozen=True, slots=True)
class Campaign:
    """When a campaign is open, and for whom. How it mails is the flow of its name.

    Attributes:
        audience: Segments, any of which a person must be in; empty for everybody.
        starts_ms: From when it mails, epoch milliseconds.
        ends_ms: From when nothing more starts.
    """

    name: str
    audience: tuple[str, ...]
    starts_ms: int
    ends_ms: int

    def is_open(self, now_ms: int) -> bool:
        """Whether it mails at an instant."""
        return self.starts_ms <= now_ms < self.ends_ms


def moment_ms(text: str, time_zone: str) -> int:
    """A date and time as epoch milliseconds.

    Args:
        text: By ISO 8601; without an offset it is read in `time_zone`.
        time_zone: IANA name.

    Raises:
        ValueError: It is no date and time.
    """
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        read = read.replace(tzinfo=ZoneInfo(time_zone))
    return round(read.timestamp() * 1000)
