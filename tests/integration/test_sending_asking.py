"""Many tasks that ask one Redis at the same time."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from hashlib import sha1
from typing import Any

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from senders.asking import FLIGHTS, MOST, Asker
from senders.errors import StoreAwayError

pytestmark = pytest.mark.integration


@pytest.fixture
async def redis(redis_state: RedisServer) -> AsyncIterator["Redis"]:
    async with Redis.from_url(redis_state.url) as client:
        yield client


def until_told(key: str, pipe: Any) -> None:
    pipe.blpop(key, 0)


async def calls(redis: "Redis") -> int:
    return int((await redis.info("commandstats")).get("cmdstat_echo", {}).get("calls", 0))


async def test_each_gets_its_own_answers(redis: "Redis") -> None:
    asker = Asker(redis, "state")

    async def echo(number: int) -> None:
        answers = await asker.ask(lambda pipe: [pipe.echo(f"{number}.{at}") for at in range(3)])
        assert answers == [f"{number}.{at}".encode() for at in range(3)]

    await asyncio.gather(*(echo(number) for number in range(3 * MOST * FLIGHTS)))


async def test_what_is_refused_fails_who_asked_for_it_alone(redis: "Redis", namespace: str) -> None:
    asker, key = Asker(redis, "state"), f"{namespace}text"
    await redis.set(key, "text")
    fine, wrong = asker.ask(lambda pipe: pipe.get(key)), asker.ask(lambda pipe: pipe.hgetall(key))
    assert await fine == [b"text"]
    with pytest.raises(StoreAwayError, match="WRONGTYPE"):
        await wrong


async def test_what_can_not_be_said_fails_who_asked_and_holds_up_nobody_later(
    redis: "Redis",
) -> None:
    asker = Asker(redis, "state")
    with pytest.raises(AttributeError):
        await asker.ask(lambda pipe: pipe.no_such_command())
    assert await asker.ask(lambda pipe: pipe.echo("on")) == [b"on"]


async def test_whoever_left_is_not_asked_for(redis: "Redis") -> None:
    asker, before = Asker(redis, "state"), await calls(redis)
    gone, stays = asker.ask(lambda pipe: pipe.echo("a")), asker.ask(lambda pipe: pipe.echo("b"))
    gone.cancel()
    assert await stays == [b"b"]
    assert await calls(redis) == before + 1


async def test_a_script_is_sent_whole_where_it_is_not_known(redis: "Redis", namespace: str) -> None:
    script = f"return redis.call('INCR', KEYS[1]) -- {namespace}"
    digest = sha1(script.encode(), usedforsecurity=False).hexdigest()
    asker = Asker(redis, "state")
    for count in (1, 2):
        assert await asker.run(script, digest, [f"{namespace}count"], []) == count
    await redis.script_flush()
    assert await asker.run(script, digest, [f"{namespace}count"], []) == 3


async def test_no_answer_is_said_to_everybody() -> None:
    async with Redis.from_url("redis://127.0.0.1:1/0") as nobody:
        asker = Asker(nobody, "ledger")
        asked = [asker.ask(lambda pipe: pipe.ping()) for _ in range(5)]
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(answer, StoreAwayError)
            assert answer.store == "ledger"


async def test_while_others_stand_still_nobody_is_forgotten(redis: "Redis", namespace: str) -> None:
    asker = Asker(redis, "state")
    still = []
    for number in range(FLIGHTS - 1):
        still.append(asker.ask(partial(until_told, f"{namespace}{number}")))
        await asyncio.sleep(0)
    for _ in range(50):
        async with asyncio.timeout(20):
            assert await asker.ask(lambda pipe: pipe.echo("on")) == [b"on"]
    for number in range(FLIGHTS - 1):
        await redis.rpush(f"{namespace}{number}", "on")
    await asyncio.gather(*still)
