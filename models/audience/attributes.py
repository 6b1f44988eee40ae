"""Attributes that the programme declares: of profile events, these are kept in the profile, typed.

What isn't declared stays in the contact record alone. The marketer declares what rules and mails
need and what says nothing of who someone is: no names, no addresses. A value that isn't of its type
is refused by itself: the event's other parts, an address say, count all the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isfinite
from typing import Final

from models import bounds
from models.audience import lifecycle
from models.decay import DAY_MS
from models.person.profile import Profile, Value
from models.step import Step

TEXT, NUMBER, BOOLEAN, DATE, TAGS, CHOICE = "text", "number", "boolean", "date", "tags", "choice"
TYPES = (TEXT, NUMBER, BOOLEAN, DATE, TAGS)
"""What may be declared by its name; a choice is declared by its values."""

BUILT_IN = ("last_category", "lifecycle", "engagement", "first_seen")
"""Known of everybody without being declared."""

REFUSED: Final = "attribute"
"""In `Step.noticed`: a value that wasn't of its attribute's type."""

_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_LARGEST = 1e15
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)


class NotOfTypeError(ValueError):
    """A value isn't of the type that its attribute is declared with."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A declared attribute.

    Attributes:
        kind: Its type.
        choices: What a choice may be; empty for other types.
    """

    name: str
    kind: str
    choices: tuple[str, ...] = ()

    def read(self, text: str) -> Value:
        """The value that a profile event tells.

        Raises:
            NotOfTypeError: The text is none of this type.
        """
        text = text.strip()
        if self.kind == TAGS:
            return _tags(text)
        if len(text.encode()) > bounds.NAME_BYTES:
            raise NotOfTypeError(f"longer than {bounds.NAME_BYTES} bytes")
        if self.kind == NUMBER:
            return _number(text)
        if self.kind == BOOLEAN:
            return _boolean(text)
        if self.kind == DATE:
            return _date_ms(text)
        if self.kind == CHOICE and text not in self.choices:
            raise NotOfTypeError("none of the choices")
        return text

    def fits(self, value: Value) -> bool:
        """Whether a kept value is of this type: the declaration may have changed since."""
        if self.kind == CHOICE:
            return value in self.choices
        # A boolean is an int as well, and says what it is by its type alone.
        return type(value) is _KEPT_AS[self.kind]


_KEPT_AS: dict[str, type] = {TEXT: str, NUMBER: float, BOOLEAN: bool, DATE: int, TAGS: list}

Declared = Mapping[str, Attribute]
"""The declared attributes by name."""


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise NotOfTypeError("no number") from error
    if not isfinite(number) or abs(number) > _LARGEST:
        raise NotOfTypeError("no number that is reasonable")
    return number


def _boolean(text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise NotOfTypeError("neither true nor false")


def _date_ms(text: str) -> int:
    """Epoch milliseconds of an ISO 8601 date or time; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(text)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:  # or in no year of UTC that there is
        raise NotOfTypeError("no date; write 2026-05-01") from error
    return (moment - _EPOCH) // _MILLISECOND


def _tags(text: str) -> list[str]:
    tags = sorted({tag for part in text.split(",") if (tag := part.strip())})
    if len(tags) > bounds.TAGS or any(len(tag.encode()) > bounds.NAME_BYTES for tag in tags):
        raise NotOfTypeError(f"more than {bounds.TAGS} tags, or one too long")
    return tags


def tell(
    told: Mapping[str, str], profile: Profile, step: Step, declared: Declared, *, newer: bool
) -> None:
    """Keep what a profile event tells of declared attributes.

    An empty text takes an attribute away. A value that isn't of its type is left out, what was
    known stays, and `step` notes it.

    Args:
        told: The event's attributes.
        newer: Whether it is as new as what is known; an older event only fills in what misses.
    """
    known = held(profile, declared)
    for name, attribute in declared.items():
        text = told.get(name)
        if text is None or (name in known and not newer):
            continue
        if not text.strip():
            known.pop(name, None)
            continue
        try:
            known[name] = attribute.read(text)
        except NotOfTypeError as error:
            step.noticed.append((REFUSED, name, str(error)))
    profile.attributes = known


def held(profile: Profile, declared: Declared) -> dict[str, Value]:
    """The kept attributes that are still declared, with the type they have."""
    return {
        name: value
        for name, value in profile.attributes.items()
        if name in declared and declared[name].fits(value)
    }


def merge(profile: Profile, other: Profile) -> None:
    """Take over what another profile of the same person knows and this one doesn't."""
    both = {**other.attributes, **profile.attributes}
    profile.attributes = dict(list(both.items())[: bounds.ATTRIBUTES])


def shown(profile: Profile, now_ms: int, declared: Declared) -> dict[str, str]:
    """What templates may show, as text: the declared attributes, and those known of everybody."""
    found = {
        "last_category": profile.last_category,
        "lifecycle": lifecycle.stage(profile, now_ms)[0],
        "engagement": lifecycle.engagement(profile, now_ms)[0],
        "first_seen": _date(profile.first_ms) if profile.first_ms else "",
    }
    found |= {name: _shown(value) for name, value in held(profile, declared).items()}
    return {name: text for name, text in found.items() if text}


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return _date(value)
    if isinstance(value, list):
        return ", ".join(value)
    return f"{value:.15g}" if isinstance(value, float) else value


def _date(at_ms: int) -> str:
    return _day(at_ms // DAY_MS)


@lru_cache(maxsize=4_096)
def _day(number: int) -> str:
    """The date of a day since 1970, as UTC has it; asked for in every decision."""
    return datetime.fromtimestamp(number * DAY_MS / 1000, UTC).date().isoformat()
