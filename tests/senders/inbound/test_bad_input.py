"""Whatever bytes come: a report, in a bounded time, and nothing raised."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from senders.inbound.mbox import mails
from senders.inbound.parse import parse
from senders.inbound.report import AUTO_REPLY, NOT_A_REPORT, UNREADABLE
from senders.returns.reasons import REASONS

SAMPLES = [path.read_bytes() for path in sorted(Path(__file__).with_name("mails").glob("*.eml"))]
HEAD = (
    b"From: MAILER-DAEMON@x.example\r\nTo: b@y.example\r\n"
    b"Subject: Undelivered Mail Returned to Sender\r\n"
)
REPORT = b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\n"
STATUS = b"Content-Type: message/delivery-status\r\n\r\n"

BOMBS = {
    "an attachment of 10 MB": HEAD
    + REPORT
    + STATUS
    + b"Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b\r\n"
    + b"Content-Type: message/rfc822\r\n\r\nSubject: x\r\n\r\n"
    + (b"QUJD" * 18 + b"\r\n") * 140_000,
    "parts in parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
    + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (n, n + 1)
        for n in range(20_000)
    ),
    "mails in mails": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\nContent-Type: message/rfc822\r\n\r\nX: delivery-status\r\n" * 50_000,
    "many parts": HEAD
    + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    + b"--b\r\n\r\nx\r\n" * 500_000,
    "many headers": HEAD + b"X-A: b\r\n" * 1_000_000,
    "one long header": HEAD + b"X-A: " + b"b" * 10_000_000,
    "a folded header": HEAD + b"X-A: b" + b"\r\n b" * 3_000_000,
    "blank lines": HEAD + b"\r\n" + b"\n \n" * 3_000_000,
    "many recipients": HEAD
    + REPORT
    + STATUS
    + b"Final-Recipient: rfc822; a@b.example\r\n\r\n" * 99_999,
    "many addresses": HEAD + b"\r\n" + b"recipient <a@b.example>: 550 5.1.1 user\n" * 200_000,
    "signs": HEAD + b"\r\n" + b"a@" * 5_000_000,
    "words": HEAD + b"\r\n" + b"user mailbox host recipient message address over " * 200_000,
    "codes": HEAD + b"\r\n" + b"550 5.1." * 1_000_000,
    "open tags": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<style <head &#" * 700_000,
    "encoded words": b"Subject: "
    + b"=?utf-8?q?" * 9_999
    + b"\r\nFrom: postmaster@x.example\r\n\r\n",
    "parameters": b"From: a@b.example\r\nContent-Type: multipart/mixed; " + b'a="b"; ' * 99_999,
    "an unknown encoding": HEAD
    + b"Content-Type: text/plain; charset=zip\r\nContent-Transfer-Encoding: base64\r\n\r\nA===\r\n",
}


def check(data: bytes) -> None:
    report = parse(data, "b-x@bounce.example")
    assert report.kind in {"hard", "soft", "complaint", "none"}
    assert report.reason in REASONS | {AUTO_REPLY, NOT_A_REPORT, UNREADABLE}
    bounce = report.kind in {"hard", "soft"}
    assert bounce == bool(re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", report.status))
    for address in (report.recipient, report.original_recipient):
        assert len(address) <= 254
        assert not re.search(r"[\r\n]", address)
        assert not address or "@" in address


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_read_within_bounds(name: str) -> None:
    # A part that takes a time that grows with the square would hang here for minutes.
    check(BOMBS[name])


def test_a_report_of_10_mb_is_read_as_a_small_one() -> None:
    report = parse(BOMBS["an attachment of 10 MB"])
    assert (report.kind, report.recipient, report.status) == ("hard", "a@b.example", "5.1.1")


@given(st.binary(max_size=3_000))
@settings(max_examples=150, deadline=None)
def test_any_bytes(data: bytes) -> None:
    check(data)
    for mail in mails(data):
        check(mail)


@given(
    st.binary(max_size=400), st.sampled_from([REPORT + STATUS, b"Content-Type: text/html\r\n\r\n"])
)
@settings(max_examples=150, deadline=None)
def test_any_bytes_in_the_place_of_a_report(data: bytes, before: bytes) -> None:
    check(HEAD + before + data)


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_mails_that_were_damaged_on_the_way(data: st.DataObject) -> None:
    mail = bytearray(data.draw(st.sampled_from(SAMPLES)))
    for _change in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, max(0, len(mail) - 1)))
        length = data.draw(st.integers(0, 60))
        other = data.draw(st.sampled_from(SAMPLES))
        start = data.draw(st.integers(0, len(other)))
        instead = data.draw(
            st.one_of(
                st.just(b""),
                st.binary(max_size=8),
                st.just(bytes(mail[at : at + length]) * 3),
                st.just(other[start : start + length]),
            )
        )
        mail[at : at + length] = instead
    check(bytes(mail))
