"""Eight bytes that stand for an id where keeping it whole would take room: BLAKE2b of its UTF-8.

Two given ids share them with a probability of 2 to the power of -64.
"""

from hashlib import blake2b

BYTES = 8

_begin = blake2b(digest_size=BYTES).copy  # cheaper than beginning anew


def digest(text: str) -> bytes:
    """What stands for an id; what UTF-8 can't hold in it counts as a question mark."""
    begun = _begin()
    begun.update(text.encode(errors="replace"))
    return begun.digest()
