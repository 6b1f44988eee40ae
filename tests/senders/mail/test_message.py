from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from senders.errors import BadMailError
from senders.mail.message import From, Purpose, build, message_id
from senders.mail.rendering import Rendered
from tests.senders.builders import NOW_MS

URL = "https://mail.sender.example/u/" + "x" * 300
PURPOSE = Purpose("cart_reminder:marketing:marketing-mail:abcde12345", URL)
SENDER = From("news@sender.example", 'Fernweh & "Söhne"')
LINE = st.text(
    st.characters(exclude_categories=["C", "Z"], include_characters=" "), min_size=1, max_size=150
).map(lambda text: " ".join(text.split()))


def parsed(
    subject: str = "Hello",
    html: str = "<p>x</p>",
    text: str = "x",
    sender: From = SENDER,
    purpose: Purpose = PURPOSE,
) -> tuple[EmailMessage, bytes]:
    rendered = Rendered(subject, html, text)
    data = build(rendered, sender, "ann@inbox.example", "d1", purpose, NOW_MS)
    message = message_from_bytes(data, policy=default)
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message, data


def test_a_mail_has_all_it_needs() -> None:
    message, _ = parsed(sender=From("news@sender.example", "Söhne", "help@sender.example"))
    assert message["From"].addresses[0].addr_spec == "news@sender.example"
    assert message["From"].addresses[0].display_name == "Söhne"
    assert message["Reply-To"] == "help@sender.example"
    assert message["To"] == "ann@inbox.example"
    assert message["Date"] == "Tue, 14 Nov 2023 22:13:20 +0000"
    assert message["Message-ID"] == "<d1@sender.example>"
    assert message["X-Nextbest-Decision"] == "d1"
    assert message["MIME-Version"] == "1.0"


def test_the_unsubscribe_url_stands_as_it_is_on_one_line() -> None:
    # RFC 8058 needs a plain URL; encoded words or folding inside it would break it.
    _, data = parsed()
    assert f"\r\nList-Unsubscribe: <{URL}>\r\n".encode() in data
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in data


def test_marketing_can_be_left_and_what_a_machine_must_say_says_so() -> None:
    marketing, data = parsed()
    assert marketing["Feedback-ID"] == PURPOSE.feedback_id
    assert "Auto-Submitted" not in marketing
    assert b"List-Unsubscribe" in data
    other, data = parsed(purpose=Purpose("receipt:orders:transactional-mail:abcde", automatic=True))
    assert other["Auto-Submitted"] == "auto-generated"
    assert b"List-Unsubscribe" not in data
    assert "Precedence" not in other


@given(LINE.filter(bool), LINE.filter(bool))
def test_words_in_headers_arrive_as_they_were(subject: str, name: str) -> None:
    message, data = parsed(subject, sender=From("news@sender.example", name))
    assert " ".join(message["Subject"].split()) == subject
    assert message["From"].addresses[0].addr_spec == "news@sender.example"
    head = data.split(b"\r\n\r\n")[0]
    assert head.isascii()
    assert head.count(b"\r\nTo:") == 1


@given(st.text(st.characters(exclude_categories=["C"], include_characters="\n"), max_size=400))
def test_bodies_arrive_as_they_were(text: str) -> None:
    message, data = parsed(html=f"<p>{text}</p>", text=f".\n{text}")
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert plain is not None
    assert html.get_content().splitlines() == f"<p>{text}</p>".splitlines()
    assert plain.get_content().splitlines() == f".\n{text}".splitlines()
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.splitlines()) <= 998


@pytest.mark.parametrize("bad", ["a\r\nBcc: eve@evil.example", "a\nb", "a\x00b", "a\x7f"])
def test_no_header_can_be_broken_out_of(bad: str) -> None:
    with pytest.raises(BadMailError) as caught:
        parsed(bad)
    assert caught.value.header == "Subject"
    with pytest.raises(BadMailError):
        parsed(sender=From("news@sender.example", bad))
    for purpose in (Purpose(bad, URL), Purpose("a", f"https://a.example/{bad}")):
        with pytest.raises(BadMailError):
            parsed(purpose=purpose)
    with pytest.raises(BadMailError):
        build(Rendered("a", "b", "c"), SENDER, bad, "d1", PURPOSE, NOW_MS)


def test_the_message_id_is_the_decisions_and_always_valid() -> None:
    assert message_id("d1", "sender.example") == "<d1@sender.example>"
    odd = message_id("d 1>@", "sender.example")
    assert odd == message_id("d 1>@", "sender.example")
    assert len(odd) == len("<@sender.example>") + 64


def test_the_same_decision_makes_the_same_bytes() -> None:
    assert parsed()[1] == parsed()[1]
    assert SMTP.linesep == "\r\n"
