"""Recognising an event that a product app sent twice, by its id, in a bounded window.

A profile keeps the last 32 ids as 8 bytes of BLAKE2b each. Two different ids share a hash with a
probability below 1e-17 per event; a repeat that comes after 32 other events of the same person is
not recognised (repeats that intake makes are, by source offset, however late).
"""

from hashlib import blake2b

from models.profile import Profile

WINDOW = 32
_HASH_BYTES = 8
_BYTES = WINDOW * _HASH_BYTES


_begin = blake2b(digest_size=_HASH_BYTES).copy  # cheaper than beginning anew


def _digest(event_id: str) -> bytes:
    begun = _begin()
    begun.update(event_id.encode())
    return begun.digest()


def _holds(window: bytes, digest: bytes) -> bool:
    at = window.find(digest)
    while at >= 0:
        if at % _HASH_BYTES == 0:
            return True
        at = window.find(digest, at + 1)
    return False


def knows(profile: Profile, event_id: str) -> bool:
    """Whether the event is among the last 32 of this profile; changes nothing."""
    return _holds(profile.dedupe, _digest(event_id))


def first_time(profile: Profile, event_id: str) -> bool:
    """Whether the event is new to this profile; remembers it if so."""
    digest, window = _digest(event_id), profile.dedupe
    if digest in window and _holds(window, digest):
        return False
    profile.dedupe = (window + digest)[-_BYTES:]
    return True
