"""Wiring worker and trainer: the roles that work on partitions in lanes."""

import asyncio
from typing import Any, Protocol

import streams.processors
from models.learning.population import Population
from models.world import World
from runtime.kafka_config import consumer_config
from runtime.redis_client import check_policy, connect_state
from schemas.topic_admin import cluster_id, topic_ids
from streams.app import chunk_topic, create_app
from streams.catalog import CatalogReader
from streams.lane_kinds import EachPositions
from streams.lanes import AnyLane, Lanes
from streams.registry import discover
from streams.training.interactions import InteractionsTrainer
from streams.training.outcomes import OutcomesTrainer
from streams.transport import StreamApp
from streams.wiring import Common, or_end, watched
from streams.worker import Worker
from streams.worlds import policy, read_programme

HANDED_OVER_CHUNKS = 8
"""Chunks that a worker's lane is handed at once, where a fetch brought so many: it works on them
one by one. Handed over singly, the next fetch would be asked for only when the last one is done."""


async def worker(common: Common) -> StreamApp:
    """Make the app that keeps profiles and decides.

    Raises:
        StopError: The programme is wrong, or the state store is not as it must be.
    """
    settings = common.settings
    programme = read_programme(settings)
    registry = discover(streams.processors)
    redis = connect_state(settings)
    await check_policy(redis)
    catalog = CatalogReader(
        consumer_config(settings, group="nextbest-catalog"),
        common.topology,
        common.codec,
        common.producer,
        common.metrics,
        settings.currency,
    )
    await catalog.read_all()
    keeper = Worker(
        settings,
        redis,
        common.producer,
        common.codec,
        registry,
        common.topology,
        common.metrics,
        await _identity(common, "journal"),
        World(
            programme,
            catalog.catalog,
            Population(settings.decision.belief),
            policy(settings),
        ),
    )
    handed_over = HANDED_OVER_CHUNKS * settings.worker.chunk_records
    app = create_app(settings, "worker", chunk_records=handed_over)
    journal = common.topology.name("journal")
    lanes = _lanes(common, journal, keeper, settings.worker.stuck_seconds)
    _wire(app, lanes, "worker", journal, common, settings.worker.stuck_seconds)
    common.background += [
        catalog.follow(),
        keeper.follow_population(),
        keeper.follow_recommendations(),
    ]
    return app


async def trainer(common: Common) -> StreamApp:
    """Make the app that learns: from outcomes what to decide, from interactions what to show.

    Raises:
        StopError: The state store is not as it must be.
    """
    settings = common.settings
    redis = connect_state(settings)
    await check_policy(redis)
    parts = (settings, redis, common.producer, common.codec, common.topology, common.metrics)
    app = create_app(settings, "trainer", chunk_records=settings.trainer.chunk_records)
    stuck_seconds = settings.trainer.stuck_seconds
    outcomes, interactions = map(common.topology.name, ("outcomes", "interactions"))
    from_outcomes = _lanes(
        common,
        outcomes,
        OutcomesTrainer(*parts, await _identity(common, "outcomes")),
        stuck_seconds,
    )
    from_interactions = _lanes(
        common,
        interactions,
        InteractionsTrainer(*parts, await _identity(common, "interactions")),
        stuck_seconds,
        part="interactions-partition",
        keeps_all=False,
    )
    _wire(app, from_outcomes, "trainer-outcomes", outcomes, common, stuck_seconds)
    _wire(app, from_interactions, "trainer-interactions", interactions, common, stuck_seconds)
    app.positions = EachPositions((from_outcomes, from_interactions))
    return app


class _Owner(Protocol):
    """Takes over the partitions of a topic."""

    async def make_lane(self, partition: int, generation: int) -> AnyLane:
        """Take a partition over and return its lane."""
        ...

    async def stored_offset(self, partition: int, /) -> int:
        """Read a partition's stored offset without taking it over."""
        ...


def _lanes(
    common: Common,
    topic: str,
    owner: _Owner,
    stuck_seconds: float,
    *,
    part: str = "partition",
    keeps_all: bool = True,
) -> Lanes:
    return Lanes(
        topic,
        owner.make_lane,
        owner.stored_offset,
        common.health,
        common.metrics,
        stuck_seconds,
        part=part,
        keeps_all=keeps_all,
    )


async def _identity(common: Common, topic: str) -> dict[str, str]:
    """What the state belongs to: the Kafka cluster, and the topic by its id."""
    admin = common.admin()
    name = common.topology.name(topic)
    ids = await asyncio.to_thread(topic_ids, admin, [name])
    return {"cluster": await asyncio.to_thread(cluster_id, admin), topic: ids[name]}


def _wire(
    app: StreamApp, lanes: Lanes, role: str, topic: str, common: Common, stuck_seconds: float
) -> None:
    """Have one agent hand every chunk to its partition's lane, and the lanes watched."""
    app.positions = lanes

    async def to_lanes(stream: Any) -> None:
        async for event in stream.noack().events():
            await or_end(lanes.dispatch(app.consumer, event))

    app.agent(chunk_topic(app, [topic]), name=role, concurrency=1)(to_lanes)

    common.background.append(watched(app, lanes.watch, stuck_seconds))
    common.draining.append(lanes.stop)
