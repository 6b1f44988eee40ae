"""The fenced write on a real Redis: what passes, and that what is refused writes nothing."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from models import decay
from schemas.errors import StopError
from streams.commit import Commit, Leaving, encode_leaving
from streams.errors import FencedError, ForeignStateError
from streams.state import PartitionState

pytestmark = pytest.mark.integration
IDENTITY = {"cluster": "c1", "journal": "j1"}


@pytest.fixture
async def client(redis_state: RedisServer) -> AsyncIterator[Redis]:
    made = Redis.from_url(redis_state.url)
    yield made
    await made.aclose()


@pytest.fixture
def tag() -> str:
    return f"{{{uuid.uuid4().hex[:8]}p0}}"


def partition(client: Redis, tag: str, generation: int = 1) -> PartitionState:
    return PartitionState(client, tag, generation, IDENTITY, patience_seconds=1.0)


def write(start: int, end: int, tag: str, value: bytes = b"v") -> Commit:
    made = Commit(start, end)
    made.values = {f"{tag}:s:ann": value}
    made.meta = {"src:x:0": str(end), "clock": "77", "discounts": "1234.5678"}
    made.timers = {"flow:a\x1fann": 500}
    made.outbox = {end: encode_leaving(Leaving("decisions", b"ann", value))}
    return made


async def test_a_write_is_found_whole_by_the_next_owner(client: Redis, tag: str) -> None:
    first = partition(client, tag)
    found = await first.take()
    assert (found.offset, found.sources, found.outbox) == (0, {}, {})
    assert found.discounts == decay.EMPTY
    await first.commit(write(0, 10, tag))
    found = await partition(client, tag, 2).take()
    assert found.offset == 10
    assert found.clock_ms == 77
    assert found.discounts == 1234.5678
    assert found.sources == {"x:0": 10}
    assert [record.topic for record in found.outbox.values()] == ["decisions"]
    assert await first.due_timers(499, 10) == []
    assert await first.due_timers(500, 10) == [("flow:a\x1fann", 500)]
    assert await first.next_due_ms() == 500


async def test_a_worker_that_lost_the_partition_writes_nothing(client: Redis, tag: str) -> None:
    zombie = partition(client, tag)
    await zombie.take()
    await zombie.commit(write(0, 10, tag, b"old"))
    await partition(client, tag, 2).take()
    with pytest.raises(FencedError, match="not ours"):
        await zombie.commit(write(10, 20, tag, b"zombie"))
    assert await client.get(f"{tag}:s:ann") == b"old"
    assert await client.hget(f"{tag}:meta", "offset") == b"10"


async def test_a_lower_generation_cannot_take(client: Redis, tag: str) -> None:
    await partition(client, tag, 5).take()
    with pytest.raises(FencedError, match="below the stored 5"):
        await partition(client, tag, 4).take()


async def test_state_of_another_cluster_or_journal_is_refused(client: Redis, tag: str) -> None:
    await partition(client, tag).take()
    other = PartitionState(client, tag, 2, {"cluster": "c2", "journal": "j1"})
    with pytest.raises(ForeignStateError, match="cluster c1, but this is cluster c2"):
        await other.take()


async def test_the_same_write_sent_twice_is_one(client: Redis, tag: str) -> None:
    state = partition(client, tag)
    await state.take()
    repeated = write(0, 10, tag)
    await state.commit(repeated)
    state._commits -= 1  # as if the answer had been lost
    await state.commit(repeated)
    await state.commit(write(10, 20, tag))
    assert await client.hget(f"{tag}:meta", "commits") == b"2"


async def test_a_write_on_a_state_that_went_back_is_refused(client: Redis, tag: str) -> None:
    state = partition(client, tag)
    await state.take()
    await state.commit(write(0, 10, tag))
    await client.hset(f"{tag}:meta", mapping={"offset": 0, "commits": 0})
    with pytest.raises(FencedError, match="stored offset 0"):
        await state.commit(write(10, 20, tag))


async def test_lost_timer_writes_are_noticed_though_no_offset_moved(
    client: Redis, tag: str
) -> None:
    state = partition(client, tag)
    await state.take()
    await state.commit(write(0, 10, tag))
    fired = Commit(10, 10, timers={"flow:a\x1fann": None})
    await state.commit(fired)
    await client.hset(f"{tag}:meta", "commits", 1)
    await client.zadd(f"{tag}:timers", {"flow:a\x1fann": 500})
    with pytest.raises(FencedError):
        await state.commit(write(10, 20, tag))


async def test_the_largest_write_passes(client: Redis, tag: str) -> None:
    state = partition(client, tag)
    await state.take()
    big = Commit(0, 500)
    big.values = {f"{tag}:s:{n}": b"x" * 1_000 for n in range(800)}
    big.timers = {f"flow:a\x1f{n}": n for n in range(1_500)}
    big.outbox = dict.fromkeys(range(1000), b"y" * 20)
    await state.commit(big)
    assert await client.zcard(f"{tag}:timers") == 1_500
    assert await client.hlen(f"{tag}:outbox") == 1_000
    assert await client.get(f"{tag}:s:799") == b"x" * 1_000


async def test_a_redis_that_stays_away_stops_the_worker_with_advice(tag: str) -> None:
    client = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    state = partition(client, tag)
    state.patience_seconds = 0.3
    with pytest.raises(StopError, match="NEXTBEST_REDIS__STATE_URL"):
        await asyncio.wait_for(state.commit(write(0, 10, tag)), 20)
    await client.aclose()
