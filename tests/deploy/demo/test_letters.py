"""Reading mails as recipients do: real MIME, links as clicked, headers as providers read them."""

from email.message import EmailMessage
from pathlib import Path

from deploy.demo.letters import Keepsakes, OpenedMail
from deploy.servers.mailbox import Mail

HTML = (
    '<p>Schöne Grüße <a class="button" href="http://web/c/tok.a?x=1&amp;y=2">Kaffee</a> '
    '<a href="http://web/c/tok.b">Tee</a> <a href="http://web/u/tok.c">abmelden</a></p>'
)


def mail(*, one_click: bool = True) -> Mail:
    message = EmailMessage()
    message["To"] = "ann@x"
    message["Subject"] = "Grüße"
    message["Message-ID"] = "<d1@shop>"
    message["X-Nextbest-Decision"] = "d1"
    message["List-Unsubscribe"] = "<http://web/u/tok.c>"
    if one_click:
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message.set_content("Schöne Grüße")
    message.add_alternative(HTML, subtype="html")
    return Mail(1, "shop@x", ["Ann@X"], message.as_bytes())


def test_headers_and_links_are_read() -> None:
    opened = OpenedMail(mail())
    assert (opened.decision_id, opened.message_id) == ("d1", "<d1@shop>")
    assert opened.recipient == "ann@x"
    letter = opened.letter(77)
    assert letter.accepted_at_ms == 77
    assert letter.links() == ("http://web/c/tok.a?x=1&y=2", "http://web/c/tok.b")
    assert letter.unsubscribe_url == "http://web/u/tok.c"


def test_without_the_one_click_header_nobody_posts() -> None:
    assert OpenedMail(mail(one_click=False)).unsubscribe_url == ""


def test_a_mail_of_someone_else_has_no_decision_and_no_links() -> None:
    opened = OpenedMail(Mail(1, "a@x", ["b@x"], b"Subject: hi\r\n\r\nplain\r\n"))
    assert (opened.decision_id, opened.html(), opened.links()) == ("", "", ())


def test_the_first_of_each_kind_are_kept_to_look_at(tmp_path: Path) -> None:
    keepsakes = Keepsakes(tmp_path / "mails", each=2)
    for kind in ("welcome", "welcome", "welcome", "../odd"):
        keepsakes.offer(kind, OpenedMail(mail()))
    names = sorted(path.name for path in (tmp_path / "mails").iterdir())
    assert names == ["___odd-1.html", "welcome-1.html", "welcome-2.html"]
    assert "Schöne Grüße" in (tmp_path / "mails" / "welcome-1.html").read_text(encoding="utf-8")
