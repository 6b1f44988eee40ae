from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from html import unescape

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
    # What isn't ASCII may come as character references.
    assert unescape(html.get_content()).splitlines() == unescape(f"<p>{text}</p>").splitlines()
    assert plain.get_content().splitlines() == f".\n{text}".splitlines()
    assert data.isascii()
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert max(len(line) for line in data.splitlines()) <= 998


def encodings(html: str, text: str = "x") -> tuple[list[str], bytes]:
    message, data = parsed(html=html, text=text)
    return [part["Content-Transfer-Encoding"] for part in message.iter_parts()], data


def test_what_is_ascii_with_short_lines_is_sent_as_it_is() -> None:
    assert encodings("<p>Söhne</p>") == (["7bit", "7bit"], parsed(html="<p>S&#246;hne</p>")[1])
    assert encodings("<p>x</p>", "Söhne")[0] == ["quoted-printable", "7bit"]
    assert encodings("<p>x</p>", "a\x0cb")[0] == ["quoted-printable", "7bit"]
    assert encodings("<style>p { content: '→' }</style><p>x</p>")[0] == ["7bit", "quoted-printable"]
    assert encodings(f"<p>{'x' * 991}</p>")[0] == ["7bit", "7bit"]
    assert encodings(f"<p>{'x' * 992}</p>")[0] == ["7bit", "quoted-printable"]


def test_long_lines_of_styled_elements_are_broken_between_attributes() -> None:
    row = '<td class="a" style="margin: 0">x</td>' * 40
    found, data = encodings(row)
    assert found == ["7bit", "7bit"]
    assert max(map(len, data.splitlines())) <= 998
    assert data.replace(b'"\r\nstyle="', b'" style="').count(row.encode()) == 1


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
