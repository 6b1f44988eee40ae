"""`nextbest sender --dry-run` shows what would leave and changes nothing."""

import sys
from pathlib import Path

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from senders.dry_run import show
from senders.worker import GROUP
from tests.sending import Sending, contact, decision, now_ms

pytestmark = pytest.mark.integration


async def test_a_dry_run_shows_what_would_leave_and_changes_nothing(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    smtp_server: SmtpInbox,
    namespace: str,
    tmp_path: Path,
) -> None:
    sending = Sending(kafka, redis_state, redis_ledger, smtp_server, namespace, tmp_path)
    try:
        sending.contact(contact("ann", "ann@inbox.example"))
        sending.contact(contact("bob", "bob@inbox.example", consent={}))
        for record in (
            decision("ann"),
            decision("ann", message="welcome", flow="welcome"),
            decision("ann", message="nowhere"),
            decision("ann", expires_at=now_ms() - 1),
            decision("ann", action="hold"),
            decision("bob"),
        ):
            sending.decide(record)
        sending.produce("decision", "ann", b"nonsense")
        lines: list[str] = []
        summary = await show(sending.settings(), GROUP, lines.append)
        assert summary.verdicts == {"send": 2, "unrenderable": 1, "expired": 1, "no_consent": 1}
        assert len(summary.recipients) == 1
        text = "".join(lines)
        assert "'Your cart is still here'" in text
        assert "2 mails to 1 recipients would leave" in text
        assert "@" not in text
        role = sending.start_command(
            [str(Path(sys.executable).parent / "nextbest"), "sender", "--dry-run"]
        )
        assert role.process.wait(60) == 0
        assert "2 mails to 1 recipients would leave" in role.output()
        assert sending.lag() == 7
        assert sending.ledger.keys(f"{namespace}*") == []
        assert sending.state.keys(f"{namespace}pace*") == []
        assert smtp_server.mailbox.all() == []
    finally:
        sending.stop()
