"""The ledger's states on a real Redis."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from runtime.redis_client import Client
from schemas.keys import code_claim_key
from senders.errors import StoreAwayError, VolatileLedgerError
from senders.guardrails.counts import counts_key, day_of
from senders.handover.ledger import Count, Ledger, check_durable, count_replicas, is_claim_of
from senders.handover.states import NO_OWNER, OPEN, Entry, Move, State, replaceable, target_of
from senders.links.sent import KEPT_MS, Sent, find, sent_key
from senders.links.verp import mail_id
from senders.stores import MARGIN_MS, ledger_ttl_ms
from tests.senders.builders import NOW_MS

pytestmark = pytest.mark.integration

ACCEPTED = Entry("accepted", "a", NOW_MS, 250)


def sent(decision_id: str = "d1", **changes: Any) -> Sent:
    plain: dict[str, Any] = {"address_hash": "hash", "message": "cart_reminder"}
    plain["provider"] = "gmail"
    return Sent(decision_id, "ann", **{**plain, **changes})


async def counted(redis: Client, namespace: str) -> dict[str, int]:
    key = counts_key(namespace, "marketing", day_of(NOW_MS))
    fields = cast("dict[bytes, bytes]", await redis.hgetall(key))
    return {name.decode(): int(count) for name, count in fields.items()}


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
    owners = [f"w{number}" for number in range(50)]
    found = await asyncio.gather(*(ledger.claim(sent(), owner, NOW_MS) for owner in owners))
    winners = [w for w, entry in zip(owners, found, strict=True) if is_claim_of(w, entry)]
    assert len(winners) == 1
    assert {entry.owner for entry in found} == set(winners)


async def test_a_claimant_may_ask_again(ledger: Ledger) -> None:
    first = Entry("claimed", "a", NOW_MS)
    assert await ledger.claim(sent(), "a", NOW_MS) == first
    assert await ledger.claim(sent(), "a", NOW_MS + 1) == first
    assert await ledger.claim(sent(), "b", NOW_MS) == first


async def test_what_bounces_are_told_by_is_there_with_the_claim(
    redis: Client, ledger: Ledger, namespace: str
) -> None:
    await ledger.claim(sent(address_hash="first"), "a", NOW_MS)
    assert await find(redis, namespace, mail_id("d1")) == sent(address_hash="first")
    assert await redis.pttl(sent_key(namespace, mail_id("d1"))) > KEPT_MS - 60_000
    await ledger.claim(sent(address_hash="too late"), "b", NOW_MS)
    assert await find(redis, namespace, mail_id("d1")) == sent(address_hash="first")
    # Given back and claimed again, it may go to another address.
    await ledger.release("d1", Entry("claimed", "a", NOW_MS), NOW_MS)
    await ledger.claim(sent(address_hash="second"), "b", NOW_MS)
    assert await find(redis, namespace, mail_id("d1")) == sent(address_hash="second")


async def test_a_claim_given_back_can_be_claimed_by_others(redis: Client, ledger: Ledger) -> None:
    claim = await ledger.claim(sent(), "a", NOW_MS)
    assert await ledger.release("d1", claim, NOW_MS) is None
    assert (await stored(redis, ledger)).state == "released"
    owners = [f"w{number}" for number in range(20)]
    found = await asyncio.gather(*(ledger.claim(sent(), owner, NOW_MS) for owner in owners))
    assert sum(is_claim_of(w, entry) for w, entry in zip(owners, found, strict=True)) == 1


@pytest.mark.parametrize("state", ["", *sorted(OPEN), "unknown", "accepted"])
async def test_each_move_from_each_state_is_as_in_the_table(
    redis: Client, ledger: Ledger, state: str
) -> None:
    found = Entry(state, "a", NOW_MS) if state else None
    for move in Move:
        for who in ("a", "b", NO_OWNER):
            for wanted_state in ("accepted", "unknown", target_of(move, found) or "claimed"):
                if found is None:
                    await redis.delete(ledger.key("d1"))
                else:
                    await redis.set(ledger.key("d1"), found.encode())
                wanted = Entry(wanted_state, who, NOW_MS + 1)
                allowed = replaceable(move, wanted, found)
                may = found is None or {found.encode(), f"{state} a"} & {*allowed}
                in_the_way = await ledger._move("d1", move, wanted, found)
                assert in_the_way == (None if may else found), (move, who, wanted)
                assert await stored(redis, ledger) == (wanted if may else found)


async def test_a_final_state_stays(redis: Client, ledger: Ledger) -> None:
    claim = await ledger.claim(sent(), "a", NOW_MS)
    assert await ledger.settle("d1", ACCEPTED) is None
    assert await ledger.settle("d1", ACCEPTED) is None
    assert await ledger.settle("d1", Entry("rejected", "b", NOW_MS, 550)) == ACCEPTED
    assert await ledger.refuse("d1", Entry("expired", "-", NOW_MS)) == ACCEPTED
    assert await ledger.claim(sent(), "b", NOW_MS) == ACCEPTED
    assert await ledger.release("d1", claim, NOW_MS) == ACCEPTED
    assert await ledger.give_up("d1", claim, NOW_MS) == ACCEPTED
    assert await ledger.doubt("d1", claim, NOW_MS) == ACCEPTED
    assert await stored(redis, ledger) == ACCEPTED


async def test_what_was_never_claimed_is_ended_unless_someone_claims_it(ledger: Ledger) -> None:
    expired = Entry("expired", "-", NOW_MS)
    assert await ledger.refuse("d1", expired) is None
    assert await ledger.claim(sent(), "a", NOW_MS) == expired
    await ledger.claim(sent("d2"), "a", NOW_MS)
    assert await ledger.refuse("d2", expired) == Entry("claimed", "a", NOW_MS)


async def test_what_was_claimed_once_is_ended_in_its_claimants_name(
    redis: Client, ledger: Ledger
) -> None:
    """A server answered to the mail itself: nobody may end it as if it had never been seen."""
    await ledger.release("d1", await ledger.claim(sent(), "a", NOW_MS), NOW_MS)
    released = Entry("released", "a", NOW_MS)
    for owner in ("-", "b"):
        assert await ledger.refuse("d1", Entry("expired", owner, NOW_MS)) == released
    assert await ledger.refuse("d1", Entry("expired", "a", NOW_MS)) is None
    assert (await stored(redis, ledger)).claimed
    assert not Entry("expired", "-", NOW_MS).claimed


async def test_an_ending_is_counted_once_however_often_it_is_settled(
    ledger: Ledger, redis: Client, namespace: str
) -> None:
    await ledger.claim(sent(), "a", NOW_MS)
    count = Count("accepted", sent())
    await asyncio.gather(*(ledger.settle("d1", ACCEPTED, count) for _ in range(10)))
    rejected, bounced = (
        Entry("rejected", "-", NOW_MS, 550, "5.1.1", "hard"),
        Count("hard_bounce", sent("d2")),
    )
    for _ in range(2):
        assert await ledger.refuse("d2", rejected, bounced) is None
    # Whose word came too late is counted as nothing.
    await ledger.settle("d2", ACCEPTED, count)
    assert await counted(redis, namespace) == {
        "cart_reminder|gmail|accepted": 1,
        "cart_reminder|gmail|hard_bounce": 1,
    }


async def test_what_its_owner_learns_late_counts_once(
    redis: Client, ledger: Ledger, namespace: str
) -> None:
    claim = await ledger.claim(sent(), "a", NOW_MS)
    await ledger.give_up("d1", claim, NOW_MS)
    for _ in range(2):
        await ledger.settle("d1", ACCEPTED, Count("accepted", sent()))
    assert list((await counted(redis, namespace)).values()) == [1]


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
    claim = await ledger.claim(sent(), "a", NOW_MS)
    assert await ledger.give_up("d1", claim, NOW_MS + 1) is None
    unknown = Entry("unknown", "a", NOW_MS + 1)
    assert await stored(redis, ledger) == unknown
    assert await ledger.claim(sent(), "b", NOW_MS) == unknown
    # The owner can't take it back, since its finder has reported it, but knows better if sent.
    assert await ledger.release("d1", claim, NOW_MS) == unknown
    assert await ledger.settle("d1", Entry("accepted", "b", NOW_MS, 250)) == unknown
    assert await ledger.settle("d1", ACCEPTED) is None
    assert await stored(redis, ledger) == ACCEPTED


async def test_what_may_be_resent_is_claimed_once_more_and_never_a_third_time(
    redis: Client, ledger: Ledger
) -> None:
    first = await ledger.claim(sent(), "a", NOW_MS)
    assert await ledger.doubt("d1", first, NOW_MS) is None
    second = await ledger.claim(sent(), "b", NOW_MS)
    assert second == Entry("reclaimed", "b", NOW_MS)
    # Put off by its server, it still is the last one.
    assert await ledger.release("d1", second, NOW_MS) is None
    assert (await stored(redis, ledger)).state == "doubted"
    second = await ledger.claim(sent(), "c", NOW_MS)
    assert second == Entry("reclaimed", "c", NOW_MS)
    assert target_of(Move.DOUBT, second) is None
    assert await ledger.give_up("d1", second, NOW_MS) is None
    assert await ledger.claim(sent(), "d", NOW_MS) == Entry(State.UNKNOWN, "c", NOW_MS)


async def test_entries_outlive_the_decisions_in_their_topic(redis: Client, namespace: str) -> None:
    ledger = Ledger(redis, namespace, ttl_ms=ledger_ttl_ms())
    await ledger.claim(sent(), "a", NOW_MS)
    await ledger.refuse("d2", Entry("expired", "-", NOW_MS))
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
            assert is_claim_of("a", await ledger.claim(sent(), "a", NOW_MS))
            assert (await stored(copy, ledger)).state == "claimed"
            assert await find(copy, namespace, mail_id("d1")) == sent()
            assert await ledger.claim_code("GIFT-1", "d1") is None
            await copy.replicaof("NO", "ONE")
            await until(redis, "connected_slaves", 0)
            with pytest.raises(StoreAwayError):
                await ledger.claim(sent("d2"), "a", NOW_MS)
            # The claim may stand on the primary alone: asking again doesn't make it count.
            with pytest.raises(StoreAwayError):
                await ledger.claim(sent("d2"), "a", NOW_MS)
            for _ in range(2):
                with pytest.raises(StoreAwayError):
                    await ledger.claim_code("GIFT-2", "d2")
            assert (await ledger.claim(sent("d2"), "b", NOW_MS)) == Entry("claimed", "a", NOW_MS)


async def test_no_answer_is_said_to_be_none(namespace: str) -> None:
    redis = Redis.from_url("redis://127.0.0.1:1/0")
    ledger = Ledger(redis, namespace, ttl_ms=60_000)
    for call in (
        ledger.claim(sent(), "a", NOW_MS),
        ledger.settle("d1", ACCEPTED),
        ledger.release("d1", Entry("claimed", "a", NOW_MS), NOW_MS),
        ledger.claim_code("GIFT-1", "d1"),
    ):
        with pytest.raises(StoreAwayError):
            await call
    await redis.aclose()
