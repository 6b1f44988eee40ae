"""Whether a click was a person's or a machine's.

Security gateways follow the links of a mail to see where they lead: as it arrives, many at once,
often under a browser's name. Three things tell them from readers: they say who they are, they are
faster than anybody reads, or they follow several links of one mail at the same time. What was seen
as the link was followed (a HEAD request, a prefetch) comes with the event. The limits
lean towards believing in a person; docs/decisions/0312 has the reasons and sources.
"""

from zlib import crc32

from models.decay import DAY_MS
from models.person.past import Followed, Message
from models.person.profile import Profile
from models.step import Record
from schemas.agents import names_itself

EARLY_MS = 10_000
"""A click sooner than this after the mail was accepted is a machine's."""
SCANNED_EARLY_MS = 60_000
"""The same in a mailbox that a machine has clicked in."""
SCANNED_MEMORY_MS = 180 * DAY_MS
"""How long a mailbox is known for one that machines click in."""
BURST_MS = 2_000
"""Other links of the same mail followed within this are a machine's work."""

PREFETCH = "prefetch"
"""In a click's `machine`: the reader's own program fetched the link ahead, so the mailbox isn't one
that scanners look into."""


def link_of(event: Record) -> int:
    """A number that stands for the link a click followed, 0 where it isn't told."""
    url: str | None = event["url"]
    return crc32(url.encode(errors="replace")) if url else 0


def too_early(at_ms: int, message: Message, profile: Profile) -> bool:
    """Whether nobody can have read a mail by then.

    Args:
        at_ms: When it was clicked, epoch milliseconds.
        message: The mail; one not accepted yet counts from its decision.
        profile: Whose mailbox it went to.
    """
    scanned = profile.scanned_ms > 0 and at_ms - profile.scanned_ms < SCANNED_MEMORY_MS
    return at_ms - message.sent_ms < (SCANNED_EARLY_MS if scanned else EARLY_MS)


def follows(followed: Followed | None, message: Message, at_ms: int) -> bool:
    """Whether a click belongs to the same moment as the last one, on the same mail."""
    return (
        followed is not None
        and followed.decision == message.decision
        and abs(at_ms - followed.at_ms) <= BURST_MS
    )


def at_once(event: Record, message: Message, followed: Followed | None) -> bool:
    """Whether a click and the last one show a machine at work on a mail.

    They do if the last one was a machine's, or followed another link, or one of them doesn't tell
    its link. The same link twice is a double click.
    """
    if followed is None or not follows(followed, message, event["occurred_at"]):
        return False
    link = link_of(event)
    return not followed.times or not link or link != followed.link


def by_machine(event: Record, message: Message | None, profile: Profile) -> bool:
    """Whether a click is a machine's, as far as can be known now.

    Args:
        event: The `click` event.
        message: The mail it came from, None where it isn't kept.
        profile: The person, as before the click.
    """
    if event["machine"] or names_itself(event["user_agent"]):
        return True
    if message is None:
        return False
    early = too_early(event["occurred_at"], message, profile)
    return early or at_once(event, message, profile.followed)
