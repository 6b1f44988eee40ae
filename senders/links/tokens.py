"""Signed links: what the mails' links and the unsubscribe header say, and that we said it.

A token is `payload.mac`, both URL-safe base64 without padding; the MAC is HMAC-SHA256 (RFC 2104)
over the payload, cut to 128 bits (section 5 there: at least half the hash). The payload holds the
link's target itself, so that a redirect leads only where a mail of ours pointed, and ids, never an
address. Tokens don't expire: an unsubscribe link must work for as long as the mail exists.
"""

import hmac
import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from binascii import b2a_base64
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import msgspec

from senders.errors import ForgedLinkError
from senders.links.keys import Key

MAC_BYTES: Final = 16
MAX_TOKEN: Final = 4_096
MAX_URL: Final = 2_000
"""Bytes of a link's target, so that its token stays below `MAX_TOKEN`."""
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_UNFIT = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_USUAL = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(?::[0-9]{1,5})?(?:[/?#][!-\[\]-~]*)?")
"""What nearly every URL looks like, and nobody reads otherwise than a parser."""


class Click(msgspec.Struct, frozen=True, array_like=True, tag="c"):
    """A link to follow.

    Attributes:
        subscriber: The subscriber key.
        decision_id: The decision whose mail holds the link.
        url: Where it leads; http or https.
        product_id: The product it shows, or None.
    """

    subscriber: str
    decision_id: str
    url: str
    product_id: str | None = None


class Unsubscribe(msgspec.Struct, frozen=True, array_like=True, tag="u"):
    """A withdrawal of consent.

    Attributes:
        subscriber: The subscriber key.
        decision_id: The decision whose mail holds the link.
        address_hash: `senders.recipients.suppression.digest_of` the address the mail went to.
        purpose: What the consent was for.
    """

    subscriber: str
    decision_id: str
    address_hash: str
    purpose: str = "marketing"


class Confirm(msgspec.Struct, frozen=True, array_like=True, tag="o"):
    """A consent to confirm (double opt-in).

    Attributes:
        subscriber: The subscriber key.
        decision_id: The decision whose mail asks for it.
        address_hash: `senders.recipients.suppression.digest_of` the address the mail went to: what
            is confirmed is this address, not whatever is on record when it is clicked.
        purpose: What the consent is for.
        text_version: Version of the wording agreed to, as the opt-in told it.
    """

    subscriber: str
    decision_id: str
    address_hash: str
    purpose: str = "marketing"
    text_version: str = ""


class Preferences(msgspec.Struct, frozen=True, array_like=True, tag="p"):
    """A person's preference centre.

    Attributes:
        subscriber: The subscriber key.
        decision_id: The decision whose mail holds the link.
        address_hash: `senders.recipients.suppression.digest_of` the address the mail went to.
    """

    subscriber: str
    decision_id: str
    address_hash: str


class Pixel(msgspec.Struct, frozen=True, array_like=True, tag="x"):
    """A picture whose loading may mean that a mail was opened; only for who agreed to it.

    Attributes:
        subscriber: The subscriber key.
        decision_id: The decision whose mail holds it.
    """

    subscriber: str
    decision_id: str


Target = Click | Unsubscribe | Confirm | Preferences | Pixel
_ENCODER: Final = msgspec.json.Encoder()
_DECODER: Final[msgspec.json.Decoder[Target]] = msgspec.json.Decoder(Target)


def is_web_url(url: str | None) -> bool:
    """Whether a URL may stand in a mail: http or https, with a host, in plain characters."""
    if not url or len(url) > MAX_URL:
        return False
    return _USUAL.fullmatch(url) is not None or _reads_as_web(url)


def _reads_as_web(url: str) -> bool:
    # A backslash is a slash to browsers and none to this parser: they would read other hosts.
    if _UNFIT.search(url) or len(url.encode()) > MAX_URL:
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    # A name before the host is there to be mistaken for one: `https://shop.example@evil.example/`.
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "@" not in parts.netloc


class Links:
    """Signs and opens tokens.

    Args:
        public_url: Where `nextbest web` is reached from outside, without a trailing slash.
        secrets: Keys; the first signs, all open.
    """

    def __init__(self, public_url: str, secrets: Sequence[str]) -> None:
        self._base = public_url.rstrip("/")
        self._keys = [Key(secret.encode()) for secret in secrets]

    def click(self, target: Click) -> str:
        """The URL to put into a mail for a link."""
        return f"{self._base}/c/{self.sign(target)}"

    def unsubscribe(self, target: Unsubscribe) -> str:
        """The URL of a mail's `List-Unsubscribe`."""
        return f"{self._base}/u/{self.sign(target)}"

    def confirm(self, target: Confirm) -> str:
        """The URL of a mail that asks to confirm a consent."""
        return f"{self._base}/o/{self.sign(target)}"

    def preferences(self, target: Preferences) -> str:
        """The URL of a person's preference centre."""
        return f"{self._base}/p/{self.sign(target)}"

    def pixel(self, target: Pixel) -> str:
        """The URL of a mail's picture."""
        return f"{self._base}/x/{self.sign(target)}.gif"

    def sign(self, target: Target) -> str:
        """The token for a target."""
        payload = _encode(_ENCODER.encode(target))
        return f"{payload.decode()}.{_encode(_mac(self._keys[0], payload)).decode()}"

    def open(self, token: str) -> Target:
        """What a token says.

        Raises:
            ForgedLinkError: It was not signed with any of our keys.
        """
        payload, dot, mac = token.partition(".")
        if not dot or len(token) > MAX_TOKEN or not token.isascii():
            raise ForgedLinkError("not a token")
        given = _decode(mac)
        if not any(hmac.compare_digest(_mac(key, payload.encode()), given) for key in self._keys):
            raise ForgedLinkError("the signature is not ours")
        try:
            return _DECODER.decode(_decode(payload))
        except msgspec.DecodeError as error:
            raise ForgedLinkError("signed by us, but not a link") from error


def _mac(key: Key, payload: bytes) -> bytes:
    return key.mac(payload)[:MAC_BYTES]


def _encode(data: bytes) -> bytes:
    return b2a_base64(data, newline=False).translate(_URL_SAFE, b"=")


def _decode(text: str) -> bytes:
    try:
        # Python's decoder skips foreign characters; two spellings of one token must not both pass.
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (Base64Error, ValueError) as error:
        raise ForgedLinkError("not base64") from error
    if _encode(data).decode() != text:
        raise ForgedLinkError("not base64 as we write it")
    return data
