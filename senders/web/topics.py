"""What the pages tell of the programme: its topics, and how much mail it may send.

`flows.yaml` is the worker's to check; senders don't import models. This reads the few words that
people are shown, and leaves out what it can't make sense of.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from runtime.logging import get_logger
from senders.plain import clean

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LONGEST: Final = 200
_TOPICS: Final = 30
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Topic:
    """Something to want mail about, or not.

    Attributes:
        name: As decisions name it.
        title: What people are shown.
        description: A sentence more; may be empty.
    """

    name: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What the pages tell of the programme.

    Attributes:
        topics: In the programme's order.
        content: What mails are about, as who opts in is told; empty where it doesn't say.
        frequency: How often they come, likewise.
        day: Mails a day at most, 0 where it doesn't say.
        week: Mails a week at most, 0 where it doesn't say.
    """

    topics: tuple[Topic, ...] = ()
    content: str = ""
    frequency: str = ""
    day: int = 0
    week: int = 0

    @property
    def names(self) -> tuple[str, ...]:
        """The topics' names."""
        return tuple(topic.name for topic in self.topics)


def read_told(folder: Path) -> Told:
    """What a programme's `flows.yaml` says; nothing where it can't be read."""
    try:
        found = yaml.safe_load((folder / "flows.yaml").read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        log.warning("programme_not_read", problem=f"{type(error).__name__}: {error}")
        return Told()
    return told_by(found)


def told_by(programme: Any) -> Told:
    """The same, from what the file holds."""
    if not isinstance(programme, Mapping):
        return Told()
    settings = _mapping(programme.get("settings"))
    caps, promise = _mapping(settings.get("caps")), _mapping(settings.get("promise"))
    return Told(
        _topics(programme.get("topics")),
        _line(promise.get("content")),
        _line(promise.get("frequency")),
        _count(caps.get("day")),
        _count(caps.get("week")),
    )


def _topics(listed: Any) -> tuple[Topic, ...]:
    if not isinstance(listed, Mapping):
        return ()
    found = (_topic(name, words) for name, words in listed.items())
    return tuple(topic for topic in found if topic is not None)[:_TOPICS]


def _topic(name: Any, words: Any) -> Topic | None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return None
    if isinstance(words, str):
        words = {"title": words}
    told = _mapping(words)
    return Topic(name, _line(told.get("title")) or _spelled(name), _line(told.get("description")))


def _mapping(found: Any) -> Mapping[Any, Any]:
    return found if isinstance(found, Mapping) else {}


def _line(found: Any) -> str:
    return clean(found, _LONGEST) if isinstance(found, str) else ""


def _spelled(name: str) -> str:
    words = re.sub(r"[_.-]+", " ", name).strip() or name
    return words[0].upper() + words[1:]


def _count(value: Any) -> int:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and 0 < value <= 1_000 else 0
