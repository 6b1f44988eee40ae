"""A provider that doesn't answer gathers more than a sender holds; the others' mails go on."""

from pathlib import Path

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Stage
from tests.pipeline import wait_until
from tests.sending import Sending, contact, decision

pytestmark = pytest.mark.integration


def test_however_many_wait_for_a_silent_provider_the_others_go_on(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    smtp_server: SmtpInbox,
    namespace: str,
    tmp_path: Path,
) -> None:
    # At most 50 may be parked in all, and 12 of them at one provider.
    few = {"max_in_flight": 2, "connections": 1, "smtp_timeout_seconds": 60}
    sending = Sending(
        kafka, redis_state, redis_ledger, smtp_server, namespace, tmp_path, {"sender": {}}
    )
    sending.overrides = {"sender": {**sending.plain_settings()["sender"], **few}}
    try:
        first = "slow0@gmail.com"
        smtp_server.script.stall(Stage.RCPT, address=first)
        slow = []
        for number in range(70):
            sending.contact(contact(f"slow{number}", f"slow{number}@gmail.com"))
            slow.append(sending.decide(decision(f"slow{number}")))
        sending.start()
        # Whichever comes first: it stalls when that one's turn has come.
        wait_until(smtp_server.script.stalled.is_set, "gmail has fallen silent")
        before = len(smtp_server.mailbox.all())
        sending.contact(contact("fine", "fine@inbox.example"))
        fine = sending.decide(decision("fine"))
        sending.wait_for(fine["decision_id"], "accepted")
        assert len(smtp_server.mailbox.all()) == before + 1
        smtp_server.script.release()
        wait_until(
            lambda: len(smtp_server.mailbox.all()) >= 71 and sending.lag() == 0,
            "all have left, and are committed",
        )
        taken = [mail.recipients[0] for mail in smtp_server.mailbox.all()]
        assert sorted(taken) == sorted(
            ["fine@inbox.example", *(f"slow{number}@gmail.com" for number in range(70))]
        )
        assert all(sending.ledger_state(made["decision_id"]) == "accepted" for made in slow)
    finally:
        sending.stop()
