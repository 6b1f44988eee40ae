"""The ledger's states on a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from runtime.redis_client import Client
from schemas.keys import code_claim_key
from senders.errors import StoreAwayError, VolatileLedgerError
from senders.handover.ledger import Entry, Ledger, check_durable, count_replicas
from senders.stores import MARGIN_MS, ledger_ttl_ms
from tests.senders.builders import NOW_MS

pytestmark = pytest.mark.integration

ACCEPTED = Entry("accepted", "a", NOW_MS, 250)


@pytest.fixture
async def redis(redis_ledger: RedisServer) -> AsyncIterator[Client]:
    async with Redis.from_url(redis_ledger.url) as client:
        yield client


@pytest.fixture
def ledger(redis: Client, namespace: str) -> Ledger:
    return Ledger(redis, namespace, ttl_ms=60_000)


async def stored(redis: Client, ledger: Ledger) -> Entry:
    data = await redis.get(ledger.key("d1"))
    assert isinstance(data, bytes)
    return Entry.decode(data)


async def until(redis: "Redis", name: str, value: str | int) -> None:
    """Wait until a server says this of its replication."""
    for _ in range(600):
        if (await redis.info("replication")).get(name) == value:
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"{name} never became {value}")


async def test_of_any_number_of_claimants_one_gets_it(ledger: Ledger) -> None:
    found = await asyncio.gather(*(ledger.claim("d1", f"w{n}", NOW_MS) for n in range(50)))
    assert sum(entry is None for entry in found) == 1
    assert all(entry is None or entry.state == "claimed" for entry in found)


async def test_a_claimant_may_ask_again(ledger: Ledger) -> None:
    assert await ledger.claim("d1", "a", NOW_MS) is None
    assert await ledger.claim("d1", "a", NOW_MS + 1) is None
    assert await ledger.claim("d1", "b", NOW_MS) == Entry("claimed", "a", NOW_MS)


async def test_a_claim_given_back_can_be_claimed_by_others(redis: Client, ledger: Ledger) -> None:
    assert await ledger.claim("d1", "a", NOW_MS) is None
    assert await ledger.release("d1", "a", NOW_MS) is None
    assert (await stored(redis, ledger)).state == "released"
    found = await asyncio.gather(*(ledger.claim("d1", f"w{n}", NOW_MS) for n in range(20)))
    assert sum(entry is None for entry in found) == 1


async def test_only_the_claimant_gives_a_claim_back(ledger: Ledger) -> None:
    await ledger.claim("d1", "a", NOW_MS)
    in_the_way = await ledger.release("d1", "b", NOW_MS)
    assert in_the_way == Entry("claimed", "a", NOW_MS)


async def test_a_final_state_stays(redis: Client, ledger: Ledger) -> None:
    await ledger.claim("d1", "a", NOW_MS)
    assert await ledger.settle("d1", ACCEPTED) is None
    assert await ledger.settle("d1", ACCEPTED) is None
    for other in (Entry("expired", "-", NOW_MS), Entry("rejected", "b", NOW_MS, 550)):
        assert await ledger.settle("d1", other) == ACCEPTED
    assert await ledger.claim("d1", "b", NOW_MS) == ACCEPTED
    assert await ledger.release("d1", "a", NOW_MS) == ACCEPTED
    assert await ledger.give_up("d1", Entry("claimed", "a", NOW_MS), NOW_MS) == ACCEPTED
    assert await stored(redis, ledger) == ACCEPTED


async def test_what_was_never_claimed_is_settled_unless_someone_claims_it(ledger: Ledger) -> None:
    expired = Entry("expired", "-", NOW_MS)
    assert await ledger.settle("d1", expired) is None
    assert await ledger.claim("d1", "a", NOW_MS) == expired
    await ledger.claim("d2", "a", NOW_MS)
    assert await ledger.settle("d2", expired) == Entry("claimed", "a", NOW_MS)


async def test_what_was_claimed_once_is_settled_in_its_claimants_name(
    redis: Client, ledger: Ledger
) -> None:
    """A server answered to the mail itself: nobody may settle it as if it had never been seen."""
    await ledger.claim("d1", "a", NOW_MS)
    await ledger.release("d1", "a", NOW_MS)
    released = Entry("released", "a", NOW_MS)
    for owner in ("-", "b"):
        assert await ledger.settle("d1", Entry("expired", owner, NOW_MS)) == released
    expired = Entry("expired", "a", NOW_MS)
    assert await ledger.settle("d1", expired) is None
    assert (await stored(redis, ledger)).claimed
    assert not Entry("expired", "-", NOW_MS).claimed


async def test_a_code_leaves_with_one_decision_for_good(redis: Client, ledger: Ledger) -> None:
    found = await asyncio.gather(*(ledger.claim_code("GIFT-1", f"d{n}") for n in range(20)))
    (holder,) = {each for each in found if each is not None}
    assert found.count(None) == 1
    assert await ledger.claim_code("GIFT-1", holder) is None, "asked again"
    assert await ledger.claim_code("GIFT-2", "d1") is None
    assert await redis.ttl(code_claim_key(ledger._namespace, "GIFT-1")) == -1


async def test_a_claim_without_result_becomes_unknown_until_its_owner_knows(
    redis: Client, ledger: Ledger
) -> None:
    await ledger.claim("d1", "a", NOW_MS)
    claim = await stored(redis, ledger)
    assert await ledger.give_up("d1", claim, NOW_MS + 1) is None
    unknown = Entry("unknown", "a", NOW_MS + 1)
    assert await stored(redis, ledger) == unknown
    assert await ledger.claim("d1", "b", NOW_MS) == unknown
    # The owner can't take it back, since its finder has reported it, but knows better if sent.
    assert await ledger.release("d1", "a", NOW_MS) == unknown
    assert await ledger.settle("d1", Entry("accepted", "b", NOW_MS, 250)) == unknown
    assert await ledger.settle("d1", ACCEPTED) is None
    assert await stored(redis, ledger) == ACCEPTED


async def test_entries_outlive_the_decisions_in_their_topic(redis: Client, namespace: str) -> None:
    ledger = Ledger(redis, namespace, ttl_ms=ledger_ttl_ms())
    await ledger.claim("d1", "a", NOW_MS)
    await ledger.settle("d2", Entry("expired", "-", NOW_MS))
    for decision_id in ("d1", "d2"):
        assert await redis.pttl(ledger.key(decision_id)) > ledger_ttl_ms() - MARGIN_MS


async def test_a_ledger_that_may_forget_is_refused(redis: Client, redis_state: RedisServer) -> None:
    await check_durable(redis)
    async with Redis.from_url(redis_state.url) as forgetful:
        with pytest.raises(VolatileLedgerError, match="appendfsync everysec"):
            await check_durable(forgetful)


async def test_with_a_replica_a_claim_counts_once_the_replica_has_it(
    tmp_path: Path, namespace: str
) -> None:
    with (
        RedisServer(tmp_path / "primary", "ledger") as primary,
        RedisServer(tmp_path / "replica", "ledger") as replica,
    ):
        host, port = primary.address.rsplit(":", 1)
        async with Redis.from_url(primary.url) as redis, Redis.from_url(replica.url) as copy:
            await copy.replicaof(host, port)
            await until(copy, "master_link_status", "up")
            assert await count_replicas(redis) == 1
            ledger = Ledger(redis, namespace, ttl_ms=60_000, replicas=1, replica_timeout_ms=200)
            assert await ledger.claim("d1", "a", NOW_MS) is None
            assert (await stored(copy, ledger)).state == "claimed"
            assert await ledger.claim_code("GIFT-1", "d1") is None
            await copy.replicaof("NO", "ONE")
            await until(redis, "connected_slaves", 0)
            with pytest.raises(StoreAwayError):
                await ledger.claim("d2", "a", NOW_MS)
            # The claim may stand on the primary alone: asking again doesn't make it count.
            with pytest.raises(StoreAwayError):
                await ledger.claim("d2", "a", NOW_MS)
            for _ in range(2):
                with pytest.raises(StoreAwayError):
                    await ledger.claim_code("GIFT-2", "d2")
            assert (await ledger.claim("d2", "b", NOW_MS)) == Entry("claimed", "a", NOW_MS)


async def test_no_answer_is_said_to_be_none(namespace: str) -> None:
    redis = Redis.from_url("redis://127.0.0.1:1/0")
    ledger = Ledger(redis, namespace, ttl_ms=60_000)
    for call in (
        ledger.claim("d1", "a", NOW_MS),
        ledger.settle("d1", ACCEPTED),
        ledger.release("d1", "a", NOW_MS),
        ledger.claim_code("GIFT-1", "d1"),
    ):
        with pytest.raises(StoreAwayError):
            await call
    await redis.aclose()
