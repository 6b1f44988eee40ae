"""The last mails of a person and what became of them; what the caps count."""

from typing import Final

from models import bounds
from models.person.past import Message
from models.person.profile import Profile
from models.programme.flows import Flow

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
        "gone",
        "code_taken",
        "superseded",
        "sold_out",
        "price_changed",
    }
)
"""Statuses of mails that never reached the person: no cap counts them."""

GONE_AGAIN = frozenset({"sold_out", "price_changed"})
"""Statuses of mails that didn't leave since what they told of was true no more."""

BOUNCED: Final = "bounced"

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
    """Keep a new mail. When full, one that never arrived goes first, else the oldest.

    Of transactional ones few are kept, so that however many there are, caps know the others.
    """
    kept = list(profile.messages)
    profile.messages.append(message)
    owed = [m for m in kept if m.owed]
    if message.owed and len(owed) >= bounds.OWED:
        profile.messages.remove(owed[0])
    elif len(profile.messages) > bounds.MESSAGES:
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
    """How many marketing mails since an instant were delivered or are under way."""
    return sum(
        1 for m in profile.messages if m.sent_ms > since_ms and not m.owed and counts(m, now_ms)
    )


def note_of(flow: Flow, decided_ms: int, profile: Profile) -> None:
    """Note a mail of a flow that has a cap of its own."""
    if flow.at_most is not None:
        times = [*profile.flow_mails.get(flow.name, ()), decided_ms]
        profile.flow_mails[flow.name] = sorted(times)[-bounds.FLOW_MAILS :]
        if len(profile.flow_mails) > bounds.FLOWS:
            oldest = min(profile.flow_mails.items(), key=lambda kept: (kept[1][-1], kept[0]))
            del profile.flow_mails[oldest[0]]


def take_back_of(message: Message, profile: Profile) -> None:
    """Take back the note of a mail that never reached the person."""
    times = profile.flow_mails.get(message.flow, [])
    if message.sent_ms in times:
        times.remove(message.sent_ms)
        if not times:
            del profile.flow_mails[message.flow]


def counted_of(flow: Flow, profile: Profile, now_ms: int) -> int:
    """How many mails of a flow count for its own cap; 0 where it has none."""
    if flow.at_most is None:
        return 0
    since_ms = now_ms - flow.at_most.within_ms
    return sum(1 for at_ms in profile.flow_mails.get(flow.name, ()) if at_ms > since_ms)
