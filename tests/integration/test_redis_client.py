"""Redis connections against real servers: eviction is refused, silence is a passing condition."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.exceptions import NoPermissionError

from deploy.servers.redis import RedisServer
from runtime.clock import ClockNotSetError, read_driven_ms, write_driven_ms
from runtime.redis_client import (
    Client,
    EvictingRedisError,
    RedisAwayError,
    check_policy,
    connect,
    get_bytes,
    read_config,
)
from runtime.settings import Settings, load_settings
from senders.clock import DrivenTime

pytestmark = pytest.mark.integration


@pytest.fixture
def settings(redis_state: RedisServer) -> Settings:
    return load_settings(redis={"state_url": redis_state.url, "timeout_seconds": 2})


@pytest.fixture
async def client(settings: Settings) -> AsyncIterator[Client]:
    opened = connect(settings.redis.state_url, settings)
    yield opened
    await opened.aclose()


async def test_a_keeping_store_is_accepted(client: Client) -> None:
    assert await check_policy(client) == "noeviction"
    assert await read_config(client, "appendonly") == ["yes"]
    assert await read_config(client, "no-such-name") == []


async def test_an_evicting_store_is_refused(client: Client) -> None:
    await client.config_set("maxmemory-policy", "allkeys-lru")
    try:
        with pytest.raises(EvictingRedisError, match="'allkeys-lru'") as caught:
            await check_policy(client)
        assert "noeviction" in str(caught.value)
    finally:
        await client.config_set("maxmemory-policy", "noeviction")


async def test_a_provider_that_forbids_config_gives_a_warning(
    redis_state: RedisServer, settings: Settings, client: Client, namespace: str
) -> None:
    user = f"u{namespace.rstrip('.')}"
    await client.acl_setuser(
        user, enabled=True, passwords=["+word"], keys=["*"], commands=["+@all", "-config"]
    )
    limited = connect(redis_state.url.replace("redis://", f"redis://{user}:word@"), settings)
    try:
        with pytest.raises(NoPermissionError):
            await limited.config_get("maxmemory-policy")
        with pytest.warns(UserWarning, match="forbids CONFIG GET"):
            assert await check_policy(limited) == "unknown"
    finally:
        await limited.aclose()
        await client.acl_deluser(user)


async def test_a_silent_store_is_a_passing_condition(settings: Settings) -> None:
    nobody = connect("redis://127.0.0.1:1/0", settings)
    with pytest.raises(RedisAwayError, match="does not answer"):
        await check_policy(nobody)
    await nobody.aclose()


async def test_values_are_bytes(client: Client, namespace: str) -> None:
    assert await get_bytes(client, f"{namespace}x") is None
    await client.set(f"{namespace}x", b"\x01\xff")
    assert await get_bytes(client, f"{namespace}x") == b"\x01\xff"


async def test_the_driven_clock_is_read_where_it_is_written(client: Client, namespace: str) -> None:
    with pytest.raises(ClockNotSetError):
        await read_driven_ms(client, namespace)
    await write_driven_ms(client, namespace, 1_756_684_800_000)
    assert await read_driven_ms(client, namespace) == 1_756_684_800_000


async def test_however_many_mails_ask_for_the_driven_time_at_once_each_is_told(
    client: Client, namespace: str
) -> None:
    await write_driven_ms(client, namespace, 7)
    clock = DrivenTime(client, namespace)
    assert await asyncio.gather(*(clock.now_ms() for _ in range(200))) == [7] * 200
