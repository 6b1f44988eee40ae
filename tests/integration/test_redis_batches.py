"""Many tasks on one Redis: their commands travel together and come back to whoever asked."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from redis.asyncio.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError

from deploy.servers.redis import RedisServer
from runtime.redis_batches import MOST_BATCHES, BatchingRedis
from runtime.redis_client import connect
from runtime.settings import load_settings

pytestmark = pytest.mark.integration


@pytest.fixture
async def client(redis_state: RedisServer) -> AsyncIterator[BatchingRedis]:
    made = connect(redis_state.url, load_settings(), batching=True)
    assert isinstance(made, BatchingRedis)
    yield made
    await made.aclose()


async def test_each_gets_its_own_answers(client: BatchingRedis, namespace: str) -> None:
    async def one(number: int) -> None:
        key = f"{namespace}{number}"
        pipeline = client.pipeline(transaction=False)
        pipeline.set(key, number)
        pipeline.hset(f"{key}:h", "a", str(number))
        assert await pipeline.execute() == [True, 1]
        assert await client.get(key) == str(number).encode()
        assert await client.hgetall(f"{key}:h") == {b"a": str(number).encode()}
        assert await client.set(key, "x", nx=True, get=True) == str(number).encode()

    await asyncio.gather(*(one(number) for number in range(500)))
    pool: Any = client.connection_pool
    assert len(pool._available_connections) <= MOST_BATCHES


def piped(client: BatchingRedis, *commands: tuple[Any, ...]) -> Pipeline:
    pipeline = client.pipeline(transaction=False)
    for command in commands:
        pipeline.execute_command(*command)
    return pipeline


async def test_what_redis_refuses_concerns_one_alone(client: BatchingRedis, namespace: str) -> None:
    key = f"{namespace}text"
    await client.set(key, "a")
    wrong = ("LPUSH", key, "b")
    good, bad, both = await asyncio.gather(
        client.execute_command("GET", key),
        client.execute_command(*wrong),
        piped(client, ("GET", key), wrong).execute(raise_on_error=False),
        return_exceptions=True,
    )
    assert good == b"a"
    assert isinstance(bad, ResponseError)
    assert isinstance(both, list)
    assert both[0] == b"a"
    assert isinstance(both[1], ResponseError)
    with pytest.raises(ResponseError):
        await piped(client, wrong).execute()


async def test_scripts_and_transactions_work_as_ever(client: BatchingRedis, namespace: str) -> None:
    script: Any = client.register_script(f"return redis.call('INCR', KEYS[1]) -- {namespace}")
    key = f"{namespace}n"
    counted = await asyncio.gather(*(script(keys=[key]) for _ in range(20)))
    assert sorted(counted) == list(range(1, 21))
    whole = client.pipeline()
    whole.incr(key)
    whole.incr(key)
    assert await whole.execute() == [21, 22]
    one = client.pipeline(transaction=False)
    await script(keys=[key], client=one)
    assert await one.execute() == [23]


async def test_someone_cancelled_leaves_the_others_their_answers(
    client: BatchingRedis, namespace: str
) -> None:
    asking: list[asyncio.Task[Any]] = [
        asyncio.create_task(client.execute_command("INCR", f"{namespace}{n}")) for n in range(10)
    ]
    await asyncio.sleep(0)
    asking[3].cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [answer for n, answer in enumerate(answers) if n != 3] == [1] * 9
    assert isinstance(answers[3], asyncio.CancelledError)
    assert await client.execute_command("INCR", f"{namespace}5") == 2


async def test_without_an_answer_all_of_a_batch_fail_and_the_next_works(
    tmp_path: Any, namespace: str
) -> None:
    with RedisServer(tmp_path, "state") as server:
        client = connect(server.url, load_settings(), batching=True)
        assert await client.ping()
        server.kill()
        answers = await asyncio.gather(
            *(client.get(str(n)) for n in range(5)), return_exceptions=True
        )
        assert all(isinstance(answer, RedisConnectionError) for answer in answers)
        server.start()
        assert await client.get("a") is None
        await client.aclose()
