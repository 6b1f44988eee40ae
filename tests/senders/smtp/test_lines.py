import asyncio

import pytest
from aiosmtplib.email import quote_address
from aiosmtplib.protocol import SMTPProtocol
from hypothesis import given
from hypothesis import strategies as st

from runtime.mailbox import parse_address
from senders.smtp.lines import (
    MOST_LINE_BYTES,
    MOST_REPLY_BYTES,
    MOST_REPLY_LINES,
    NOT_A_REPLY,
    first_reply,
    mail_from,
    rcpt_to,
)
from senders.smtp.replies import Reply

TEXTS = st.sampled_from(["", "ok", "2.1.0 Ok", "\xff\xfe", " \t", "a-b"])
REPLIES = st.builds(
    lambda code, texts: "".join(
        f"{code}{'-' if number < len(texts) else ' '}{text}\r\n"
        for number, text in enumerate(texts, 1)
    ).encode("latin-1"),
    st.sampled_from(["250", "354", "421", "550"]),
    st.lists(TEXTS, min_size=1, max_size=4),
)


@given(REPLIES, REPLIES)
def test_replies_are_read_as_aiosmtplib_reads_them(one: bytes, other: bytes) -> None:
    loop = asyncio.new_event_loop()
    theirs = SMTPProtocol(loop)
    theirs._buffer.extend(one)
    expected = theirs._read_response_from_buffer()
    loop.close()
    assert expected is not None
    found = first_reply(one + other)
    assert found is not None
    reply, end = found
    assert end == len(one)
    assert reply.code == expected.code
    assert reply.text.split() == expected.message.split()


@given(REPLIES, st.data())
def test_a_reply_is_none_before_its_end(reply: bytes, data: st.DataObject) -> None:
    assert first_reply(reply[: data.draw(st.integers(0, len(reply) - 1))]) is None


@pytest.mark.parametrize("line", [b"\r\n", b"hello\r\n", b"25\r\n", b"2_5 a\r\n", b"\xff\xfe\r\n"])
@pytest.mark.parametrize("before", [b"", b"250-first\r\n"])
def test_what_begins_with_no_code_is_no_reply(before: bytes, line: bytes) -> None:
    found = first_reply(before + line)
    assert found is not None
    assert found[0].code == NOT_A_REPLY


@pytest.mark.parametrize("line", [b"250 ", b"250-a\r\n"])
def test_a_reply_ends_somewhere(line: bytes) -> None:
    endless = line + b"x" * MOST_REPLY_BYTES
    assert first_reply(endless) == (Reply(NOT_A_REPLY, "Too long"), len(endless))


def test_a_line_of_a_reply_has_an_end_in_sight() -> None:
    found = first_reply(b"250 " + b"x" * MOST_LINE_BYTES + b"\r\n")
    assert found is not None
    assert found[0].code == NOT_A_REPLY


def test_a_reply_has_an_end_in_sight() -> None:
    assert first_reply(b"250-a\r\n" * MOST_REPLY_LINES) is None
    found = first_reply(b"250-a\r\n" * (MOST_REPLY_LINES + 1))
    assert found is not None
    assert found[0].code == NOT_A_REPLY


@given(st.text("abcXYZ019!#$%&'*+/=?^_`{|}~.-", min_size=1, max_size=20))
def test_addresses_are_told_as_aiosmtplib_tells_them(local: str) -> None:
    address = parse_address(f"{local}@shop.example")
    if address is not None:
        told = quote_address(address.mailbox).encode()
        assert rcpt_to(address.mailbox) == b"RCPT TO:" + told + b"\r\n"
        assert mail_from(address.mailbox) == b"MAIL FROM:" + told + b"\r\n"


@pytest.mark.parametrize(
    "address", ["a@b.example\r\nDATA", "a@b.example> SIZE=1", "a b@c.example", "ä@b.example"]
)
def test_no_address_says_more_than_itself(address: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        rcpt_to(address)
