"""Mails with single-use codes: no code leaves twice, and what was never seen is told apart."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Rule, Stage
from schemas.codec import Record
from schemas.keys import ledger_key
from senders.handover.states import Entry
from tests.sending import Sending, contact, decision, now_ms

pytestmark = pytest.mark.integration


@pytest.fixture
def sending(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    smtp_server: SmtpInbox,
    namespace: str,
    tmp_path: Path,
) -> Iterator[Sending]:
    house = Sending(kafka, redis_state, redis_ledger, smtp_server, namespace, tmp_path)
    house.contact(contact("ann", "ann@inbox.example"))
    yield house
    house.stop()


def coded(code: str, **changes: object) -> Record:
    content = {"discount_percent": "10", "code": code, "code_expires": "2026-12-24"}
    return decision("ann", offer="gift", content=content, **changes)


def test_a_code_leaves_with_one_mail_whatever_was_decided(sending: Sending) -> None:
    """A state that lost its last second gives a code again: the ledger hasn't lost it."""
    sending.start()
    first = sending.decide(coded("GIFT-1"))
    event = sending.wait_for(first["decision_id"], "accepted")
    assert (event["code"], event["claimed"]) == ("GIFT-1", True)
    second = sending.decide(coded("GIFT-1"))
    event = sending.wait_for(second["decision_id"], "code_taken")
    assert (event["code"], event["claimed"]) == ("GIFT-1", True)
    assert event["detail"] == f"its code left with decision {first['decision_id']}"
    [mail] = sending.smtp.mailbox.all()
    text = mail.message.get_body(("plain",))
    assert text is not None
    assert "with your code GIFT-1. It works once, until 2026-12-24." in text.get_content()
    sending.decide(second)
    sending.wait_for(second["decision_id"], "code_taken", count=2)
    assert len(sending.smtp.mailbox.all()) == 1


def test_only_a_mail_that_no_server_saw_is_told_as_unclaimed(sending: Sending) -> None:
    script = sending.smtp.script
    script.add(Rule(Stage.RCPT, "550 5.7.1 Not from you", times=1))
    sending.start()
    unseen = sending.decide(coded("GIFT-1"))
    event = sending.wait_for(unseen["decision_id"], "rejected")
    assert (event["code"], event["claimed"]) == ("GIFT-1", False)

    late = sending.decide(coded("GIFT-2", expires_at=now_ms() - 1))
    assert sending.wait_for(late["decision_id"], "expired")["claimed"] is False

    script.add(Rule(Stage.MESSAGE, "451 4.7.1 Try later", times=1_000))
    deferred = sending.decide(coded("GIFT-3", expires_at=now_ms() + 1_500))
    assert sending.wait_for(deferred["decision_id"], "expired")["claimed"] is True

    # A server deferred the mail itself, and another says no before it.
    script.clear()
    script.add(Rule(Stage.RCPT, "550 5.7.1 Not from you", times=1))
    turned = coded("GIFT-4")
    key = ledger_key(sending.namespace, turned["decision_id"])
    sending.ledger.set(key, Entry("released", "another", now_ms()).encode())
    sending.decide(turned)
    assert sending.wait_for(turned["decision_id"], "rejected")["claimed"] is True
    assert sending.smtp.mailbox.all() == []
