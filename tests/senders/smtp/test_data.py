from aiosmtplib.protocol import PERIOD_REGEX, normalize_message_line_endings
from hypothesis import given
from hypothesis import strategies as st

from senders.smtp.data import dot_stuffed

LINES = st.lists(st.sampled_from([b"", b".", b"..", b"a", b".a", b"a.", b"a.\t"]), max_size=12)


@given(LINES)
def test_it_is_what_aiosmtplib_makes_of_a_mail(lines: list[bytes]) -> None:
    mail = b"".join(line + b"\r\n" for line in lines)
    theirs = PERIOD_REGEX.sub(b"..", normalize_message_line_endings(mail)) + b".\r\n"
    if mail:
        assert dot_stuffed(mail) == theirs


@given(LINES)
def test_nothing_but_the_end_looks_like_it(lines: list[bytes]) -> None:
    sent = dot_stuffed(b"\r\n".join(lines))
    assert (b"\r\n" + sent).count(b"\r\n.\r\n") == 1
    assert sent.endswith(b".\r\n")
