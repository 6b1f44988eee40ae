"""Mails in the style of the servers that write them, and what each says."""

from pathlib import Path

import pytest

from senders.inbound.parse import parse
from senders.inbound.report import Report

MAILS = Path(__file__).with_name("mails")
ANN = "ann@inbox.example"

SAID = {
    "abwesend": ("none", "", "", "auto_reply"),
    "arf-abuse": ("complaint", ANN, "", "feedback"),
    "arf-auth-failure": ("none", ANN, "", "feedback"),
    "arf-malformed": ("none", "", "", "not_a_report"),
    "arf-not-spam": ("none", ANN, "", "feedback"),
    "arf-redacted": ("complaint", "", "", "feedback"),
    "exchange-de": ("hard", ANN, "5.1.1", "userunknown"),
    "exim": ("hard", ANN, "5.0.0", "userunknown"),
    "forwarded": ("hard", "ann@elsewhere.example", "5.1.1", "userunknown"),
    "gmx": ("soft", ANN, "5.2.2", "mailboxfull"),
    "headers-only": ("hard", ANN, "5.1.1", "userunknown"),
    "html-only": ("hard", ANN, "5.1.1", "userunknown"),
    "jmrp": ("complaint", ANN, "", "feedback"),
    "no-code": ("soft", ANN, "5.0.0", "undefined"),
    "no-status": ("soft", ANN, "5.0.0", "undefined"),
    "notes": ("hard", ANN, "5.0.0", "userunknown"),
    "nullmx": ("hard", ANN, "5.1.10", "notaccept"),
    "postfix-blocked": ("soft", ANN, "5.7.1", "blocked"),
    "postfix-delayed": ("soft", ANN, "4.4.1", "expired"),
    "postfix-delivered": ("none", ANN, "", "delivered"),
    "postfix-full": ("soft", ANN, "4.2.2", "mailboxfull"),
    "postfix-nodomain": ("hard", ANN, "5.4.4", "hostunknown"),
    "postfix-spam": ("soft", ANN, "5.7.1", "spamdetected"),
    "postfix-unknown": ("hard", ANN, "5.1.1", "userunknown"),
    "qmail": ("hard", ANN, "5.1.1", "userunknown"),
    "quoted-address": ("hard", '"ann..b"@inbox.example', "5.1.1", "userunknown"),
    "reply": ("none", "", "", "not_a_report"),
    "sendmail-old": ("hard", ANN, "5.0.0", "userunknown"),
    "two-recipients": ("hard", "bob@inbox.example", "5.1.1", "userunknown"),
    "utf8": ("hard", "üser@bücher.example", "5.1.1", "userunknown"),
    "vacation": ("none", "", "", "auto_reply"),
    "yahoo": ("hard", ANN, "5.0.0", "userunknown"),
}


def read(name: str, recipient: str = "") -> Report:
    return parse((MAILS / f"{name}.eml").read_bytes(), recipient)


@pytest.mark.parametrize("name", SAID)
def test_what_each_mail_says(name: str) -> None:
    report = read(name)
    assert (report.kind, report.recipient, report.status, report.reason) == SAID[name]


def test_every_mail_is_tested() -> None:
    assert {path.stem for path in MAILS.glob("*.eml")} == set(SAID)


@pytest.mark.parametrize("ending", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("name", ["postfix-unknown", "qmail", "arf-abuse", "exim"])
def test_line_endings_make_no_difference(name: str, ending: bytes) -> None:
    data = (MAILS / f"{name}.eml").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", ending)
    report = parse(data)
    assert (report.kind, report.recipient, report.status, report.reason) == SAID[name]


@pytest.mark.parametrize("name", ["postfix-unknown", "headers-only", "qmail", "arf-abuse", "jmrp"])
def test_what_may_prove_that_the_mail_was_ours_is_kept(name: str) -> None:
    report = read(name, "b-envelope@bounce.shop.example")
    assert report.return_paths[0] == "b-envelope@bounce.shop.example"
    assert "b-token@bounce.shop.example" in report.return_paths
    assert report.links == ("https://mail.shop.example/u/token.mac",)
    assert report.message_id == "<d1@shop.example>"


def test_where_a_mail_was_forwarded_to_stands_beside_whom_it_was_sent_to() -> None:
    assert read("forwarded").original_recipient == ANN
    assert read("postfix-unknown").original_recipient == ""


def test_a_refusal_after_data_is_no_word_about_the_address() -> None:
    data = (MAILS / "sendmail-old.eml").read_bytes()
    report = parse(data.replace(b">>> RCPT To:<ann@inbox.example>", b">>> DATA"))
    assert (report.kind, report.reason) == ("soft", "filtered")


def test_a_block_that_lists_what_else_it_could_be_is_a_block() -> None:
    data = (MAILS / "postfix-unknown.eml").read_bytes()
    words = b"550 5.1.1 User unknown, or your IP address is blocked using a blacklist"
    report = parse(data.replace(b"550 5.1.1 <ann@inbox.example>: Recipient address", words))
    assert (report.kind, report.reason) == ("soft", "blocked")
