"""The day's volume where much comes at once: at midnight, and of one process."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from runtime.redis_client import Client
from runtime.volume_settings import VolumeSettings
from schemas.errors import RetryError
from senders.guardrails.counts import DAY_MS
from senders.volume.store import CALLS, PARCEL
from tests.volumes import DAY, EVENING_MS, leaves, mail, used, worker

pytestmark = pytest.mark.integration


@pytest.fixture
async def redis(redis_ledger: RedisServer) -> AsyncIterator[Client]:
    async with Redis.from_url(redis_ledger.url) as client:
        yield client


async def test_at_midnight_a_full_day_stays_full_and_nothing_is_lost_between_the_days(
    redis: Client, namespace: str
) -> None:
    """Clocks differ, and mails of the old day come after the first of the new one."""
    volume = worker(redis, namespace)
    for number in range(48):
        assert await leaves(volume, mail(number), EVENING_MS)
    midnight = (DAY + 1) * DAY_MS
    assert await leaves(volume, mail(60, 1.0), midnight), "a step is taken"
    assert not await leaves(volume, mail(61, 1.0), midnight - 1)

    plenty = worker(redis, namespace, VolumeSettings(floor=5_000))
    asked = [leaves(plenty, mail(n, stream="news"), midnight - n % 2) for n in range(100)]
    assert all(await asyncio.gather(*asked))
    await plenty.close()
    assert [await used(redis, namespace, "news", DAY + n) for n in (0, 1)] == [50, 50]


async def test_however_many_mails_come_at_once_few_connections_are_asked_for(
    redis_ledger: RedisServer, namespace: str
) -> None:
    """A client of so many refuses any further, and no mail would leave."""
    async with Redis.from_url(redis_ledger.url, max_connections=20) as client:
        volume = worker(client, namespace, VolumeSettings(floor=5_000))
        kind = ["marketing", "transactional"]
        asked = [leaves(volume, mail(n, kind=kind[n % 2]), EVENING_MS) for n in range(200)]
        assert all(await asyncio.gather(*asked))
        ahead = await used(client, namespace) - 200
        assert ahead <= CALLS * PARCEL, "who waited to ask for a parcel takes of another's"

        async def fails(number: int) -> None:
            with pytest.raises(RetryError):
                async with volume.room(mail(number), EVENING_MS):
                    raise RetryError

        await asyncio.gather(*(fails(n) for n in range(200, 400)))
        await volume.close()
        assert await used(client, namespace) == 200
