"""Recognising an event that a product app sent twice, by its id, in a bounded window.

A profile keeps the last 32 ids as 8 bytes of BLAKE2b each. Two different ids share a hash with a
probability below 1e-17 per event; a repeat that comes after 32 other events of the same person is
not recognised (repeats that intake makes are, by source offset, however late).
"""

from models import digests
from models.digests import digest
from models.person.profile import Profile

WINDOW = 32
_BYTES = WINDOW * digests.BYTES


def _holds(window: bytes, known: bytes) -> bool:
    at = window.find(known)
    while at >= 0:
        if at % digests.BYTES == 0:
            return True
        at = window.find(known, at + 1)
    return False


def knows(profile: Profile, event_id: str) -> bool:
    """Whether the event is among the last 32 of this profile; changes nothing."""
    return _holds(profile.dedupe, digest(event_id))


def first_time(profile: Profile, event_id: str) -> bool:
    """Whether the event is new to this profile; remembers it if so."""
    new, window = digest(event_id), profile.dedupe
    if new in window and _holds(window, new):
        return False
    profile.dedupe = (window + new)[-_BYTES:]
    return True
