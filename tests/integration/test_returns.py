"""What came back is in force when written, and written once, however often it is told."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as AwayError

from deploy.servers.redis import RedisServer
from schemas.checks import check_event
from schemas.codec import Codec
from schemas.emitter import EmitterFullError
from schemas.registry import BundledRegistry
from senders.errors import StoreAwayError
from senders.guardrails.counts import DAY_MS, counts_key, day_of
from senders.links.sent import Sent
from senders.recipients.pending import PendingEvents
from senders.recipients.suppression import hash_key, person_key
from senders.returns.returns import CHRONIC_BOUNCES, CHRONIC_SPAN_MS, Returns

pytestmark = pytest.mark.integration

NOW_MS = 1_790_000_000_000
SENT = Sent("d1", "ann", "a" * 64, "cart_reminder", "marketing", "gmail", "marketing", "cart")


class Kafka:
    """What an emitter was given; full while `away`."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.away = False
        self.codec = Codec(BundledRegistry())

    def emit(self, name: str, event: dict[str, Any]) -> None:
        if self.away:
            raise EmitterFullError("full")
        seen = self.codec.decode(self.codec.encode(name, event))[1]
        check_event(name, seen, NOW_MS)
        self.events.append((name, seen))

    def flush(self, _seconds: float) -> None:
        """Nothing waits."""


@pytest.fixture
def kafka_like() -> Kafka:
    return Kafka()


@pytest.fixture
async def ledger(redis_ledger: RedisServer) -> AsyncIterator[Redis]:
    client = Redis.from_url(redis_ledger.url)
    yield client
    await client.aclose()


@pytest.fixture
def pending(ledger: Redis, namespace: str, kafka_like: Any) -> PendingEvents:
    return PendingEvents(ledger, namespace, kafka_like)


@pytest.fixture
def returns(ledger: Redis, namespace: str, pending: PendingEvents) -> Returns:
    return Returns(ledger, namespace, pending)


async def bounce(returns: Returns, sent: Sent = SENT, **changes: Any) -> bool:
    told: dict[str, Any] = {
        "hard": True,
        "status": "5.1.1",
        "reason": "userunknown",
        "source": "dsn",
        "now_ms": NOW_MS,
    }
    return await returns.bounced(sent, **{**told, **changes})


async def counts(ledger: Redis, namespace: str, at_ms: int = NOW_MS) -> dict[bytes, bytes]:
    call: Any = ledger.hgetall(counts_key(namespace, "marketing", day_of(at_ms)))
    found: dict[bytes, bytes] = await call
    return found


async def reasons(ledger: Redis, key: str) -> dict[bytes, bytes]:
    call: Any = ledger.hgetall(key)
    found: dict[bytes, bytes] = await call
    return found


async def test_a_hard_bounce_suppresses_is_counted_and_becomes_an_event(
    returns: Returns, pending: PendingEvents, ledger: Redis, namespace: str, kafka_like: Kafka
) -> None:
    assert await bounce(returns)
    address = hash_key(namespace, SENT.address_hash)
    assert await reasons(ledger, address) == {b"permanent_failure": str(NOW_MS).encode()}
    assert await reasons(ledger, person_key(namespace, "ann")) == {}
    assert await counts(ledger, namespace) == {b"cart_reminder|gmail|hard_bounce": b"1"}
    assert await pending.emit() == 1
    [(name, event)] = kafka_like.events
    assert name == "delivery"
    told = {"event_id": "d1:bounced", "status": "bounced", "bounce": "hard", "enhanced": "5.1.1"}
    assert told.items() <= event.items()
    assert (event["source"], event["detail"], event["smtp_code"]) == ("dsn", "userunknown", None)
    assert (event["stream"], event["message"]) == ("marketing", "cart_reminder")
    assert await pending.emit() == 0


async def test_a_repeat_changes_nothing(
    returns: Returns, pending: PendingEvents, ledger: Redis, namespace: str, kafka_like: Kafka
) -> None:
    await bounce(returns)
    await pending.emit()
    assert not await bounce(returns, now_ms=NOW_MS + 3 * DAY_MS)
    assert await pending.emit() == 0
    assert await counts(ledger, namespace, NOW_MS + 3 * DAY_MS) == {}
    address = hash_key(namespace, SENT.address_hash)
    assert await reasons(ledger, address) == {b"permanent_failure": str(NOW_MS).encode()}


async def test_a_complaint_suppresses_address_and_person(
    returns: Returns, pending: PendingEvents, ledger: Redis, namespace: str, kafka_like: Kafka
) -> None:
    assert await returns.complained(SENT, source="arf", now_ms=NOW_MS)
    assert await bounce(returns)
    for key in (hash_key(namespace, SENT.address_hash), person_key(namespace, "ann")):
        assert b"complaint" in await reasons(ledger, key)
    assert await counts(ledger, namespace) == {
        b"cart_reminder|gmail|complaint": b"1",
        b"cart_reminder|gmail|hard_bounce": b"1",
    }
    assert await pending.emit() == 2
    assert {event["event_id"] for _name, event in kafka_like.events} == {
        "d1:bounced",
        "d1:complained",
    }


@pytest.mark.parametrize("broken_at", range(3))
async def test_what_stops_in_the_middle_is_finished_by_the_repeat(
    returns: Returns,
    pending: PendingEvents,
    ledger: Redis,
    namespace: str,
    monkeypatch: pytest.MonkeyPatch,
    broken_at: int,
) -> None:
    async def away(*_arguments: Any, **_named: Any) -> None:
        raise AwayError("gone")

    if broken_at == 0:
        monkeypatch.setattr(returns, "_write", away)
    elif broken_at == 1:
        monkeypatch.setattr(returns._counts, "count", away)
    else:
        monkeypatch.setattr(returns._ledger, "hset", away)
    with pytest.raises(StoreAwayError):
        await bounce(returns)
    monkeypatch.undo()
    # The next day: it still counts once, for the day it was first told.
    await bounce(returns, now_ms=NOW_MS + DAY_MS)
    assert await counts(ledger, namespace) == {b"cart_reminder|gmail|hard_bounce": b"1"}
    assert await counts(ledger, namespace, NOW_MS + DAY_MS) == {}
    assert await ledger.exists(hash_key(namespace, SENT.address_hash))
    assert await pending.emit() == 1


async def soft(returns: Returns, times: list[int], reason: str) -> None:
    for number, at_ms in enumerate(times):
        sent = Sent(f"d{number}", "ann", "a" * 64, "cart_reminder")
        for _repeat in range(2):
            await bounce(returns, sent, hard=False, status="4.2.2", reason=reason, now_ms=at_ms)


SPREAD = [NOW_MS + at * CHRONIC_SPAN_MS // (CHRONIC_BOUNCES - 1) for at in range(CHRONIC_BOUNCES)]


@pytest.mark.parametrize(
    ("times", "reason", "suppressed"),
    [
        (SPREAD, "mailboxfull", True),
        (SPREAD[:-1], "mailboxfull", False),
        (SPREAD, "spamdetected", False),
        ([NOW_MS + at for at in range(20)], "mailboxfull", False),
        ([NOW_MS + at * 20 * DAY_MS for at in range(10)], "mailboxfull", False),
    ],
    ids=["goes on", "one too few", "about the mail", "all at once", "now and then"],
)
async def test_soft_bounces_suppress_only_a_mailbox_that_goes_on_so(
    returns: Returns,
    ledger: Redis,
    namespace: str,
    times: list[int],
    reason: str,
    *,
    suppressed: bool,
) -> None:
    await soft(returns, times, reason)
    found = await reasons(ledger, hash_key(namespace, "a" * 64))
    assert found == ({b"chronic_bounce": str(times[-1]).encode()} if suppressed else {})


async def test_a_status_that_is_none_is_not_passed_on(
    returns: Returns, pending: PendingEvents, kafka_like: Kafka
) -> None:
    await bounce(returns, status="5.1.1 <ann@example.com>")
    await pending.emit()
    assert kafka_like.events[0][1]["enhanced"] is None


async def test_events_wait_for_kafka_and_withdrawals_of_former_releases_are_taken_too(
    pending: PendingEvents, ledger: Redis, namespace: str, kafka_like: Kafka
) -> None:
    consent = {
        "event_id": "e1",
        "occurred_at": NOW_MS,
        "subscriber_id": "ann",
        "anonymous_id": None,
        "action": "opt_out",
        "purpose": "marketing",
        "decision_id": "d1",
    }
    former: Any = ledger.hset(f"{namespace}optouts", "e1", msgspec.json.encode(consent))
    await former
    pipeline = ledger.pipeline(transaction=False)
    for number in range(700):
        pending.put_in(pipeline, "consent", {**consent, "event_id": f"n{number}"})
    pending.put_in(pipeline, "consent", {"event_id": "broken"})
    await pipeline.execute()
    kafka_like.away = True
    assert await pending.emit() == 0
    kafka_like.away = False
    assert await pending.emit() == 701
    assert {event["event_id"] for _name, event in kafka_like.events} == {
        "e1",
        *(f"n{number}" for number in range(700)),
    }
    left: Any = ledger.hkeys(f"{namespace}pending")
    assert await left == [b"broken"]
