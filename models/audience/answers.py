"""What of mails a person answers, discounts or things to read: told by the last mails kept."""

from models.catalog import Catalog
from models.messages import DELIVERED
from models.past import Message
from models.profile import Profile
from models.step import Record

_READ_KINDS = frozenset({"article", "review"})
"""Kinds of catalog records that are there to be read."""
_READ_TYPES = frozenset({"education", "content"})
"""Types of messages that are, whatever they link to."""


def is_read(event: Record, message: Message, catalog: Catalog) -> bool:
    """Whether a click in a mail leads to something to read rather than to buy."""
    if message.arm.partition("/")[0] in _READ_TYPES:
        return True
    record = catalog.find(event["product_id"])
    return record is not None and record.kind in _READ_KINDS


def _messages(profile: Profile) -> list[Message]:
    return profile.messages if profile.kept_past else []


def _carries_offer(message: Message) -> bool:
    return not message.arm.endswith("/none")


def offers(profile: Profile) -> int:
    """How many of the last mails that arrived carried an offer."""
    return sum(1 for m in _messages(profile) if m.status in DELIVERED and _carries_offer(m))


def clicked(profile: Profile) -> int:
    """How many of the last mails were clicked."""
    return sum(1 for m in _messages(profile) if m.clicks)


def on_offers(profile: Profile) -> float | None:
    """Share of the clicked mails that carried an offer; None where none was clicked."""
    answered = [_carries_offer(m) for m in _messages(profile) if m.clicks]
    return sum(answered) / len(answered) if answered else None


def on_content(profile: Profile) -> float | None:
    """Share of the clicked mails that were clicked to read something; None where none was."""
    answered = [m.read > 0 for m in _messages(profile) if m.clicks]
    return sum(answered) / len(answered) if answered else None
