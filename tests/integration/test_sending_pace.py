"""The shared pace on a real Redis: in every window at most rate times time plus burst."""

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from senders.pace.gcra import Pace, Pacer
from senders.pace.throttle import FLOOR, HEAL_US, MICROSECONDS, SETTLE_US, Throttle

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
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
    redis: Redis, key: str, pace: Pace, mails: int, seed: int, clock: list[int]
) -> list[int]:
    """One client that sends so many mails, on a clock shared with others."""
    rng = random.Random(seed)
    pacer, throttle = Pacer(redis, key), Throttle(redis, key)
    provider = "p"
    sent: list[int] = []
    while len(sent) < mails:
        now_us = clock[0]
        wait_us = (await pacer.ask(provider, pace, now_us=now_us)).wait_us
        if wait_us == 0:
            sent.append(now_us)
        if rng.random() < 0.1:
            # Some server asks for less: the pace changes while it is in use.
            await throttle.slow(provider, now_us, now_us)
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
        await connections[0].delete(*[f"{key}pace:{{p}}:{what}" for what in ("mails", "throttle")])
        sent = await asyncio.gather(
            *(
                ask_until_sent(redis, key, pace, 12, seed + number, clock)
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
    pacer, pace = Pacer(redis, namespace), Pace.of(10.0, 5)
    sent: list[int] = []
    now_us = START_US
    while len(sent) < 25:
        wait_us = (await pacer.ask("p", pace, now_us=now_us)).wait_us
        if wait_us == 0:
            sent.append(now_us)
        now_us += wait_us
    assert sent[:5] == [START_US] * 5
    assert sent[5:] == [START_US + number * 100_000 for number in range(1, 21)]


async def test_on_redis_own_clock_all_share_one_pace_of_each_kind(
    redis: "Redis", namespace: str
) -> None:
    pace = Pace.of(1.0, 3)
    pacers = [Pacer(redis, namespace) for _ in range(4)]
    said = [await pacer.ask("p", pace) for pacer in pacers]
    assert [turn.wait_us for turn in said[:3]] == [0, 0, 0]
    assert 0 < said[3].wait_us <= MICROSECONDS
    assert abs(said[3].at_us - time.time_ns() // 1000) < 60 * MICROSECONDS
    assert (await pacers[0].ask("other", pace)).wait_us == 0
    assert (await pacers[0].ask("p", pace, "connections")).wait_us == 0


async def test_what_is_refused_does_not_count(redis: "Redis", namespace: str) -> None:
    pacer, pace = Pacer(redis, namespace), Pace.of(1.0, 1)

    async def wait_us(now_us: int) -> int:
        return (await pacer.ask("p", pace, now_us=now_us)).wait_us

    assert await wait_us(START_US) == 0
    assert [await wait_us(START_US + 400_000) for _ in range(5)] == [600_000] * 5
    assert await wait_us(START_US + MICROSECONDS) == 0


async def test_a_slowing_holds_for_all_at_once_and_heals_without_traffic(
    redis: "Redis", namespace: str
) -> None:
    pace, throttle = Pace.of(10.0, 1), Throttle(redis, namespace)
    one, other = Pacer(redis, namespace), Pacer(redis, namespace)
    assert (await one.ask("p", pace, now_us=START_US)).wait_us == 0
    now_us = START_US + MICROSECONDS
    assert await throttle.slow("p", START_US, now_us)
    assert (await other.ask("p", pace, now_us=now_us)).wait_us == 0
    # Half the rate from the very next mail on, in a process that was told nothing.
    assert (await one.ask("p", pace, now_us=now_us)).wait_us == 200_000
    healed_us = now_us + SETTLE_US + HEAL_US
    assert (await other.ask("p", pace, now_us=healed_us)).wait_us == 0
    assert (await one.ask("p", pace, now_us=healed_us)).wait_us == 100_000
    assert await throttle.factors(["p", "other"], now_us) == [0.5, 1.0]
    half_us = now_us + SETTLE_US + HEAL_US // 4
    assert await throttle.factors(["p"], half_us) == [pytest.approx(0.75)]


async def test_a_slowing_does_not_bring_about_the_next_one(redis: "Redis", namespace: str) -> None:
    throttle = Throttle(redis, namespace)
    assert await throttle.slow("p", START_US, START_US + 5)
    # A thousand replies to mails that had left before, or before it could show.
    for turn_us in range(START_US - 100, START_US + SETTLE_US, SETTLE_US // 100):
        assert not await throttle.slow("p", turn_us, START_US + SETTLE_US + 7)
    assert await throttle.factors(["p"], START_US + 5) == [0.5]
    # A mail that left after it had settled, and is refused all the same, is news.
    later_us = START_US + SETTLE_US + 6
    assert await throttle.slow("p", later_us, later_us)
    assert await throttle.factors(["p"], later_us) == [pytest.approx(0.25, abs=0.01)]


async def test_it_slows_down_to_a_floor_and_no_further(redis: "Redis", namespace: str) -> None:
    throttle, now_us = Throttle(redis, namespace), START_US
    for _ in range(20):
        assert await throttle.slow("p", now_us, now_us)
        now_us += SETTLE_US + 1
    [factor] = await throttle.factors(["p"], now_us - SETTLE_US)
    assert factor == pytest.approx(FLOOR)


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=st.lists(st.integers(0, 40 * 60), min_size=1, max_size=12), number=st.integers(0))
def test_script_and_formula_agree(redis_state: RedisServer, steps: list[int], number: int) -> None:
    """What the script counts by is what `factors` tells."""

    async def run() -> None:
        async with Redis.from_url(redis_state.url) as redis:
            key = f"agree-{number}-{hash(tuple(steps))}."
            await redis.delete(f"{key}pace:{{p}}:throttle")
            pacer, throttle, now_us = Pacer(redis, key), Throttle(redis, key), START_US
            for at, step in enumerate(steps):
                now_us += step * MICROSECONDS
                await throttle.slow("p", now_us, now_us)
                # Each time a limit of its own: only the interval matters here.
                name: Any = f"mails{at}"
                await redis.delete(f"{key}pace:{{p}}:{name}")
                await pacer.ask("p", Pace(MICROSECONDS, 0), name, now_us)
                wait_us = (await pacer.ask("p", Pace(MICROSECONDS, 0), name, now_us)).wait_us
                [factor] = await throttle.factors(["p"], now_us)
                assert wait_us == pytest.approx(MICROSECONDS / factor, rel=1e-6)

    asyncio.run(run())


ASKER = """
import asyncio, sys
from redis.asyncio import Redis
from senders.pace.gcra import Pace, Pacer
from senders.pace.throttle import Throttle

async def main(url, namespace, number):
    async with Redis.from_url(url) as redis:
        pacer, throttle = Pacer(redis, namespace), Throttle(redis, namespace)
        await redis.incr(namespace + "ready")
        while int(await redis.get(namespace + "ready")) < 3:
            await asyncio.sleep(0.005)
        for at in range(60):
            while True:
                said = await pacer.ask("p", Pace.of(200.0, 10))
                if said.wait_us == 0:
                    print(said.at_us, flush=True)
                    break
                await asyncio.sleep(said.wait_us / 1e6)
            if number == "0" and at == 40:
                await throttle.slow("p", said.at_us)

asyncio.run(main(*sys.argv[1:]))
"""


def test_processes_together_keep_the_pace_in_every_window(
    redis_state: RedisServer, namespace: str
) -> None:
    """By the times at which Redis gave the turns: what no process can get wrong."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ASKER, redis_state.url, namespace, str(number)],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            text=True,
        )
        for number in range(3)
    ]
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    sent = sorted(int(line) for output in outputs for line in output.split())
    assert len(sent) == 180
    assert most_in_any_window(sent, Pace.of(200.0, 10)) <= 0


def test_the_interval_never_makes_the_rate_too_high() -> None:
    assert Pace.of(300, 2) == Pace(3_334, 3_334)
    assert Pace.of(0.5, 1) == Pace(2 * MICROSECONDS, 0)
