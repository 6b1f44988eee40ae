"""Keys for tests, made once, and what DNS would say of them."""

from collections.abc import Callable, Mapping
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from senders.signing.keys import SigningKey, ed25519_key, rsa_key

DOMAIN = "sender.example"


@cache
def keys() -> tuple[SigningKey, SigningKey]:
    """An RSA and an Ed25519 key."""
    rsa = rsa_key(generate_private_key(65_537, 2_048), "r1")
    return rsa, ed25519_key(Ed25519PrivateKey.generate(), "e1")


def records(*given: SigningKey, domain: str = DOMAIN) -> dict[str, str]:
    """TXT records by name."""
    return {f"{key.selector}._domainkey.{domain}": key.record for key in given}


def txt(found: Mapping[str, str]) -> Callable[..., bytes | None]:
    """A look-up as `dkim.verify` wants it."""

    def look_up(name: bytes, timeout: int = 5) -> bytes | None:
        text = found.get(name.decode().rstrip("."))
        return None if text is None else text.encode()

    return look_up
