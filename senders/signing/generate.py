"""New keys for DKIM: PEM files that only their owner may read, and the record to publish."""

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from senders.errors import KeyFileError
from senders.signing.keys import LEAST_BITS, SigningKey, ed25519_key, rsa_key

PUBLIC_EXPONENT = 65_537
STRING_BYTES = 255
"""Longest string of a TXT record (RFC 1035, section 3.3); verifiers put several together."""


def generate_rsa(folder: Path, selector: str) -> tuple[Path, SigningKey]:
    """Make an RSA key of 2,048 bits, the most that every verifier takes (RFC 6376, section 3.3.3).

    Raises:
        KeyFileError: The file is there already, or can't be written.
    """
    key = generate_private_key(PUBLIC_EXPONENT, LEAST_BITS)
    return _write(key, folder / f"{selector}.rsa.pem"), rsa_key(key, selector)


def generate_ed25519(folder: Path, selector: str) -> tuple[Path, SigningKey]:
    """Make an Ed25519 key.

    Raises:
        KeyFileError: The file is there already, or can't be written.
    """
    key = Ed25519PrivateKey.generate()
    return _write(key, folder / f"{selector}.ed25519.pem"), ed25519_key(key, selector)


def _write(key: RSAPrivateKey | Ed25519PrivateKey, path: Path) -> Path:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Never over another key: what it signed would no longer verify.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
    except OSError as error:
        raise KeyFileError(path, error) from error
    return path


def zone_line(key: SigningKey, domain: str) -> str:
    """The record as a line of a zone file, in strings that DNS can hold."""
    record = key.record
    strings = (record[at : at + STRING_BYTES] for at in range(0, len(record), STRING_BYTES))
    quoted = " ".join(f'"{string}"' for string in strings)
    return f"{key.selector}._domainkey.{domain}. 3600 IN TXT ( {quoted} )"
