"""Many tasks that ask one Redis at the same time, over one connection."""

import asyncio
from collections.abc import AsyncIterator
from hashlib import sha1

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from deploy.servers.redis import RedisServer
from runtime.redis_line import MOST_UNDER_WAY, Line, pairs
from senders.asking import Asker
from senders.errors import StoreAwayError

pytestmark = pytest.mark.integration


@pytest.fixture
async def redis(redis_state: RedisServer) -> AsyncIterator["Redis"]:
    async with Redis.from_url(redis_state.url) as client:
        yield client


async def calls(redis: "Redis", command: str = "echo") -> int:
    return int((await redis.info("commandstats")).get(f"cmdstat_{command}", {}).get("calls", 0))


async def one_waits(redis: "Redis") -> None:
    """Wait until a command that blocks has reached the server."""
    async with asyncio.timeout(20):
        while not (await redis.info("clients"))["blocked_clients"]:
            await asyncio.sleep(0)


async def test_each_gets_its_own_answers_over_one_connection(redis: "Redis") -> None:
    line = Line(redis)

    async def echo(number: int) -> bytes:
        answers = await line.ask([("ECHO", f"{number}.{at}") for at in range(3)])
        assert answers == [f"{number}.{at}".encode() for at in range(3)]
        [whose] = await line.ask([("CLIENT", "ID")])
        return bytes(str(whose).encode())

    assert len(set(await asyncio.gather(*(echo(number) for number in range(500))))) == 1


async def test_what_is_asked_while_answers_are_awaited_leaves_with_the_next_write(
    redis: "Redis", namespace: str
) -> None:
    async def reads() -> int:
        return int((await redis.info("stats"))["total_reads_processed"])

    line = Line(redis)
    await line.ask([("PING",)])
    held = []
    for number in range(MOST_UNDER_WAY):
        held.append(line.ask([("BLPOP", f"{namespace}{number}", 0)]))
        await one_waits(redis)
    before = await reads()
    later = []
    for _ in range(40):
        later.append(line.ask([("ECHO", "on")]))
        await asyncio.sleep(0)
    for number in range(MOST_UNDER_WAY):
        await redis.rpush(f"{namespace}{number}", "on")
    assert await asyncio.gather(*later) == [[b"on"]] * 40
    assert await reads() - before < 20
    await asyncio.gather(*held)


async def test_what_is_refused_fails_who_asked_for_it_alone(redis: "Redis", namespace: str) -> None:
    line, key = Line(redis), f"{namespace}text"
    await redis.set(key, "text")
    fine, wrong = line.ask([("GET", key)]), line.ask([("PING",), ("HGETALL", key), ("PING",)])
    after = line.ask([("PING",)])
    assert await fine == [b"text"]
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        await wrong
    assert await after == [b"PONG"]


async def test_what_can_not_be_said_fails_who_asked_and_holds_up_nobody(redis: "Redis") -> None:
    line = Line(redis)
    wrong = line.ask([("ECHO", "a"), ("ECHO", object())])  # type: ignore[list-item]
    fine = line.ask([("ECHO", "on")])
    with pytest.raises(TypeError):
        await wrong
    assert await fine == [b"on"]


async def test_whoever_left_is_not_asked_for_and_takes_nobody_s_answer(redis: "Redis") -> None:
    line, before = Line(redis), await calls(redis)
    gone, stays = line.ask([("ECHO", "a")]), line.ask([("ECHO", "b")])
    gone.cancel()
    assert await stays == [b"b"]
    assert await calls(redis) == before + 1
    leaves, stays = line.ask([("ECHO", "c")]), line.ask([("ECHO", "d")])
    await asyncio.sleep(0)  # both are under way
    leaves.cancel()
    assert await stays == [b"d"]


async def test_a_connection_lost_is_told_to_who_waited_and_made_anew(
    redis: "Redis", namespace: str
) -> None:
    line = Line(redis)
    [own] = await line.ask([("CLIENT", "ID")])
    waits = [line.ask([("BLPOP", namespace, 0)]), line.ask([("PING",)])]
    await one_waits(redis)
    await redis.client_kill_filter(_id=own)
    for told in await asyncio.gather(*waits, return_exceptions=True):
        assert isinstance(told, RedisConnectionError)
    [another] = await line.ask([("CLIENT", "ID")])
    assert another != own


async def test_a_primary_that_became_a_replica_is_asked_no_more(redis: "Redis") -> None:
    line = Line(redis)
    [own] = await line.ask([("CLIENT", "ID")])
    before = line.ask([("ECHO", "on")])
    refused = line.ask([("EVAL", "return redis.error_reply('READONLY a replica')", 0)])
    behind = line.ask([("ECHO", "on")])
    assert await before == [b"on"]
    for told in await asyncio.gather(refused, behind, return_exceptions=True):
        assert isinstance(told, ReadOnlyError)
    assert await line.ask([("CLIENT", "ID")]) != [own]


async def test_a_connection_that_was_closed_in_the_pool_is_not_asked_over(
    redis: "Redis", redis_state: RedisServer
) -> None:
    async with Redis.from_url(redis_state.url) as client:
        own = await client.client_id()  # by the one connection of the pool from here on
        [pooled] = client.connection_pool._available_connections
        await redis.client_kill_filter(_id=str(own))
        async with asyncio.timeout(20):
            while not await pooled.can_read():
                await asyncio.sleep(0)
            [another] = await Line(client).ask([("CLIENT", "ID")])
        assert another != own


async def test_no_question_has_no_answer_and_takes_nobody_s(redis: "Redis") -> None:
    line = Line(redis)
    nothing, something = line.ask([]), line.ask([("ECHO", "on")])
    assert await nothing == []
    assert await something == [b"on"]


async def test_whatever_keeps_it_from_connecting_is_told(
    redis: "Redis", monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_credentials() -> None:
        raise ValueError("no credentials")

    monkeypatch.setattr(redis.connection_pool, "get_connection", no_credentials)
    with pytest.raises(RedisConnectionError, match="no credentials"):
        await asyncio.wait_for(Line(redis).ask([("PING",)]), 5)


async def test_no_answer_in_time_is_told_and_the_next_is_not_taken_for_it(
    redis: "Redis", redis_state: RedisServer, namespace: str
) -> None:
    async with Redis.from_url(redis_state.url, socket_timeout=1.0) as hasty:
        line = Line(hasty)
        with pytest.raises(RedisTimeoutError):
            await line.ask([("BLPOP", namespace, 0)])
        await redis.rpush(namespace, "late")
        assert await line.ask([("ECHO", "on")]) == [b"on"]


async def test_closing_the_client_closes_the_line(
    redis: "Redis", redis_state: RedisServer, namespace: str
) -> None:
    async with Redis.from_url(redis_state.url, client_name=namespace) as client:
        await Line(client).ask([("PING",)])
        assert namespace in [each["name"] for each in await redis.client_list()]
    async with asyncio.timeout(20):
        while namespace in [each["name"] for each in await redis.client_list()]:
            await asyncio.sleep(0)


async def test_closing_the_client_makes_no_connection_for_those_who_left(
    redis: "Redis", redis_state: RedisServer, namespace: str
) -> None:
    client = Redis.from_url(redis_state.url)
    line, held = Line(client), []
    for number in range(MOST_UNDER_WAY):
        held.append(line.ask([("BLPOP", f"{namespace}{number}", 20)]))
        while line._waiting:
            await asyncio.sleep(0)
    line.ask([("PING",)]).cancel()
    await asyncio.sleep(0)
    await client.aclose()
    for told in await asyncio.gather(*held, return_exceptions=True):
        assert isinstance(told, RedisConnectionError)
    assert line._waiting
    assert not line._connecting


async def test_a_hash_is_read_in_either_protocol(redis_state: RedisServer, namespace: str) -> None:
    for protocol in (2, 3):
        async with Redis.from_url(redis_state.url, protocol=protocol) as client:
            line = Line(client)
            await line.ask([("HSET", namespace, "a", 1, "b", 2)])
            [found] = await line.ask([("HGETALL", namespace)])
            assert dict(pairs(found)) == {b"a": b"1", b"b": b"2"}


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
        asked = [asker.ask([("PING",)]) for _ in range(5)]
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(answer, StoreAwayError)
            assert answer.store == "ledger"
