"""Workers and senders are killed and paused together: every mail of an undisturbed run, each once.

A sender killed between its claim and the server's answer can't know whether the mail left; that
decision ends as `unknown` and is never sent again, so it counts as accounted for, not as a mail.
One that somebody's order overtook in one of the runs ends as `superseded` there.
"""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from runtime.setting_values import PREFLIGHT_CHECKS
from schemas.keys import clock_key
from tests.faults.chaos import Fleet, strike_while_working
from tests.pipeline import Pipeline
from tests.workload import START_MS, Workload

pytestmark = [pytest.mark.integration, pytest.mark.faults]

# Nobody withdraws: a sender that comes later would rightly send one mail less.
WORKLOAD = Workload(people=150, hours=30, events_an_hour=100, seed=9, withdrawals=0.0)


def settings(inbox: SmtpInbox) -> dict[str, object]:
    return {
        "kafka": {"session_timeout_seconds": 4, "heartbeat_seconds": 1},
        "worker": {"chunk_records": 5},
        "sender": {
            "from_address": "shop@shop.example",
            "from_name": "Shop",
            "postal_address": "1 High Street, Town",
            "public_url": "http://127.0.0.1:9",
            "link_secret": "a-secret-for-tests-only",
            "smtp_host": inbox.host,
            "smtp_port": inbox.port,
            "starttls": "never",
            "rate_per_second": 200,
            "burst": 50,
            "allow_recipients": ["*"],
            "preflight_overrides": PREFLIGHT_CHECKS,
        },
        "pace": {"dns": "static"},
    }


@pytest.fixture
def inbox() -> Iterator[SmtpInbox]:
    with SmtpInbox() as server:
        yield server


@pytest.fixture
def pipeline(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    tmp_path: Path,
    inbox: SmtpInbox,
) -> Iterator[Pipeline]:
    made = Pipeline(kafka, redis_state, redis_ledger, tmp_path, settings(inbox))
    # The clock stands still for senders: in a replay of weeks nothing has expired.
    made.redis.set(clock_key(made.namespace), START_MS)
    yield made
    made.end()


def mails(inbox: SmtpInbox) -> Counter[str]:
    """How often each decision's mail was accepted."""
    return Counter(mail.header("X-Nextbest-Decision") for mail in inbox.mailbox.all())


def reported(pipeline: Pipeline, status: str) -> set[str]:
    """The decisions that senders reported with a status, in either run."""
    reports = pipeline.records("events.delivery")
    return {report["decision_id"] for report in reports if report["status"] == status}


def finish(pipeline: Pipeline, *fleets: Fleet) -> None:
    pipeline.wait_until(pipeline.caught_up, "the journal is applied")
    pipeline.wait_until(lambda: pipeline.outboxes() == 0, "the outboxes are empty")
    pipeline.wait_until(
        lambda: pipeline.committed("sender", "decisions") == pipeline.ends("decisions"),
        "every decision has its result",
    )
    for fleet in fleets:
        fleet.end()


def test_killed_workers_and_senders_send_each_mail_once(
    pipeline: Pipeline, inbox: SmtpInbox, redis_ledger: RedisServer
) -> None:
    pipeline.record(WORKLOAD)
    with Fleet(pipeline, "worker", 1) as workers, Fleet(pipeline, "sender", 1) as senders:
        finish(pipeline, workers, senders)
    undisturbed = mails(inbox)
    assert len(undisturbed) > 50, "too few mails to prove anything"
    assert set(undisturbed.values()) == {1}

    # The same journal once more, on a ledger and an inbox that know nothing, with bad luck.
    pipeline.forget_state()
    with redis.Redis.from_url(redis_ledger.url) as ledger:
        for key in list(ledger.scan_iter(f"{pipeline.namespace}ledger:*", count=1_000)):
            ledger.delete(key)
    inbox.reset()
    chance = random.Random(4)
    with Fleet(pipeline, "worker", 2) as workers, Fleet(pipeline, "sender", 2) as senders:
        for plan in ([0.0], [0.0], [6.0], [0.0]):
            strike_while_working(pipeline, workers, chance, plan)
            senders.strike(chance, plan[0])
        finish(pipeline, workers, senders)
    assert len(senders.exits) >= 3
    repeated = mails(inbox)
    assert set(repeated.values()) <= {1}, "a mail was sent twice"
    # Weeks pass in seconds: whether the mail or the order that ends it was first is chance.
    ended, unknown = reported(pipeline, "superseded"), reported(pipeline, "unknown")
    missing = set(undisturbed) - set(repeated)
    assert missing <= unknown | ended, "a mail is missing without a word"
    assert set(repeated) - ended <= set(undisturbed)
    assert len(ended) < len(undisturbed) / 4, "too many to prove anything"
