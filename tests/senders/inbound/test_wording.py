"""Servers' words and the reasons they stand for."""

import pytest

from senders.inbound.patterns import read_groups
from senders.inbound.wording import WORDINGS_FILE, reason_in
from senders.returns.reasons import REASONS


def test_every_group_is_a_reason() -> None:
    assert {name for name, _pattern in read_groups(WORDINGS_FILE)} <= REASONS


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("550 No such user here", "userunknown"),
        ("Recipient address rejected: User unknown in virtual mailbox table", "userunknown"),
        ("Der Empfänger ann ist unbekannt", "userunknown"),
        ("Adresse d au moins un destinataire invalide. OFR_416", "userunknown"),
        ("The email account that you tried to reach\n does not exist", "userunknown"),
        ("The email account that you tried to reach is over quota", "mailboxfull"),
        ("452-4.2.2 The recipient's inbox is full", "mailboxfull"),
        ("550 5.2.1 The email account that you tried to reach is disabled", "suspend"),
        ("Client host [192.0.2.1] blocked using zen.spamhaus.org", "blocked"),
        ("421 4.7.0 Too many connections from your host", "ratelimited"),
        ("550 SPF check failed: 192.0.2.1 is not allowed to send mail", "authfailure"),
        ("550 5.7.1 Message rejected as spam by content filter", "spamdetected"),
        ("454 4.7.1 <ann@x.example>: Relay access denied", "norelaying"),
        ("550 5.7.25 The IP address does not have a PTR record setup", "requireptr"),
        ("Host or domain name not found", "hostunknown"),
        ("Domain x.example does not accept mail (nullMX)", "notaccept"),
        ("552 5.3.4 Message size exceeds fixed limit", "emailtoolarge"),
        ("Hello Ann, how are you?", ""),
    ],
)
def test_words_stand_for_a_reason(words: str, reason: str) -> None:
    assert reason_in(words) == reason
