"""How people take mails, discounts or not: told by the last mails kept."""

from models.person.messages import DELIVERED
from models.person.past import Message
from models.person.profile import Profile


def _messages(profile: Profile) -> list[Message]:
    return profile.messages if profile.kept_past else []


def offers(profile: Profile) -> int:
    """How many of the last mails that arrived carried an offer."""
    return sum(1 for m in _messages(profile) if m.status in DELIVERED and m.carries_offer)


def clicked(profile: Profile) -> int:
    """How many of the last mails were clicked."""
    return sum(1 for m in _messages(profile) if m.clicks)
