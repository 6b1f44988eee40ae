"""The signed return path of a mail: where bounces come back to, and that the mail was ours.

A variable envelope return path (VERP, https://cr.yp.to/proto/verp.txt): every mail has an envelope
sender of its own, `b-<mail><mac>@domain`, which survives whatever a server makes of the rest.
Base32 in lower case, since servers on the way may change a local part's case; 44 characters, within
the 64 of RFC 5321, section 4.5.3.1.1. The MAC is HMAC-SHA256 cut to 80 bits: guessing one takes as
many mails, and all it gains is a bounce of one decision.
"""

import hmac
from base64 import b32decode
from binascii import Error as Base32Error
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from senders.links.keys import Key

PREFIX: Final = "b-"
MAC_BYTES: Final = 10
MAIL_BYTES: Final = 16
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz234567"
_CONTEXT: Final = b"nextbest return path\0"
"""Before what is signed, so that a link's signature is never one of a return path."""


def mail_id(decision_id: str) -> str:
    """The 32 hex digits that name a decision's mail: its id where it has this form, else a hash."""
    try:
        data = bytes.fromhex(decision_id)
    except ValueError:
        data = b""
    if len(data) == MAIL_BYTES and data.hex() == decision_id:
        return decision_id
    return blake2b(decision_id.encode(), digest_size=MAIL_BYTES, person=b"mail").hexdigest()


class ReturnPaths:
    """Makes and opens return paths.

    Args:
        domain: Where bounces go.
        secrets: Keys; the first signs, all open.
    """

    def __init__(self, domain: str, secrets: Sequence[str]) -> None:
        self.domain = domain.lower()
        self._keys = [Key(secret.encode()) for secret in secrets]

    def address(self, decision_id: str) -> str:
        """The envelope sender of a decision's mail."""
        data = bytes.fromhex(mail_id(decision_id))
        return f"{PREFIX}{_base32(data + _mac(self._keys[0], data))}@{self.domain}"

    def open(self, address: str) -> str | None:
        """The `mail_id` that an address of ours names; None for any other address."""
        local, at, domain = address.strip().strip("<>").rpartition("@")
        if not at or domain.lower() != self.domain or not local.lower().startswith(PREFIX):
            return None
        token = local[len(PREFIX) :].upper()
        try:
            data = b32decode(token + "=" * (-len(token) % 8))
        except (Base32Error, ValueError):
            return None
        mail, mac = data[:MAIL_BYTES], data[MAIL_BYTES:]
        if len(mac) != MAC_BYTES:
            return None
        ours = any(hmac.compare_digest(_mac(key, mail), mac) for key in self._keys)
        return mail.hex() if ours else None


def _base32(data: bytes) -> str:
    """Base32 in lower case without padding; the library takes twice as long for so little."""
    letters = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << letters * 5 - len(data) * 8
    return "".join([_LETTERS[number >> at & 31] for at in range(letters * 5 - 5, -1, -5)])


def _mac(key: Key, data: bytes) -> bytes:
    return key.mac(_CONTEXT + data)[:MAC_BYTES]
