"""Signatures of received mails, judged by dkimpy; a changed mail is not valid."""

import time

from deploy.demo.seals import Examiner, Seals, look
from senders.signing.dkim import Signer
from tests.senders.signing.keyring import DOMAIN, keys, records

HEADERS = (
    "From: hello@sender.example\r\nTo: ann@shoppers.example\r\nSubject: Your cart\r\n"
    "Date: Mon, 05 Jan 2026 10:00:00 +0000\r\nMessage-ID: <d1@sender.example>\r\n"
)
ONE_CLICK = (
    "List-Unsubscribe: <https://mail.sender.example/u/t>\r\n"
    "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)
BODY = "\r\nStill there.\r\n"


def signed(text: str) -> bytes:
    return Signer(DOMAIN, keys(), 86_400).sign(text.encode(), int(time.time()))


def test_a_signed_mail_with_one_click() -> None:
    assert look(signed(HEADERS + ONE_CLICK + BODY), records(*keys())) == Seals(2, 2, one_click=True)


def test_one_click_counts_only_where_a_signature_covers_it() -> None:
    added = signed(HEADERS + BODY)
    head, _, body = added.partition(b"\r\n\r\n")
    forged = head + b"\r\n" + ONE_CLICK.encode().rstrip() + b"\r\n\r\n" + body
    assert look(forged, records(*keys())) == Seals(2, 2, one_click=False)


def test_a_changed_mail_and_an_unknown_key_are_not_valid() -> None:
    mail = signed(HEADERS + BODY)
    changed = mail.replace(b"Still there", b"Not there")
    assert look(changed, records(*keys())) == Seals(2, 0, one_click=False)
    rsa, _ed25519 = keys()
    half = look(mail, records(rsa))
    assert (half.valid, half.all_valid) == (1, False)
    assert not look((HEADERS + BODY).encode(), {}).all_valid


def test_they_are_looked_at_in_a_process_of_their_own() -> None:
    examiner = Examiner(records(*keys()))
    try:
        examiner.take(signed(HEADERS + ONE_CLICK + BODY))
        examiner.take((HEADERS + BODY).encode())
        assert [seal.valid for seal in examiner.results()] == [2, 0]
    finally:
        examiner.close()
