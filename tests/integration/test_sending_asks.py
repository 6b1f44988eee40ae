"""Mails that ask to confirm an opt-in: an address is asked so often, whoever it is said to be."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from schemas.codec import Record
from senders.recipients.asks import MOST_ASKS, WITHIN_MS, asks_key, may_ask
from tests.senders.builders import NOW_MS
from tests.sending import Sending, contact, decision

pytestmark = pytest.mark.integration


@pytest.fixture
async def ledger(redis_ledger: RedisServer) -> AsyncIterator["Redis"]:
    async with Redis.from_url(redis_ledger.url) as client:
        yield client


async def test_an_address_is_asked_three_times_and_again_when_a_month_has_passed(
    ledger: "Redis", namespace: str
) -> None:
    async def may(decision_id: str, at_ms: int) -> bool:
        return await may_ask(ledger, namespace, "hash", decision_id, at_ms)

    for number in range(MOST_ASKS):
        assert await may(f"d{number}", NOW_MS + number)
    assert not await may("one too many", NOW_MS + 10)
    assert await may("d1", NOW_MS + 11), "a repeat is no other mail"
    assert await may_ask(ledger, namespace, "another", "d9", NOW_MS + 12)
    assert not await may("still", NOW_MS + WITHIN_MS - 1)
    assert await may("later", NOW_MS + WITHIN_MS)
    ttl: Any = await ledger.pttl(asks_key(namespace, "hash"))
    assert 0 < ttl <= WITHIN_MS


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
    yield house
    house.stop()


def asking(subscriber: str) -> Record:
    return decision(
        subscriber,
        kind="transactional",
        stream="transactional",
        flow="confirm_opt_in",
        message="confirm_opt_in",
        content={"purpose": "marketing", "text_version": "1"},
    )


def test_a_form_filled_in_as_many_people_floods_no_mailbox(sending: Sending) -> None:
    sending.start()
    for number in range(MOST_ASKS + 1):
        made = asking(f"person-{number}")
        sending.contact(contact(f"person-{number}", "victim@inbox.example", consent={}))
        sending.decide(made)
        status = "accepted" if number < MOST_ASKS else "no_consent"
        sending.wait_for(made["decision_id"], status)
    assert len(sending.smtp.mailbox.all()) == MOST_ASKS
