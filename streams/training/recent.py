"""Recognising what was heard lately: a worker's outbox repeats some of it after a crash."""

from hashlib import blake2b

RECENT_OUTCOMES = 4_096
"""Outcomes and labels remembered."""
_HASH_BYTES = 8


class Recent:
    """The last outcomes heard, as 8-byte hashes.

    Args:
        data: What `to_bytes` gave.
    """

    def __init__(self, data: bytes = b"") -> None:
        self._order = [data[i : i + _HASH_BYTES] for i in range(0, len(data), _HASH_BYTES)]
        self._known = set(self._order)

    def first_time(self, outcome_id: str) -> bool:
        """Tell whether the outcome is new; remembers it if so."""
        digest = _digest(outcome_id)
        if digest in self._known:
            return False
        self._known.add(digest)
        self._order.append(digest)
        if len(self._order) > RECENT_OUTCOMES:
            self._known.discard(self._order.pop(0))
        return True

    def knows(self, outcome_id: str) -> bool:
        """Tell whether the outcome is among them; changes nothing."""
        return _digest(outcome_id) in self._known

    def to_bytes(self) -> bytes:
        """Encode, oldest first."""
        return b"".join(self._order)


def _digest(outcome_id: str) -> bytes:
    return blake2b(outcome_id.encode(), digest_size=_HASH_BYTES).digest()
