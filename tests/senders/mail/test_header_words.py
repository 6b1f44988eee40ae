"""Words in headers: readers see what was written, in lines that every server takes."""

import email
from email.header import decode_header, make_header
from email.policy import default

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from senders.mail.header_words import header

WORDS = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from("aé =?-_日😀"), max_size=300
)


def read(field: str) -> list[str]:
    """What two readers make of a field, one of them old."""
    new = email.message_from_string(f"{field}\r\n", policy=default)["Subject"]
    old = email.message_from_string(f"{field}\r\n")["Subject"]
    return [str(new), str(make_header(decode_header(old.replace("\r\n", ""))))]


@example("héllo " * 30 + "end")
@example("x" * 70 + " " + "y" * 200)
@example("word " * 40 + "end")
@example("=?utf-8?q?x?=")
@example("日本語 テスト " * 10 + "終")
@example("é" * 300)
@given(WORDS.map(str.strip).filter(bool))
def test_readers_see_what_was_written(text: str) -> None:
    field = header("Subject", text)
    assert field.isascii()
    assert field.endswith("\r\n")
    assert read(field) == [text, text]
    for line in field.split("\r\n")[1:-1]:
        assert line.strip(), "a line of spaces would end the header"
    for line in field.split("\r\n"):
        assert len(line) <= 78 or (text.isascii() and max(map(len, text.split(" "))) > 60)


@pytest.mark.parametrize("text", ["Your cart", "a" * 69])
def test_short_plain_words_stand_as_they_are(text: str) -> None:
    assert header("Subject", text) == f"Subject: {text}\r\n"


def test_half_a_surrogate_pair_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        header("Subject", "\ud800")
