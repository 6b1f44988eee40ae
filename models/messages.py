"""The last mails of a person and what became of them; what the caps count."""

from models import bounds
from models.past import Message
from models.profile import Profile

ID_CHARACTERS = 16

FAILED = frozenset(
    {
        "rejected",
        "expired",
        "no_consent",
        "suppressed",
        "paused",
        "not_allowed",
        "no_contact",
        "unrenderable",
        "code_taken",
        "gone",
        "superseded",
    }
)
"""Statuses of mails that never reached the person: no cap counts them."""

DELIVERED = frozenset({"accepted", "bounced", "complained"})

_RANK = {"": 0, "unknown": 1, "accepted": 3, "bounced": 4, "complained": 5}


def find(profile: Profile, decision_id: str | None) -> Message | None:
    """The kept mail of a decision, or None."""
    if not decision_id:
        return None
    short = decision_id[:ID_CHARACTERS]
    for message in profile.messages:
        if message.decision == short:
            return message
    return None


def remember(profile: Profile, message: Message) -> None:
    """Keep a new mail. When full, one that never arrived goes first, else the oldest."""
    profile.messages.append(message)
    if len(profile.messages) > bounds.MESSAGES:
        kept = profile.messages[:-1]
        gone = next((m for m in kept if m.status in FAILED), kept[0])
        profile.messages.remove(gone)


def became(message: Message, status: str, at_ms: int) -> bool:
    """Note what became of a mail; False where it says less than what is known already."""
    if _RANK.get(status, 2) <= _RANK.get(message.status, 2):
        return False
    if status == "accepted":
        message.sent_ms = at_ms
    message.status = bounds.name(status)
    message.expires_ms = 0  # matters only while under way, and takes room
    return True


def counts(message: Message, now_ms: int) -> bool:
    """Whether a mail was delivered or may still be: accepted, unknown, or under way."""
    if message.status == "":
        return now_ms < message.expires_ms
    return message.status not in FAILED


def counted_since(profile: Profile, since_ms: int, now_ms: int) -> int:
    """How many mails since an instant were delivered or are under way."""
    return sum(1 for m in profile.messages if m.sent_ms > since_ms and counts(m, now_ms))
