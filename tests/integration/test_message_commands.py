"""`nextbest preview` and `send-test` on real servers: they show what is, and change nothing."""

import json
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from nextbest.cli import app
from runtime.settings import as_environment
from schemas.errors import NextbestError
from senders.links.tokens import Links, Preferences, Unsubscribe
from senders.mail.samples import SUBSCRIBER
from senders.recipients.suppression import digest_of, hash_key
from senders.trial_mail import TrialRefusedError
from tests.sending import LINK_SECRET, Sending, contact, decision

pytestmark = pytest.mark.integration

LINK = re.compile(r"https://mail\.sender\.example/([cup])/([\w.-]+)")


@pytest.fixture
def sending(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    smtp_server: SmtpInbox,
    namespace: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Sending]:
    found = Sending(kafka, redis_state, redis_ledger, smtp_server, namespace, tmp_path)
    found.overrides = {
        "sender": {**found.plain_settings()["sender"], "allow_recipients": ["inbox.example"]}
    }
    for name, value in as_environment(found.plain_settings()).items():
        monkeypatch.setenv(name, value)
    yield found
    found.stop()


def run(*arguments: str) -> str:
    """What a command prints; its error where it raises one of ours."""
    result = CliRunner().invoke(app, list(arguments))
    if isinstance(result.exception, NextbestError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def text_of(message: EmailMessage) -> str:
    """Its text part."""
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def kept(sending: Sending) -> list[dict[bytes, bytes | None]]:
    """Everything that both stores hold of this installation."""
    return [
        {key: store.dump(key) for key in store.keys(f"{sending.namespace}*")}  # type: ignore[misc]
        for store in (sending.state, sending.ledger)
    ]


def test_a_preview_shows_the_mail_as_it_would_leave_and_changes_nothing(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@inbox.example", locale="de-DE", time_zone="Mars/Olympus"))
    sending.decide(decision("ann", content={"products": "gone"}, decided_at=1))
    last = sending.decide(decision("ann"))
    sending.decide(decision("bob"))
    before = kept(sending)
    html = sending.folder / "mail.html"
    shown: dict[str, Any] = json.loads(
        run("preview", "cart_reminder", "--subscriber", "ann", "--json", "--html", str(html))
    )
    assert shown["source"] == f"decision {last['decision_id']}"
    assert shown["subject"] == "Your cart is still here"
    assert "Walnut desk lamp - 89,00\u00a0€" in shown["text"]
    assert shown["would"].startswith("send: cart_reminder")
    assert shown["to"] == "a…@inbox.example"
    assert html.read_text() == shown["html"]
    # Nobody decided this one yet: it is put together from what is known.
    other = json.loads(run("preview", "welcome", "--subscriber", "ann", "--json"))
    assert other["source"].startswith("no decision of this message")
    assert "Ann" in run("preview", "welcome", "--subscriber", "ann", "--text")
    assert kept(sending) == before
    assert sending.deliveries(last["decision_id"]) == []
    assert sending.smtp.mailbox.all() == []
    result = CliRunner().invoke(app, ["preview", "welcome", "--subscriber", "eve"])
    assert result.exit_code == 1
    assert "no contact is known of 'eve'" in result.output


def test_a_test_mail_arrives_marked_and_touches_nobody(sending: Sending) -> None:
    sending.contact(contact("ann", "ann@elsewhere.example", preferences={"open_pixel": "yes"}))
    sending.decide(decision("ann"))
    before = kept(sending)
    to = ("--to", "me@inbox.example")
    run("send-test", "cart_reminder", *to, "--subscriber", "ann")
    run("send-test", "confirm_opt_in", *to)
    first, second = (
        message_from_bytes(mail.content, policy=default) for mail in sending.smtp.mailbox.all()
    )
    assert first["Subject"] == "[Test] Your cart is still here"
    assert first["To"] == "me@inbox.example"
    assert second["Subject"] == "[Test] Please confirm that you want our mails"
    body = text_of(first)
    assert "Walnut desk lamp" in body
    links = Links("https://mail.sender.example", [LINK_SECRET])
    targets = [links.open(token) for _, token in LINK.findall(body)]
    assert len(targets) >= 4
    for target in targets:
        assert target.subscriber == SUBSCRIBER
        assert target.decision_id == "nextbest-test"
        if isinstance(target, Unsubscribe | Preferences):
            assert target.address_hash not in {
                digest_of("me@inbox.example"),
                digest_of("ann@elsewhere.example"),
            }
    assert kept(sending) == before


def test_a_test_mail_goes_only_where_it_may(sending: Sending) -> None:
    with pytest.raises(TrialRefusedError, match="ALLOW_RECIPIENTS"):
        run("send-test", "welcome", "--to", "me@other.example")
    key = hash_key(sending.namespace, digest_of("gone@inbox.example"))
    sending.ledger.hset(key, "permanent_failure", "1")
    with pytest.raises(TrialRefusedError, match="permanent_failure"):
        run("send-test", "welcome", "--to", "gone@inbox.example")
    assert sending.smtp.mailbox.all() == []
    run("send-test", "welcome", "--to", "gone@inbox.example", "--force")
    run("send-test", "welcome", "--to", "me@other.example", "--yes")
    assert len(sending.smtp.mailbox.all()) == 2
