"""A state store in memory that a recommendations' trainer publishes into, and may die at."""

import asyncio
from typing import Any, cast

from models.step import Record
from runtime.metrics import Metrics
from runtime.settings import load_settings
from schemas.topics import Topology
from streams.commit import Commit
from streams.inbox import Chunk
from streams.producer import AsyncProducer
from streams.published import Standing, standing_key
from streams.state import Found
from streams.training.interactions import FromInteractions, InteractionsTrainer
from streams.training.lane import TrainingLane
from tests.streams.fakes import NoProducer
from tests.streams.records import CODEC, FakeRecord


class KilledError(Exception):
    """The process ends, wherever it is."""


class Store:
    """What stays when a trainer dies.

    Attributes:
        kill_at: After so many more writes and deletions the process dies; -1 for never.
    """

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.offset = 0
        self.kill_at = -1
        self.generation = -1
        self.writes = 0

    def count(self) -> None:
        self.writes += 1
        if self.kill_at >= 0:
            self.kill_at -= 1
            if self.kill_at < 0:
                raise KilledError

    async def get(self, key: str) -> bytes | None:
        return self.values.get(key)

    async def delete(self, *keys: str) -> None:
        self.count()
        for key in keys:
            self.values.pop(key, None)

    def parts(self) -> set[str]:
        return {key for key in self.values if ":part:" in key}

    def standing(self) -> Standing:
        return Standing.from_bytes(self.values.get(standing_key("")))


class FakeState:
    """The fenced state over a `Store`."""

    def __init__(self, store: Store, _tag: str, generation: int, *_: object) -> None:
        self.store = store
        self.generation = generation

    async def take(self) -> Found:
        self.store.generation = self.generation
        return Found(self.store.offset, 0, {}, {})

    async def load(self, keys: list[str]) -> list[bytes | None]:
        return [self.store.values.get(key) for key in keys]

    async def commit(self, write: Commit) -> None:
        assert self.generation == self.store.generation
        assert write.start_offset == self.store.offset
        assert sum(map(len, write.values.values())) < 1_000_000
        self.store.count()
        self.store.values |= write.values
        self.store.offset = write.next_offset


def topic_of(told: list[Record]) -> list[FakeRecord]:
    """The records as they stand in the interactions topic."""
    return [FakeRecord(n, CODEC.encode("interactions", record)) for n, record in enumerate(told)]


def trainer(store: Any, namespace: str = "", **recommend: Any) -> InteractionsTrainer:
    """A trainer over a `Store`, or a Redis, that publishes when it is told to."""
    settings = load_settings(namespace=namespace, recommend={"publish_seconds": 1e4, **recommend})
    producer, topology = cast(AsyncProducer, NoProducer()), Topology(namespace)
    return InteractionsTrainer(settings, store, producer, CODEC, topology, Metrics(), {})


async def publish(
    lane: TrainingLane[FromInteractions], topic: list[FakeRecord], chunk: int = 7
) -> None:
    """Have the lane learn what it hasn't of the topic, and publish it."""
    await lane.start()
    rest = topic[lane.offset :]
    for first in range(0, len(rest), chunk):
        await lane.learn(rest[first : first + chunk])
    await lane.learning.publish(lane)


async def run_until(
    lane: TrainingLane[FromInteractions], topic: list[FakeRecord], done: Any
) -> None:
    """Run a lane that was started on the topic until something holds."""
    task = asyncio.create_task(lane.run())
    await lane.put(Chunk(cast(Any, topic), lambda: None))
    async with asyncio.timeout(60):
        while not done() and not task.done():
            await asyncio.sleep(0)
    if task.done():
        task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
