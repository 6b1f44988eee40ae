"""A sender that dies or sleeps at any point of the dialogue sends nothing twice.

The SMTP server falls silent at a chosen stage, so the test knows where the sender stands when it is
killed.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Stage
from tests.pipeline import Role, wait_until
from tests.sending import Sending, contact, decision

pytestmark = [pytest.mark.integration, pytest.mark.faults]


@pytest.fixture
def sending(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    smtp_server: SmtpInbox,
    namespace: str,
    tmp_path: Path,
) -> Iterator[Sending]:
    # Patient with the server, so that only the kill ends a stalled dialogue.
    patient = {"sender": {"smtp_timeout_seconds": 60}}
    house = Sending(kafka, redis_state, redis_ledger, smtp_server, namespace, tmp_path, patient)
    house.contact(contact("ann", "ann@inbox.example"))
    yield house
    smtp_server.script.clear()
    house.stop()


def stalled_sender(sending: Sending, stage: Stage) -> Role:
    """A sender whose server has fallen silent at a stage."""
    script = sending.smtp.script
    script.stall(stage)
    role = sending.start()
    wait_until(script.stalled.is_set, f"the dialogue stands at {stage}")
    return role


def mails(sending: Sending) -> int:
    return len(sending.smtp.mailbox.all())


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT])
def test_killed_before_the_claim_the_mail_leaves_later_once(sending: Sending, stage: Stage) -> None:
    made = sending.decide(decision("ann"))
    stalled_sender(sending, stage).kill()
    sending.smtp.script.release()
    assert sending.ledger_state(made["decision_id"]) == ""
    sending.start()
    sending.wait_for(made["decision_id"], "accepted")
    assert mails(sending) == 1


def test_killed_between_claim_and_message_nothing_leaves(sending: Sending) -> None:
    made = sending.decide(decision("ann"))
    stalled_sender(sending, Stage.DATA).kill()
    sending.smtp.script.release()
    assert sending.ledger_state(made["decision_id"]) == "claimed"
    sending.start()
    event = sending.wait_for(made["decision_id"], "unknown")
    assert event["detail"] == "claimed, and no result recorded"
    assert mails(sending) == 0


def test_killed_after_the_final_dot_at_most_one_mail_leaves(sending: Sending) -> None:
    made = sending.decide(decision("ann"))
    stalled_sender(sending, Stage.MESSAGE).kill()
    sending.smtp.script.release()
    sending.start()
    sending.wait_for(made["decision_id"], "unknown")
    assert mails(sending) <= 1


def test_killed_between_acceptance_and_its_record_it_stays_one_mail(
    sending: Sending, tmp_path: Path
) -> None:
    with RedisServer(tmp_path / "own-ledger", "ledger") as own:
        port = int(own.address.rsplit(":", 1)[1])
        sending.overrides = {**sending.overrides, "redis": {"ledger_url": own.url}}
        made = sending.decide(decision("ann"))
        role = stalled_sender(sending, Stage.MESSAGE)
    sending.smtp.script.release()
    wait_until(lambda: "result_not_recorded" in role.output(), "the 250 came, the ledger is away")
    assert mails(sending) == 1
    role.kill()
    with RedisServer(tmp_path / "own-ledger", "ledger", port=port):
        successor = sending.start()
        sending.wait_for(made["decision_id"], "unknown")
        assert successor.stop() == 0
    assert mails(sending) == 1


def test_killed_after_the_record_it_is_reported_and_not_sent_again(sending: Sending) -> None:
    made = sending.decide(decision("ann"))
    role = stalled_sender(sending, Stage.MESSAGE)
    sending.smtp.script.release()
    wait_until(lambda: sending.ledger_state(made["decision_id"]) == "accepted", "it is recorded")
    role.kill()
    sending.start()
    sending.wait_for(made["decision_id"], "accepted")
    wait_until(lambda: sending.lag() == 0, "offsets committed")
    assert mails(sending) == 1


def test_asleep_before_the_claim_it_finds_the_mail_sent_by_its_successor(sending: Sending) -> None:
    made = sending.decide(decision("ann"))
    sleeper = stalled_sender(sending, Stage.RCPT)
    sleeper.pause()
    sending.start()
    sending.wait_for(made["decision_id"], "accepted")
    sleeper.resume()
    sending.smtp.script.release()
    wait_until(lambda: '"given_away"' in sleeper.output(), "it learns that it lost its partitions")
    later = sending.decide(decision("ann"))
    sending.wait_for(later["decision_id"], "accepted")
    assert mails(sending) == 2
    assert sleeper.stop() == 0


def test_asleep_after_the_claim_its_own_answer_is_the_last_word(sending: Sending) -> None:
    made = sending.decide(decision("ann"))
    sleeper = stalled_sender(sending, Stage.DATA)
    sleeper.pause()
    sending.start()
    sending.wait_for(made["decision_id"], "unknown")
    sleeper.resume()
    sending.smtp.script.release()
    sending.wait_for(made["decision_id"], "accepted")
    assert mails(sending) == 1
    assert sending.ledger_state(made["decision_id"]) == "accepted"


def test_told_to_stop_it_finishes_what_it_claimed_and_leaves_the_rest(sending: Sending) -> None:
    sending.overrides = {"sender": {"smtp_timeout_seconds": 60, "connections": 1}}
    first = sending.decide(decision("ann"))
    role = stalled_sender(sending, Stage.DATA)
    second = sending.decide(decision("ann"))
    role.process.terminate()
    wait_until(lambda: '"draining"' in role.output(), "it drains")
    sending.smtp.script.release()
    assert role.process.wait(30) == 0
    assert sending.ledger_state(first["decision_id"]) == "accepted"
    assert sending.ledger_state(second["decision_id"]) == ""
    sending.wait_for(first["decision_id"], "accepted")
    assert mails(sending) == 1
    sending.start()
    sending.wait_for(second["decision_id"], "accepted")
    assert mails(sending) == 2
