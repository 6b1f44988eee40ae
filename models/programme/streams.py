"""Of what kind a flow's mails are, in which stream they go, on what topic, and what was promised.

A stream is what has a warm-up, a volume and a guardrail of its own where mails are sent; a topic is
what a person may turn off in the preference centre.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """Why a mail may be sent."""

    __hash__ = str.__hash__  # Enum's own is written in Python, and decisions look these up

    MARKETING = "marketing"
    """With consent, within caps, where it is worth more than nothing."""
    TRANSACTIONAL = "transactional"
    """Owed to the person whatever they consented to, and without any promotion."""


WIN_BACK: Final = "win_back"
"""The stream of mails that try to win back: who engages no more gets no other marketing."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What people may turn off, in words for them."""

    name: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Promise:
    """What somebody who opts in agrees to, in words for them: what comes, and how often."""

    content: str
    frequency: str


@dataclass(frozen=True, slots=True)
class Unengaged:
    """From when on somebody counts as not engaged any more.

    Attributes:
        mails: So many marketing mails were accepted since they last did anything.
        for_ms: So long they have done nothing.
    """

    mails: int
    for_ms: int


NOTHING_PROMISED: Final = Promise("", "")


def promise(
    content: str | None, frequency: str | None, topics: dict[str, Topic], week: int
) -> Promise:
    """What is promised where nothing, or not all of it, is written: by the topics and the caps.

    Args:
        content: What comes, as it is written.
        frequency: How often, as it is written.
        topics: By name.
        week: Most mails a week, by the caps.
    """
    titles = ", ".join(topic.title for topic in topics.values())
    return Promise(
        content or titles or "news and offers",
        frequency or ("at most one mail a week" if week == 1 else f"at most {week} mails a week"),
    )
