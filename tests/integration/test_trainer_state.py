"""The trainer on a real Redis: taken over in the middle, it ends with the same model."""

import asyncio
from typing import cast

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from models.learning.population import Population
from models.recommend.stored import parts_of
from schemas.keys import recommender_tag, trainer_tag
from streams.errors import FencedError
from streams.published import PublishedReader
from tests.models.recommend.test_learner import lived
from tests.streams.records import FakeRecord
from tests.streams.training import on_interactions as publishing
from tests.streams.training.on_outcomes import history, topic_of, train, trainer

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


async def test_recommendations_are_published_behind_the_fence_and_read(
    redis_state: RedisServer, namespace: str
) -> None:
    client = Redis.from_url(redis_state.url)
    try:
        topic = publishing.topic_of(lived(60))
        owner = publishing.trainer(client, namespace)
        reader = PublishedReader(client, namespace)
        first = await owner.make_lane(0, 1)
        await publishing.publish(first, topic[:40])
        second = await owner.make_lane(0, 2)
        with pytest.raises(FencedError):
            await publishing.publish(first, topic)
        await publishing.publish(second, topic)
        found = await reader.newer()
        assert found is not None
        assert list(parts_of(found)) == list(parts_of(second.learning.learner))
        keys = [key async for key in client.scan_iter(f"{recommender_tag(namespace)}:part:*")]
        standing = second.learning.standing
        assert standing.current is not None
        assert standing.previous is not None
        assert len(keys) == standing.current.parts + standing.previous.parts
        assert await owner.stored_offset(0) == 60
    finally:
        await client.aclose()
