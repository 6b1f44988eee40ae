"""Connections to a provider are counted over all processes, and what a dead one held runs out."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from senders.pace.leases import LEASE_SECONDS, Lease, Leases
from senders.pace.throttle import MICROSECONDS

pytestmark = pytest.mark.integration

START_US = 1_700_000_000 * MICROSECONDS
LEASE_US = int(LEASE_SECONDS * MICROSECONDS)


@pytest.fixture
async def redis(redis_state: RedisServer) -> AsyncIterator["Redis"]:
    async with Redis.from_url(redis_state.url) as client:
        yield client


async def take(leases: Leases, count: int, limit: int, now_us: int) -> list[Lease]:
    """As many as it gets."""
    found = [await leases.take("p", limit, 0.0, now_us) for _ in range(count)]
    return [lease for lease in found if lease is not None]


async def test_no_more_are_out_than_may_be_whoever_asks(redis: "Redis", namespace: str) -> None:
    one, two, three = (Leases(redis, namespace, name) for name in ("one", "two", "three"))
    held = await take(one, 10, 5, START_US)
    assert len(held) == 5
    assert await take(two, 3, 5, START_US) == []
    await one.give_back(held[0])
    # The first may have its share only, now that another wants some.
    assert await take(one, 1, 5, START_US) == []
    assert len(await take(two, 3, 5, START_US)) == 1
    assert await take(three, 1, 5, START_US) == []
    assert len(await take(one, 1, 5, START_US)) == 0
    # Another provider's are its own.
    assert await three.take("other", 1, 0.0, START_US) is not None


async def test_what_a_dead_process_held_runs_out(redis: "Redis", namespace: str) -> None:
    dead, alive = Leases(redis, namespace, "dead"), Leases(redis, namespace, "alive")
    lost = await take(dead, 3, 4, START_US)
    assert len(lost) == 3
    kept = await take(alive, 3, 4, START_US)
    assert len(kept) == 1
    await alive.renew("p", kept, 0.0, START_US + LEASE_US // 2)
    assert len(await take(alive, 9, 4, START_US + LEASE_US - 1)) == 0
    # The dead one asked last at the start: with its leases its share has run out too.
    assert len(await take(alive, 9, 4, START_US + LEASE_US + 1)) == 3


async def test_a_process_that_slept_learns_that_its_leases_are_over(
    redis: "Redis", namespace: str
) -> None:
    sleeper, other = Leases(redis, namespace, "sleeper"), Leases(redis, namespace, "other")
    held = await take(sleeper, 2, 2, START_US)
    later_us = START_US + LEASE_US + 1
    assert len(await take(other, 2, 2, later_us)) == 2
    await sleeper.renew("p", held, 100.0, later_us)
    assert all(lease.until < 0 for lease in held)
    assert await take(other, 1, 2, later_us) == []


async def test_even_with_more_processes_than_connections_the_number_holds(
    redis: "Redis", namespace: str
) -> None:
    processes = [Leases(redis, namespace, f"p{number}") for number in range(5)]
    held = [lease for leases in processes for lease in await take(leases, 2, 3, START_US)]
    assert len(held) == 3
