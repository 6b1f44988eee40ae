"""What a person chose in the preference centre: the names, values and defaults of their choices.

They travel as a `consent` event's `preferences` and stand in the contact record. A value that is
none of ours counts as the default: product apps may write these too.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

Frequency = Literal["all", "weekly", "monthly"]
FREQUENCIES: Final[tuple[Frequency, ...]] = ("all", "weekly", "monthly")

TOPICS_OFF: Final = "topics_off"
FREQUENCY: Final = "frequency"
PAUSE_UNTIL: Final = "pause_until"
TRACK: Final = "track"
PERSONALISE: Final = "personalise"
OPEN_PIXEL: Final = "open_pixel"

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A person's choices; as made, what applies to someone who never chose.

    Attributes:
        topics_off: Topics they want nothing of, by the names the programme gives them.
        frequency: How often they want mail at most; `all` leaves it to the shop.
        pause_until: The first day on which they want mail again, or None.
        track: Whether links may be counted.
        personalise: Whether what they did may shape what they get.
        open_pixel: Whether it may be noted that a mail was opened; only who says so.
    """

    topics_off: frozenset[str] = frozenset()
    frequency: Frequency = "all"
    pause_until: date | None = None
    track: bool = True
    personalise: bool = True
    open_pixel: bool = False

    def stored(self) -> dict[str, str]:
        """As the `preferences` of an event: every name, so that what was chosen before goes."""
        return {
            TOPICS_OFF: ",".join(sorted(self.topics_off)),
            FREQUENCY: self.frequency,
            PAUSE_UNTIL: self.pause_until.isoformat() if self.pause_until else "",
            TRACK: _yes(self.track),
            PERSONALISE: _yes(self.personalise),
            OPEN_PIXEL: _yes(self.open_pixel),
        }


def chosen(preferences: Mapping[str, str]) -> Chosen:
    """The choices that a contact's preferences hold."""
    frequency = preferences.get(FREQUENCY, "").strip()
    return Chosen(
        frozenset(
            name
            for name in map(str.strip, preferences.get(TOPICS_OFF, "").split(","))
            if _NAME.fullmatch(name)
        ),
        frequency if frequency in FREQUENCIES else "all",
        read_day(preferences.get(PAUSE_UNTIL, "")),
        preferences.get(TRACK, "") != "no",
        preferences.get(PERSONALISE, "") != "no",
        preferences.get(OPEN_PIXEL, "") == "yes",
    )


def read_day(text: str) -> date | None:
    """A day written YYYY-MM-DD; None where it is none."""
    if not _DAY.fullmatch(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def _yes(value: bool) -> str:  # noqa: FBT001  it is all there is to say
    return "yes" if value else "no"
