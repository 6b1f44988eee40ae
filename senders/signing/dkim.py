"""Signing a mail: a `DKIM-Signature` header for each key (RFC 6376), put before the mail.

Relaxed canonicalization of headers and body, SHA-256, no `l=` (section 8.2: it lets anybody add to
a body). The body is hashed once, whatever the number of keys.
"""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from runtime.settings import Settings
from senders.signing import canonical
from senders.signing.keys import SigningKey, read_keys

DAY_SECONDS: Final = 86_400
SIGNED: Final = (
    *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "Auto-Submitted"),
)
"""Signed where a mail has them. RFC 8058, section 4, wants both headers of unsubscribing; Gmail
counts complaints only by a Feedback-ID that is signed."""
OVERSIGNED: Final = frozenset({"From", "To", "Reply-To", "Subject", "Date", "Content-Type"})
"""Named once more than they are there: a second one added by somebody breaks the signature (section
5.4.2 of RFC 6376). What readers see, and what decides how the body is read."""
_LINE = 72
_BASE64_LINE = 70


class Signer:
    """Signs mails with every key.

    Args:
        domain: The `d=`.
        keys: What signs, in this order.
        valid_seconds: From `t=` to `x=`.
    """

    def __init__(self, domain: str, keys: Sequence[SigningKey], valid_seconds: int) -> None:
        self.domain = domain
        self.keys = tuple(keys)
        self._valid_seconds = valid_seconds

    def sign(self, mail: bytes, at_seconds: int) -> bytes:
        """The mail with its signatures before it; as it is where there is no key.

        Args:
            mail: The whole mail, lines ending in CRLF, ready for DATA but for its dots.
            at_seconds: When it is signed, epoch seconds by the wall clock: verifiers refuse a
                signature from the future.
        """
        if not self.keys:
            return mail
        head, _, body = mail.partition(b"\r\n\r\n")
        names, lines = _chosen(canonical.headers_of(head))
        body_hash = b64encode(sha256(canonical.body(body)).digest()).decode()
        times = f"t={at_seconds}; x={at_seconds + self._valid_seconds}"
        rest = f"\r\n\t{times};\r\n\th={_folded(names)};\r\n\tbh={body_hash};\r\n\tb="
        signatures = [self._signature(key, rest, lines) for key in self.keys]
        return b"".join([*signatures, mail])

    def _signature(self, key: SigningKey, rest: str, lines: bytes) -> bytes:
        unsigned = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;"
            f"\r\n\td={self.domain}; s={key.selector};{rest}"
        ).encode("ascii")
        signed = b64encode(key.sign(lines + canonical.header(unsigned)))
        chunks = (signed[at : at + _BASE64_LINE] for at in range(0, len(signed), _BASE64_LINE))
        return unsigned + b"\r\n\t".join(chunks) + b"\r\n"


def signing_domain(settings: Settings) -> str:
    """The `d=` that the settings ask for: the From domain where they name none."""
    return settings.signing.domain or settings.sender.from_address.rpartition("@")[2]


def open_signer(settings: Settings) -> Signer:
    """The signer that the settings ask for.

    Raises:
        BadSigningKeysError: A key can't be used.
    """
    valid_seconds = settings.signing.valid_days * DAY_SECONDS
    return Signer(signing_domain(settings), read_keys(settings), valid_seconds)


def _chosen(headers: list[tuple[bytes, bytes]]) -> tuple[list[str], bytes]:
    """The `h=`, and the headers it names as they are signed: of several, the last one first."""
    there: dict[bytes, list[bytes]] = {}
    for key, line in headers:
        there.setdefault(key, []).append(line)
    names: list[str] = []
    lines: list[bytes] = []
    for name in SIGNED:
        found = there.get(name.lower().encode(), [])
        names += [name] * (len(found) + (name in OVERSIGNED))
        lines += reversed(found)
    return names, b"".join(line + b"\r\n" for line in lines)


def _folded(names: list[str]) -> str:
    """Names with colons between them, in lines of a usual length."""
    folded = [""]
    for name in names:
        if len(folded[-1]) + len(name) > _LINE:
            folded.append("")
        folded[-1] += f"{name}:"
    return "\r\n\t ".join(folded).rstrip(":")
