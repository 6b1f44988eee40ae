"""A sender that dies or sleeps at any point of the dialogue sends nothing twice.

SMTP server and ledger fall silent at a chosen point, so the test knows where a sender stands when
it is killed.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Stage
from schemas.codec import Record
from senders.handover.endings import SENT_AGAIN
from tests.pipeline import Role, wait_until
from tests.sending import Sending, contact, decision
from tests.stalling import StallingProxy

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


def committed(sending: Sending) -> bool:
    return sending.lag() == 0


def mails(sending: Sending) -> int:
    return len(sending.smtp.mailbox.all())


@dataclass(frozen=True)
class Point:
    """Where a sender dies with a decision, and how that decision must end.

    Attributes:
        at: A stage of the SMTP dialogue, or what the ledger falls silent at; see `StallingProxy`.
            None where it doesn't die with it.
        status: What is reported in the end.
        mails: How many mails may be there in the end.
        made: Changes of the decision.
    """

    at: Stage | dict[str, Any] | None
    status: str
    mails: range
    made: dict[str, Any] = field(default_factory=dict)


NONE, ONE = range(1), range(1, 2)
RESENT = {"resend_unknown": True, "kind": "transactional"}
POINTS = {
    # Has the ledger's script known, so that what follows is done by one command.
    "never": Point(None, "accepted", ONE),
    "at DATA": Point(Stage.DATA, "unknown", NONE),
    "after the final dot": Point(Stage.MESSAGE, "unknown", range(2)),
    "at DATA, to be resent": Point(Stage.DATA, "accepted", ONE, RESENT),
    "after the dot, to be resent": Point(Stage.MESSAGE, "accepted", range(1, 3), RESENT),
    "at DATA, resent if it weren't marketing": Point(
        Stage.DATA, "unknown", NONE, {"resend_unknown": True}
    ),
    "before MAIL": Point({"holding": "SMEMBERS"}, "accepted", ONE),
    "after RCPT": Point({"holding": "SMEMBERS", "passing": 1}, "accepted", ONE),
    "before the claim is written": Point({"holding": "claimed "}, "accepted", ONE),
    "after the claim": Point({"holding": "claimed ", "done": True}, "unknown", NONE),
    "after the 250": Point({"holding": "accepted "}, "unknown", ONE),
    "after recording it": Point({"holding": "accepted ", "done": True}, "accepted", ONE),
}
"""Every point at which a sender can die, by name; those at the ledger come last."""
HOUSES = len(POINTS) // 2
"""Senders that die: each stands still at one point of a dialogue, then at one at the ledger, after
which it can't ask the ledger for anything."""


@pytest.fixture
def houses(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    smtp_server: SmtpInbox,
    namespace: str,
    tmp_path: Path,
) -> Iterator[tuple[list[Sending], StallingProxy]]:
    with StallingProxy(redis_ledger.address) as proxy:
        overrides = {
            "sender": {"smtp_timeout_seconds": 60, "connections": 16},
            "redis": {"ledger_url": f"redis://127.0.0.1:{proxy.port}/0", "timeout_seconds": 60},
            "kafka": {"session_timeout_seconds": 4, "heartbeat_seconds": 1},
        }
        made = []
        for number in range(HOUSES):
            folder = tmp_path / str(number)
            folder.mkdir()
            servers = (kafka, redis_state, redis_ledger, smtp_server)
            made.append(Sending(*servers, f"{number}{namespace}", folder, overrides))
        yield made, proxy
        smtp_server.script.clear()
        for house in made:
            house.stop()


def test_killed_at_any_point_no_mail_leaves_twice_and_only_after_the_claim_is_one_in_doubt(
    houses: tuple[list[Sending], StallingProxy], smtp_server: SmtpInbox
) -> None:
    senders, proxy = houses
    dying = [house.start() for house in senders]
    decided: dict[str, tuple[Sending, Record]] = {}
    for number, (name, point) in enumerate(POINTS.items()):
        house, who = senders[number % HOUSES], f"p{number}"
        house.contact(contact(who, f"{who}@inbox.example"))
        made = decision(who, **point.made)
        if point.at is None:
            house.decide(made)
            house.wait_for(made["decision_id"], point.status)
        elif isinstance(point.at, Stage):
            smtp_server.script.stall(point.at, address=f"{who}@inbox.example")
            house.decide(made)
            wait_until(smtp_server.script.stalled.is_set, f"a sender stands {name}", 60)
        else:
            told = dict(point.at)
            key = f"ledger:{made['decision_id']}"
            stall = proxy.stall(key, str(told.pop("holding")), **told)
            house.decide(made)
            wait_until(stall.reached.is_set, f"a sender stands {name}", 60)
        decided[name] = house, made
    for role in dying:
        role.kill()
    smtp_server.script.release()
    for house in senders:
        house.start()
    for name, (house, made) in decided.items():
        event = house.wait_for(made["decision_id"], POINTS[name].status)
        assert name.endswith("to be resent") == (event["detail"] == SENT_AGAIN), name
    for house in senders:
        wait_until(partial(committed, house), "offsets committed")
    left = Counter(mail.header("X-Nextbest-Decision") for mail in smtp_server.mailbox.all())
    for name, (house, made) in decided.items():
        assert left[made["decision_id"]] in POINTS[name].mails, name
        assert len({e["status"] for e in house.deliveries(made["decision_id"])}) == 1, name


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
