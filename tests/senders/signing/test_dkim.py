"""Signatures, read by a verifier that shares no code with us: dkimpy."""

import base64
import re
import time

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.signing import canonical
from senders.signing.dkim import OVERSIGNED, Signer
from tests.senders.signing.keyring import DOMAIN, keys, records, txt

AT = int(time.time())
SIGNER = Signer(DOMAIN, keys(), 14 * 86_400)
DNS = txt(records(*keys()))
HEAD = (
    b"From: =?utf-8?q?S=C3=B6hne?= <news@sender.example>\r\nTo: ann@inbox.example\r\n"
    b"Subject: A subject that is\r\n  folded \t twice\r\n\tover \r\nDate: Tue, 14 Nov 2023 "
    b"22:13:20 +0000\r\nMessage-ID: <d1@sender.example>\r\nList-Unsubscribe: <https://a.example/u/x>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nFeedback-ID: a:b:c:sender\r\n"
    b"X-Other: 1\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n"
)


def verified(mail: bytes) -> list[bool]:
    """Whether each signature holds, by their order in the mail, as DATA carries it."""
    if not mail.endswith(b"\r\n"):
        mail += b"\r\n"  # RFC 5321, section 4.1.1.4: the dot stands on a line of its own
    count = len(re.findall(rb"(?im)^dkim-signature:", mail.partition(b"\r\n\r\n")[0]))
    return [_holds(mail, number) for number in range(count)]


def _holds(mail: bytes, number: int) -> bool:
    try:
        return bool(dkim.DKIM(mail).verify(idx=number, dnsfunc=DNS))
    except dkim.ValidationError:
        return False


def tags(mail: bytes, number: int = 0) -> dict[str, str]:
    head = mail.partition(b"\r\n\r\n")[0].decode().replace("\r\n\t", " ")
    line = [line for line in head.split("\r\n") if line.startswith("DKIM-Signature:")][number]
    pairs = (part.partition("=") for part in line.partition(":")[2].split(";"))
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}


def test_both_signatures_hold_for_an_independent_verifier() -> None:
    mail = SIGNER.sign(HEAD + b"Hello\r\n", AT)
    assert verified(mail) == [True, True]
    assert [tags(mail, number)["a"] for number in (0, 1)] == ["rsa-sha256", "ed25519-sha256"]
    assert mail.endswith(HEAD + b"Hello\r\n")


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"\r\n", b" \t \r\n", b"\r\n\r\n\r\n", b"a", b"a\r\n\r\n \r\n\t\r\n", b"a \t\r\n"),
        *(b"  a\t\tb  c \r\n", b"\r\na\r\n", b"a  ", b" ", b".\r\n..\r\n", b"a\r\n" * 500),
    ],
)
def test_odd_bodies(body: bytes) -> None:
    assert verified(SIGNER.sign(HEAD + body, AT)) == [True, True]


PIECES = st.sampled_from([b" ", b"  ", b"\t", b"\r\n", b"\r\n\r\n", b"x", b"=3D", b".", b"\xc3"])


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_any_body_verifies(body: bytes) -> None:
    assert all(verified(SIGNER.sign(HEAD + body, AT)))


@given(st.lists(PIECES, max_size=30).map(b"".join))
def test_what_is_in_canonical_form_stays_as_it_is(body: bytes) -> None:
    once = canonical.body(body)
    assert once == b"" or canonical.body(once) == once


WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=12)
FOLDS = st.sampled_from([" ", "  ", "\t", "\r\n ", "\r\n\t", " \r\n  "])


@given(st.lists(st.tuples(WORDS, FOLDS), min_size=1, max_size=12))
def test_headers_folded_in_any_way_verify(parts: list[tuple[str, str]]) -> None:
    subject = "".join(word + fold for word, fold in parts).rstrip()
    mail = HEAD.replace(b"Subject: A", f"Subject:{subject} A".encode())
    assert all(verified(SIGNER.sign(mail + b"x\r\n", AT)))


def test_a_relay_may_fold_and_space_anew() -> None:
    mail = SIGNER.sign(HEAD + b"Hello  you \r\nthere\r\n", AT)
    relayed = mail.replace(b"Subject: A subject that is\r\n ", b"subject:A  subject\r\n\tthat is")
    relayed = relayed.replace(b"Hello  you \r\n", b"Hello you\r\n") + b"\r\n\r\n"
    assert relayed != mail
    assert verified(relayed) == [True, True]


@pytest.mark.parametrize(
    ("was", "now"),
    [
        (b"Hello", b"Hallo"),
        (b"From: ", b"From: Eve "),
        (b"https://a.example/u/x", b"https://evil.example/u/x"),
        (b"Feedback-ID: a", b"Feedback-ID: b"),
        (b"<d1@sender", b"<d2@sender"),
        (b"One-Click", b"Two-Click"),
    ],
)
def test_nothing_that_matters_can_be_changed(was: bytes, now: bytes) -> None:
    mail = SIGNER.sign(HEAD + b"Hello\r\n", AT)
    assert was in mail
    assert verified(mail.replace(was, now)) == [False, False]


@pytest.mark.parametrize("name", sorted(OVERSIGNED))
def test_a_second_one_breaks_the_signature(name: str) -> None:
    mail = SIGNER.sign(HEAD + b"Hello\r\n", AT)
    assert verified(f"{name}: evil\r\n".encode() + mail) == [False, False]


def test_what_is_named_is_what_is_there_and_no_length() -> None:
    found = tags(SIGNER.sign(HEAD + b"x", AT))
    named = found["h"].lower().split(":")
    assert named.count("from") == named.count("subject") == named.count("date") == 2
    assert {"to", "message-id", "list-unsubscribe", "list-unsubscribe-post"} <= set(named)
    assert {"feedback-id", "mime-version", "content-type"} <= set(named)
    assert named.count("reply-to") == 1  # there is none, and none may be added
    assert "auto-submitted" not in named
    assert "x-other" not in named
    assert "l" not in found
    assert int(found["x"]) - int(found["t"]) == 14 * 86_400


def test_lines_are_of_a_usual_length_and_the_same_mail_is_signed_the_same() -> None:
    mail = SIGNER.sign(HEAD + b"x\r\n", AT)
    assert max(len(line) for line in mail.split(b"\r\n")) <= 100
    assert mail == SIGNER.sign(HEAD + b"x\r\n", AT)


def test_without_keys_a_mail_stays_as_it_is() -> None:
    assert Signer(DOMAIN, (), 1).sign(HEAD, AT) == HEAD


def test_the_body_hash_is_of_the_empty_body_where_nothing_is_in_it() -> None:
    # RFC 6376, section 3.4.4, gives this value.
    found = tags(SIGNER.sign(HEAD, AT))
    assert found["bh"] == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    assert base64.b64decode(found["b"])
