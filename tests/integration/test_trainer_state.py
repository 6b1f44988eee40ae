"""The trainer on a real Redis: taken over in the middle, it ends with the same model."""

import asyncio
from typing import cast

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from models.population import Population
from schemas.keys import trainer_tag
from streams.errors import FencedError
from tests.streams.records import FakeRecord
from tests.streams.training import history, topic_of, train, trainer

pytestmark = pytest.mark.integration


async def _model(client: Redis, namespace: str) -> bytes:
    return cast(bytes, await client.get(f"{trainer_tag(namespace)}:model"))


async def _undisturbed(client: Redis, namespace: str, topic: list[FakeRecord]) -> bytes:
    await train(await trainer(client, namespace).make_lane(0, 1), topic)
    return await _model(client, namespace)


async def test_taken_over_again_and_again_corrections_come_out_the_same(
    redis_state: RedisServer, namespace: str
) -> None:
    client = Redis.from_url(redis_state.url)
    try:
        topic = topic_of(history(900))
        owner, lanes = trainer(client, namespace), []
        for generation, until in enumerate((150, 400, 700, len(topic))):
            lanes.append(await owner.make_lane(0, generation + 1))
            await train(lanes[-1], topic[:until], chunk=40)
        with pytest.raises(FencedError):
            await asyncio.wait_for(train(lanes[0], topic, chunk=40), 30)
        found = await _model(client, namespace)
        assert found == await _undisturbed(client, f"{namespace}other.", topic)
        assert Population.from_bytes(found).corrections > 0
    finally:
        await client.aclose()
