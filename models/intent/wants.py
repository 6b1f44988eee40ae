"""What clicks in mails were on: something with an offer, something to read, or neither."""

from models.catalog import Catalog
from models.intent.person import kept_of, known_of
from models.person.past import Followed, Message
from models.person.profile import Profile
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


def on_offers(profile: Profile) -> float | None:
    """Share of the clicks in mails that was in mails with an offer; None without any click."""
    shares = known_of(profile).shares()
    return shares[0] if shares else None


def on_content(profile: Profile) -> float | None:
    """Share of the clicks in mails that was on something to read; None without any click."""
    shares = known_of(profile).shares()
    return shares[1] if shares else None


def clicked(event: Record, message: Message, profile: Profile, catalog: Catalog) -> bool:
    """Count a person's click on a kept mail; tells whether it was on something to read."""
    at_ms, reading = event["occurred_at"], is_read(event, message, catalog)
    offer, kept = message.carries_offer, kept_of(profile)
    kept.click(at_ms, offer=offer, reading=reading)
    sample = kept.sample
    if sample is not None and sample.covers(at_ms):
        sample.clicks += 1
        sample.offers += offer
        sample.reading += reading
    return reading


def take_back(followed: Followed, message: Message, profile: Profile) -> None:
    """Don't count the clicks noted last any more: they were a machine's."""
    kept, offer = kept_of(profile), message.carries_offer
    at_ms, times = followed.at_ms, followed.times
    kept.unclick(at_ms, times, followed.reading, offer=offer)
    sample = kept.sample
    if sample is not None and sample.covers(at_ms):
        sample.clicks = max(0, sample.clicks - times)
        sample.offers = max(0, sample.offers - times) if offer else sample.offers
        sample.reading = max(0, sample.reading - followed.reading)
