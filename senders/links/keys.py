"""What proves that a token is ours: HMAC-SHA256 (RFC 2104)."""

from hashlib import sha256
from typing import Final

_BLOCK: Final = sha256().block_size


class Key:
    """A key, its two blocks hashed once: a mail has a dozen links.

    The standard library's `hmac` copies or derives them at three to five times the cost.
    """

    def __init__(self, secret: bytes) -> None:
        block = secret if len(secret) <= _BLOCK else sha256(secret).digest()
        block = block.ljust(_BLOCK, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in block))

    def mac(self, data: bytes) -> bytes:
        """The 32 bytes that only who has the key can make for this data."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(data)
        outer.update(inner.digest())
        return outer.digest()
