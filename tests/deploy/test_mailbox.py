"""Mails survive the way through a file byte for byte, and a half-written line waits."""

from pathlib import Path

import pytest

from deploy.servers.mailbox import Mail, Mailbox, MailboxReader

EVERY_BYTE = bytes(range(256)) + b"\r\n\xff\xfe\x85\xe2\x80\xa8"


def mail(content: bytes = b"Subject: x\r\n\r\n", to: str = "Ann@People.test") -> Mail:
    return Mail(
        accepted_at_ms=1_700_000_000_123, mail_from="a@b.c", recipients=[to], content=content
    )


def test_a_mail_is_the_same_after_the_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "mails.jsonl"
    box = Mailbox(path)
    reader = MailboxReader(path)
    box.add(mail(EVERY_BYTE))
    assert list(reader.new()) == [mail(EVERY_BYTE)]
    assert list(reader.new()) == []
    box.add(mail())
    assert list(reader.new()) == [mail()]
    box.close()


def test_a_line_still_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "mails.jsonl"
    line = mail().to_json() + "\n"
    reader = MailboxReader(path)
    assert list(reader.new()) == []
    path.write_text(line + line[:40], encoding="utf-8")
    assert list(reader.new()) == [mail()]
    path.write_text(line + line, encoding="utf-8")
    assert list(reader.new()) == [mail()]


def test_recipients_are_found_in_any_case_and_headers_decoded() -> None:
    box = Mailbox()
    box.add(mail(b"Subject: =?utf-8?q?caf=C3=A9?=\r\n\r\n"))
    (found,) = box.to("ann@people.TEST")
    assert found.header("subject") == "café"
    assert found.header("X-Nextbest-Decision") == ""


def test_waiting_for_what_never_comes_says_how_many_there_are() -> None:
    box = Mailbox()
    box.add(mail())
    with pytest.raises(TimeoutError, match="1 mails"):
        box.wait_for_count(2, timeout_seconds=0.01)
