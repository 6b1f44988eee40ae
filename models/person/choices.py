"""What a person chose in the preference centre: topics, how often, a pause, what they don't want.

Each choice is known by its own time, so that events in any order leave what was chosen last. What
can't be read is left out and what was known stays; an empty text takes a choice back. The contact
record shows the same choices as text, for whoever sends and for the preference centre itself.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec.structs import replace

from models import bounds, localtime
from models.decay import DAY_MS
from models.person.past import Choice, Past
from models.person.profile import Profile

TOPICS_OFF, FREQUENCY, PAUSE = "topics_off", "frequency", "pause_until"
TRACK, PERSONALISE, OPEN_PIXEL = "track", "personalise", "open_pixel"
KEYS: Final = (TOPICS_OFF, FREQUENCY, PAUSE, TRACK, PERSONALISE, OPEN_PIXEL)
"""What can be chosen; other preferences of the shop's are in the contact record alone."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,23}")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_EVERY_MS: Final = {"": 0, "all": 0, "weekly": 7 * DAY_MS, "monthly": 30 * DAY_MS}
_FREQUENCIES: Final = frozenset(_EVERY_MS)
_YES_OR_NO: Final = frozenset({"", "yes", "no"})


def read(key: str, text: str) -> str | None:
    """A choice as it is kept, or None where it can't be read.

    Args:
        key: One of `KEYS`.
        text: As the event tells it.
    """
    text = text.strip().lower()
    if key == TOPICS_OFF:
        names = sorted({name for part in text.split(",") if _NAME.fullmatch(name := part.strip())})
        return ",".join(names[: 2 * bounds.TOPICS])  # those of an earlier programme, too
    if key == PAUSE:
        return text if not text or _is_day(text) else None
    return text if text in (_FREQUENCIES if key == FREQUENCY else _YES_OR_NO) else None


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and date.fromisoformat(text) >= _FIRST
    except ValueError:
        return False


_FIRST: Final = date(1970, 1, 1)


def tell(told: Mapping[str, str], at_ms: int, profile: Profile) -> None:
    """Note what was chosen at a time, unless it was chosen otherwise since."""
    kept = profile.past().choices
    for key in KEYS:
        value = read(key, told[key]) if key in told else None
        if value is not None:
            _note(key, Choice(value, at_ms), kept)
    _mirror(profile)


def absorb(profile: Profile, other: Profile) -> None:
    """Take over what was chosen before it was known who somebody is, where that is newer."""
    kept = profile.past().choices
    for key, choice in other.past().choices.items():
        _note(key, replace(choice), kept)
    _mirror(profile)


def _note(key: str, choice: Choice, kept: dict[str, Choice]) -> None:
    known = kept.get(key)
    # Of two at one instant either may be told first: it must not matter which.
    if known is None or (choice.at_ms, choice.value) > (known.at_ms, known.value):
        kept[key] = choice


def _mirror(profile: Profile) -> None:
    """Have what browsing asks where browsing finds it."""
    profile.impersonal = _of(PERSONALISE, profile) == "no"


def shown(profile: Profile) -> dict[str, str]:
    """What was chosen, as the contact record has it."""
    return {key: choice.value for key, choice in profile.past().choices.items() if choice.value}


def _of(key: str, profile: Profile) -> str:
    choice = profile.past().choices.get(key)
    return choice.value if choice is not None else ""


def is_off(topic: str, profile: Profile) -> bool:
    """Whether a topic was turned off."""
    return bool(topic) and topic in _of(TOPICS_OFF, profile).split(",")


def every_ms(profile: Profile) -> int:
    """The least time between two mails that was chosen; 0 where none was."""
    return _EVERY_MS[_of(FREQUENCY, profile)]


def paused(profile: Profile, now_ms: int, time_zone: str) -> bool:
    """Whether mail is paused: until the day chosen begins where the person is.

    Args:
        profile: The person.
        now_ms: The moment, epoch milliseconds.
        time_zone: IANA name of theirs.
    """
    until = _of(PAUSE, profile)
    if not until:
        return False
    return localtime.local_day(now_ms, time_zone) < (date.fromisoformat(until) - _FIRST).days


def untracked(profile: Profile) -> bool:
    """Whether clicks are not to be followed: then none is expected, and none teaches."""
    return _of(TRACK, profile) == "no"


def teaches_nothing(profile: Profile) -> bool:
    """Whether nothing may be learned from what the person does after a mail."""
    return profile.impersonal or untracked(profile)


def as_anybody(profile: Profile) -> Profile:
    """The person without anything that they did: what a decision sees where mails aren't personal.

    What they told stays (time zone, language, declared attributes, whether a first name is known),
    and which mails they got, for caps and so that nothing is shown twice; not that they clicked.
    """
    past = profile.past()
    return Profile(
        has_address=profile.has_address,
        suppressed=profile.suppressed,
        time_zone=profile.time_zone,
        locale=profile.locale,
        attributes=profile.attributes,
        impersonal=True,
        kept_past=Past(
            messages=[replace(m, clicks=0, clicked_ms=0) for m in past.messages],
            consent=past.consent,
            flow_mails=past.flow_mails,
            mailed=past.mailed,
            has_name=past.has_name,
            choices=past.choices,
        ),
    )
