from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.mail.parts import LONGEST_LINE, html_part, text_part

ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n"])
LINES = st.lists(
    st.one_of(
        st.text(st.sampled_from('a "<>=\t\x00\x1b\x7f€.'), max_size=40),
        st.integers(990, 1_010).map(lambda length: "x" * length),
    ),
    max_size=6,
)


def encoding(part: bytes) -> str:
    return str(message_from_bytes(part, policy=default)["Content-Transfer-Encoding"])


@given(LINES, ENDS, st.sampled_from(["", "\n"]), st.sampled_from([text_part, html_part]))
def test_a_part_keeps_to_what_may_stand_in_a_mail(
    lines: list[str], end: str, last: str, made: Callable[[str], bytes]
) -> None:
    part = made(end.join(lines) + last)
    assert part.isascii()
    assert part.endswith(b"\r\n")
    bare = part.replace(b"\r\n", b"")
    assert not {b"\r", b"\n", b"\0", b"\x1b", b"\x7f"} & {bytes([byte]) for byte in bare}
    assert max(map(len, part.split(b"\r\n"))) <= LONGEST_LINE


@pytest.mark.parametrize("before", [0, 1, 996, 997, 998, 5_000])
@pytest.mark.parametrize(("length", "sent"), [(998, "7bit"), (999, "quoted-printable")])
def test_a_line_is_too_long_wherever_it_stands(before: int, length: int, sent: str) -> None:
    short = ("y" * 90 + "\n") * (before // 91) + "y" * (before % 91)
    assert encoding(text_part(f"{short}\n{'x' * length}\nz\n")) == sent
    assert encoding(text_part(f"{short}\n{'x' * length}")) == sent


def test_letters_beyond_ascii_are_references_but_not_within_styles() -> None:
    assert b"<title>&#8364;</title>" in html_part("<title>€</title>")
    assert encoding(html_part("<style>a{}</style>€")) == "7bit"
    assert encoding(html_part("<title>€</title><style>a{}</style>")) == "quoted-printable"
