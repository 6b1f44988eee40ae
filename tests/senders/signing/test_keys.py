"""Key files: those that can sign, and what is said of those that can't."""

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from runtime.settings import Read, load_settings
from senders.errors import BadSigningKeysError, KeyFileError
from senders.signing.generate import generate_ed25519, generate_rsa, zone_line
from senders.signing.keys import read_keys, read_rsa, signing_problems


def pem(folder: Path, key: object, cipher: KeySerializationEncryption | None = None) -> Path:
    path = folder / "key.pem"
    encoding = cipher or NoEncryption()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encoding))  # type: ignore[attr-defined]
    return path


def problems(**signing: object) -> list[str]:
    return list(signing_problems(Read(load_settings(signing=signing), [])))


def test_made_keys_are_read_again_and_nobody_else_may(tmp_path: Path) -> None:
    rsa_path, rsa = generate_rsa(tmp_path / "keys", "s1")
    ed_path, ed = generate_ed25519(tmp_path / "keys", "s1e")
    settings = load_settings(
        signing={
            "rsa_selector": "s1",
            "rsa_key_file": rsa_path,
            "ed25519_selector": "S1E",
            "ed25519_key_file": ed_path,
        }
    )
    found = read_keys(settings)
    assert [(key.algorithm, key.selector) for key in found] == [
        ("rsa-sha256", "s1"),
        ("ed25519-sha256", "s1e"),
    ]
    assert [key.record for key in found] == [rsa.record, ed.record]
    assert rsa_path.stat().st_mode & 0o077 == 0


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    path, _ = generate_ed25519(tmp_path, "s1")
    before = path.read_bytes()
    with pytest.raises(KeyFileError, match="never written over"):
        generate_ed25519(tmp_path, "s1")
    assert path.read_bytes() == before


def test_the_record_comes_in_strings_that_dns_can_hold(tmp_path: Path) -> None:
    _, rsa = generate_rsa(tmp_path, "s1")
    line = zone_line(rsa, "sender.example")
    assert line.startswith("s1._domainkey.sender.example. 3600 IN TXT ( ")
    strings = re.findall(r'"([^"]*)"', line)
    assert len(strings) == 2
    assert max(len(string) for string in strings) <= 255
    assert "".join(strings) == rsa.record
    assert rsa.record.startswith("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A")


@pytest.mark.parametrize(("bits", "said"), [(1_536, "at least 2048"), (1_024, "of 1024 bits")])
def test_short_rsa_keys_are_refused(tmp_path: Path, bits: int, said: str) -> None:
    path = pem(tmp_path, generate_private_key(65_537, bits))
    found = problems(rsa_selector="s", rsa_key_file=path)
    assert len(found) == 1
    assert said in found[0]
    assert found[0].startswith("NEXTBEST_SIGNING__RSA_KEY_FILE = ")


def test_every_unusable_key_is_listed(tmp_path: Path) -> None:
    garbage = tmp_path / "garbage.pem"
    garbage.write_text("-----BEGIN PRIVATE KEY-----\nnot base64\n")
    wrong_kind = pem(tmp_path, generate_ec(SECP256R1()))
    given = {
        "rsa_selector": "a",
        "rsa_key_file": garbage,
        "ed25519_selector": "b",
        "ed25519_key_file": wrong_kind,
    }
    found = problems(**given)
    assert ["is no private key in PEM" in found[0], "holds no Ed25519 key" in found[1]] == [
        True
    ] * 2
    with pytest.raises(BadSigningKeysError) as caught:
        read_keys(load_settings(signing=given))
    assert caught.value.problems == found


def test_a_key_with_a_password_and_one_that_is_too_long(tmp_path: Path) -> None:
    key = generate_private_key(65_537, 2_048)
    path = pem(tmp_path, key, BestAvailableEncryption(b"secret"))
    assert "without a password" in problems(rsa_selector="a", rsa_key_file=path)[0]
    with pytest.raises(ValueError, match="can't be read"):
        read_rsa(tmp_path / "gone.pem", "a")
