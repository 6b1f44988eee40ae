"""Keys that sign mails: read from PEM, refused where verifiers would refuse them, published in DNS.

RSA by RFC 6376 with the lengths of RFC 8301, Ed25519 by RFC 8463.
"""

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from runtime.setting_errors import variable_name
from runtime.settings import Read, Settings, SigningSettings
from senders.errors import BadSigningKeysError

LEAST_BITS: Final = 2_048
"""RFC 8301, section 3.2: signers should use at least so many; verifiers refuse less than 1,024."""
MOST_BITS: Final = 4_096
"""Longer keys many verifiers don't take, and DNS answers with them don't fit into a datagram."""


class UnusableKeyError(ValueError):
    """A key file that can't sign; the message says why."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key with the selector it is published under.

    Attributes:
        algorithm: The `a=` of signatures: `rsa-sha256` or `ed25519-sha256`.
        selector: The `s=`.
        public: The `p=` of the DNS record.
        sign: Signs what has been put into canonical form.
    """

    algorithm: str
    selector: str
    public: str
    sign: Callable[[bytes], bytes]

    @property
    def record(self) -> str:
        """The TXT record at `selector._domainkey.domain` (RFC 6376, section 3.6.1)."""
        return f"v=DKIM1; k={self.algorithm.partition('-')[0]}; p={self.public}"


def rsa_key(key: RSAPrivateKey, selector: str) -> SigningKey:
    """An RSA key that signs."""
    info = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    padding, sha256 = PKCS1v15(), hashes.SHA256()
    return SigningKey(
        "rsa-sha256",
        selector,
        b64encode(info).decode(),
        lambda data: key.sign(data, padding, sha256),
    )


def ed25519_key(key: Ed25519PrivateKey, selector: str) -> SigningKey:
    """An Ed25519 key that signs; it signs the hash (RFC 8463, section 3)."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(data: bytes) -> bytes:
        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        return key.sign(digest.finalize())

    return SigningKey("ed25519-sha256", selector, b64encode(raw).decode(), sign)


def read_rsa(path: Path, selector: str) -> SigningKey:
    """The RSA key of a PEM file.

    Raises:
        UnusableKeyError: It can't be read, is no RSA key, or is too short or long.
    """
    key = _read(path)
    if not isinstance(key, RSAPrivateKey):
        raise UnusableKeyError("holds no RSA key")
    if key.key_size < LEAST_BITS:
        weak = ", which verifiers refuse (RFC 8301)" if key.key_size < 1_024 else ""
        raise UnusableKeyError(
            f"is an RSA key of {key.key_size} bits{weak}; at least {LEAST_BITS} are needed"
        )
    if key.key_size > MOST_BITS:
        raise UnusableKeyError(
            f"is an RSA key of {key.key_size} bits; verifiers take at most {MOST_BITS}"
        )
    return rsa_key(key, selector)


def read_ed25519(path: Path, selector: str) -> SigningKey:
    """The Ed25519 key of a PEM file.

    Raises:
        UnusableKeyError: It can't be read or is no Ed25519 key.
    """
    key = _read(path)
    if not isinstance(key, Ed25519PrivateKey):
        raise UnusableKeyError("holds no Ed25519 key")
    return ed25519_key(key, selector)


def _read(path: Path) -> object:
    try:
        return load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise UnusableKeyError(f"can't be read: {error.strerror}") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        # TypeError: it is encrypted.
        raise UnusableKeyError("is no private key in PEM without a password") from error


def read_keys(settings: Settings) -> list[SigningKey]:
    """The keys that the settings name: RSA first, which every verifier knows.

    Raises:
        BadSigningKeysError: Lists each that can't be used.
    """
    keys, problems = _read_all(settings.signing)
    if problems:
        raise BadSigningKeysError(problems)
    return keys


def signing_problems(read: Read) -> Iterable[str]:
    """Tell of each key file that can't be used."""
    if read.sound("signing"):
        yield from _read_all(read.settings.signing)[1]


def _read_all(signing: SigningSettings) -> tuple[list[SigningKey], list[str]]:
    keys: list[SigningKey] = []
    problems: list[str] = []
    for name, reader, path, selector in (
        ("rsa_key_file", read_rsa, signing.rsa_key_file, signing.rsa_selector),
        ("ed25519_key_file", read_ed25519, signing.ed25519_key_file, signing.ed25519_selector),
    ):
        if path is None:
            continue
        try:
            keys.append(reader(path, selector))
        except UnusableKeyError as error:
            problems.append(f"{variable_name(('signing', name))} = '{path}' {error}")
    return keys, problems
