"""A sender within the day's volume, and behind guardrails, on Kafka, Redis and SMTP."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Stage
from nextbest.cli import app
from runtime.settings import as_environment
from senders.guardrails.counts import counts_key, day_of
from tests.pipeline import wait_until
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
    overrides = {"volume": {"caps": '{"win_back": 1}'}, "guardrails": {"look_seconds": 0.2}}
    house = Sending(kafka, redis_state, redis_ledger, smtp_server, namespace, tmp_path, overrides)
    for subscriber in ("ann", "bob", "carl"):
        house.contact(contact(subscriber, f"{subscriber}@inbox.example"))
    yield house
    house.stop()


def test_who_waits_for_volume_or_a_stopped_stream_holds_up_nobody_else(sending: Sending) -> None:
    first = sending.decide(decision("ann", stream="win_back"))
    role = sending.start()
    sending.wait_for(first["decision_id"], "accepted")
    second = sending.decide(decision("bob", stream="win_back", engagement=0.5))
    room = f"{{{sending.namespace}volume:sender.example}}:room:cap:win_back"
    waits = second["decision_id"]
    wait_until(lambda: sending.ledger.zscore(room, waits) is not None, "the second one waits")
    other = sending.decide(decision("carl"))
    sending.wait_for(other["decision_id"], "accepted")

    counts = counts_key(sending.namespace, "marketing", day_of(now_ms()))
    sending.ledger.hincrby(counts, "cart_reminder|yahoo|accepted", 300)
    sending.ledger.hincrby(counts, "cart_reminder|yahoo|complaint", 30)
    paused = f"{sending.namespace}paused"
    wait_until(lambda: bool(sending.ledger.sismember(paused, "stream:marketing")), "stopped")
    held = sending.decide(decision("ann"))
    passes = sending.decide(decision("ann", stream="news"))
    sending.wait_for(passes["decision_id"], "accepted")
    assert sending.ledger_state(held["decision_id"]) == ""

    environment = as_environment(sending.plain_settings())
    resumed = CliRunner().invoke(app, ["resume", "stream:marketing"], env=environment)
    assert resumed.exit_code == 0, resumed.output
    sending.wait_for(held["decision_id"], "accepted")
    assert sending.ledger_state(waits) == ""
    assert role.stop() == 0
    assert len(sending.smtp.mailbox.all()) == 4


def test_what_waits_for_a_silent_provider_holds_no_room_of_the_days_volume(
    sending: Sending,
) -> None:
    """More of its mails than may leave in the day; another provider's leaves all the same."""
    one = {"sender": {**sending.plain_settings()["sender"], "connections": 1}}
    sending.overrides = {**one, "volume": {"caps": '{"win_back": 24}'}}
    sending.smtp.script.stall(Stage.RCPT)
    for number in range(40):
        sending.contact(contact(f"slow{number}", f"slow{number}@gmail.com"))
        sending.decide(decision(f"slow{number}", stream="win_back", engagement=0.9))
    sending.start()
    wait_until(sending.smtp.script.stalled.is_set, "gmail has fallen silent")
    fine = sending.decide(decision("ann", stream="win_back"))
    sending.wait_for(fine["decision_id"], "accepted")
    assert len(sending.smtp.mailbox.all()) == 1
    sending.smtp.script.release()
