"""What clicks in mails were on: something with an offer, something to read, or neither."""

from models.catalog import Catalog
from models.intent.person import kept_of
from models.past import Followed, Message
from models.profile import Profile
from models.step import Record
from schemas.catalog_entry import ARTICLE, REVIEW

READING = frozenset({ARTICLE, REVIEW})
"""Kinds of catalog records that are there to be read."""


def clicked(event: Record, message: Message, profile: Profile, catalog: Catalog) -> bool:
    """Count a person's click on a kept mail; tells whether it was on something to read."""
    entry, at_ms = catalog.find(event["product_id"]), event["occurred_at"]
    reading = entry is not None and entry.kind in READING
    offer, kept = _offers(message), kept_of(profile)
    kept.click(at_ms, offer=offer, reading=reading)
    sample = kept.sample
    if sample is not None and sample.covers(at_ms):
        sample.clicks += 1
        sample.offers += offer
        sample.reading += reading
    return reading


def take_back(followed: Followed, message: Message, profile: Profile) -> None:
    """Don't count the clicks noted last any more: they were a machine's."""
    kept, offer = kept_of(profile), _offers(message)
    at_ms, times = followed.at_ms, followed.times
    kept.unclick(at_ms, times, followed.reading, offer=offer)
    sample = kept.sample
    if sample is not None and sample.covers(at_ms):
        sample.clicks = max(0, sample.clicks - times)
        sample.offers = max(0, sample.offers - times) if offer else sample.offers
        sample.reading = max(0, sample.reading - followed.reading)


def _offers(message: Message) -> bool:
    return not message.arm.endswith("/none")
