"""The shared pace on a real Redis: in every window at most rate times time plus burst."""

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from senders.pace.gcra import MICROSECONDS, Pace, Pacer

pytestmark = pytest.mark.integration

START_US = 1_700_000_000 * MICROSECONDS


@pytest.fixture
async def redis(redis_state: RedisServer) -> AsyncIterator["Redis"]:
    async with Redis.from_url(redis_state.url) as client:
        yield client


def most_in_any_window(sent_us: list[int], pace: Pace) -> int:
    """By how much the busiest window exceeds what is allowed; at most 0 where the pace holds."""
    burst = pace.tolerance_us // pace.interval_us + 1
    return max(
        (count - (burst + (last - first) // pace.interval_us))
        for start, first in enumerate(sent_us)
        for count, last in enumerate(sent_us[start:], 1)
    )


async def ask_until_sent(
    pacer: Pacer, provider: str, mails: int, seed: int, clock: list[int]
) -> list[int]:
    """One client that sends so many mails, on a clock shared with others."""
    rng = random.Random(seed)
    sent: list[int] = []
    while len(sent) < mails:
        now_us = clock[0]
        wait_us = await pacer.wait_us(provider, now_us)
        if wait_us == 0:
            sent.append(now_us)
        # Time goes on for everybody; some come back too early, as a crashed client would.
        clock[0] = max(clock[0], now_us + rng.randrange(0, max(2, wait_us + 2)))
        await asyncio.sleep(0)
    return sent


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    per_second=st.floats(0.5, 5_000),
    burst=st.integers(1, 30),
    clients=st.integers(1, 5),
    seed=st.integers(0, 2**32),
)
def test_no_window_holds_more_than_allowed_whoever_asks(
    redis_state: RedisServer, per_second: float, burst: int, clients: int, seed: int
) -> None:
    pace = Pace.of(per_second, burst)

    async def run() -> list[int]:
        connections = [Redis.from_url(redis_state.url) for _ in range(clients)]
        key = f"pace-{seed}-{per_second}-{burst}-{clients}."
        clock = [START_US]
        await connections[0].delete(f"{key}pace:p")
        sent = await asyncio.gather(
            *(
                ask_until_sent(Pacer(redis, key, pace), "p", 12, seed + number, clock)
                for number, redis in enumerate(connections)
            )
        )
        for redis in connections:
            await redis.aclose()
        return sorted(at for times in sent for at in times)

    sent = asyncio.run(run())
    assert len(sent) == 12 * clients
    assert most_in_any_window(sent, pace) <= 0


async def test_the_bound_is_reached_so_the_pace_is_not_lower(
    redis: "Redis", namespace: str
) -> None:
    pacer = Pacer(redis, namespace, Pace.of(10.0, 5))
    sent: list[int] = []
    now_us = START_US
    while len(sent) < 25:
        wait_us = await pacer.wait_us("p", now_us)
        if wait_us == 0:
            sent.append(now_us)
        now_us += wait_us
    assert sent[:5] == [START_US] * 5
    assert sent[5:] == [START_US + number * 100_000 for number in range(1, 21)]


async def test_on_redis_own_clock_processes_share_one_pace(redis: "Redis", namespace: str) -> None:
    pacers = [Pacer(redis, namespace, Pace.of(1.0, 3)) for _ in range(4)]
    waits = [await pacer.wait_us("p") for pacer in pacers]
    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[3] <= MICROSECONDS
    assert await pacers[0].wait_us("other") == 0


async def test_what_is_refused_does_not_count(redis: "Redis", namespace: str) -> None:
    pacer = Pacer(redis, namespace, Pace.of(1.0, 1))
    assert await pacer.wait_us("p", START_US) == 0
    waits = [await pacer.wait_us("p", START_US + 400_000) for _ in range(5)]
    assert waits == [600_000] * 5
    assert await pacer.wait_us("p", START_US + MICROSECONDS) == 0


def test_the_interval_never_makes_the_rate_too_high() -> None:
    assert Pace.of(300, 2) == Pace(3_334, 3_334)
    assert Pace.of(0.5, 1) == Pace(2 * MICROSECONDS, 0)
