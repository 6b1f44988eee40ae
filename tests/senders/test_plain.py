from hypothesis import given
from hypothesis import strategies as st

from senders.plain import _CONTROL, clean, excerpt


@given(st.text())
def test_what_comes_from_outside_is_one_short_line(text: str) -> None:
    cleaned = clean(text, 40)
    assert len(cleaned) <= 40
    assert cleaned.splitlines() in ([], [cleaned])
    assert not any(character in cleaned for character in "\r\n\t\x00\x7f\u2028\u202e")


@given(st.text(), st.integers(2, 60))
def test_an_excerpt_is_how_the_text_begins_and_says_that_it_goes_on(text: str, most: int) -> None:
    begun, whole = excerpt(text, most), clean(text, len(text))
    assert len(begun) <= most
    assert begun == whole or (begun.endswith("…") and whole.startswith(begun[:-1]))


def test_an_excerpt_ends_with_a_whole_word() -> None:
    assert excerpt("It kept dry, all night", 14) == "It kept dry…"
    assert excerpt("It kept dry", 11) == "It kept dry"
    assert excerpt("Unbreakable", 6) == "Unbre…"


def test_what_no_encoding_can_write_or_nobody_sees_is_left_out() -> None:
    assert clean("a\ud800b") == "a b"
    assert clean("a\ufeff\u2060\u00ad\u061c\U000e0041b") == "a b"
    assert clean("\u202egnp.exe") == "gnp.exe"


def test_a_text_that_can_be_printed_holds_nothing_to_leave_out() -> None:
    every = "".join(map(chr, range(0x11_0000)))
    left_out = "".join(_CONTROL.findall(every))
    assert len(left_out) > 2_048  # halves of surrogate pairs alone are as many
    assert not any(map(str.isprintable, left_out))


def test_a_text_of_a_megabyte_is_cut_before_it_is_looked_at() -> None:
    assert clean("x" * 1_000_000) == "x" * 120
    assert clean("\u200b" * 1_000_000 + "x") == ""
    assert excerpt("word " * 300_000, 12) == "word word…"
