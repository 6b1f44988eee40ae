"""Running a stream role: checks at start, wiring, signals, watching, draining."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

import structlog

import streams.processors
from models.world import World
from runtime.health import Health, HealthServer
from runtime.kafka_config import consumer_config, librdkafka_config, producer_config
from runtime.metrics import Metrics
from runtime.redis_client import check_policy, connect_state
from runtime.settings import Settings
from runtime.shutdown import stop_on_signals
from schemas.codec import Codec
from schemas.registry import open_registry
from schemas.topic_admin import check_topics, cluster_id, ensure_topics, topic_ids
from schemas.topics import Topology
from streams.app import chunk_topic, create_app
from streams.catalog import CatalogReader
from streams.clock import wall_ms
from streams.intake import Intake
from streams.journal import Journaling
from streams.lanes import Lanes
from streams.producer import AsyncProducer
from streams.registry import discover
from streams.trainer import Trainer
from streams.transport import ChunkConsumer, StreamApp, end_process
from streams.worker import Worker
from streams.worlds import policy, read_programme

log = structlog.get_logger(__name__)

_WATCH_SECONDS = 5.0
_TOPIC_CHECK_SECONDS = 15.0
_FLUSH_SECONDS = 20.0
_COLLECT_AFTER_OBJECTS = 100_000


@dataclass(slots=True)
class Common:
    """What every stream role has."""

    settings: Settings
    metrics: Metrics
    health: Health
    topology: Topology
    codec: Codec
    producer: AsyncProducer
    background: list[Coroutine[Any, Any, None]] = field(default_factory=list)
    draining: list[Callable[[], Awaitable[None]]] = field(default_factory=list)

    def admin(self) -> dict[str, Any]:
        """The admin client's properties."""
        return librdkafka_config(self.settings)


def run_role(role: str, settings: Settings) -> None:
    """Run intake, worker or trainer until SIGTERM; logging is already set up.

    Raises:
        StopError: Something at start is not as it must be; the message says what to do.
    """
    # Faust tells every step of every rebalance at INFO.
    for name in ("faust", "mode", "aiokafka", "kafka"):
        logging.getLogger(name).setLevel(logging.WARNING)
    # Waiting records and kept profiles are many objects and no cycles. Looking through them for
    # some at Python's own pace costs a third of the CPU (docs/decisions/0801).
    gc.set_threshold(_COLLECT_AFTER_OBJECTS, 20, 100)
    asyncio.run(_run(role, settings))


async def _run(role: str, settings: Settings) -> None:
    metrics, health = Metrics(), Health()
    with stop_on_signals() as stop:
        async with HealthServer(settings.metrics, metrics, health) as server:
            log.info("starting", role=role, health_port=server.port)
            common = await _common(settings, metrics, health)
            app = await _MAKERS[role](common)
            await _serve(app, common, stop)


async def _common(settings: Settings, metrics: Metrics, health: Health) -> Common:
    topology = Topology(settings.namespace, settings.kafka.journal_partitions)
    admin = librdkafka_config(settings)
    made = await asyncio.to_thread(
        ensure_topics, admin, topology, replication_factor=settings.kafka.replication_factor
    )
    notes = await asyncio.to_thread(check_topics, admin, topology)
    for note in [*made, *notes]:
        log.info("topics", note=note)
    codec = Codec(open_registry(settings.schema_registry_url, topology))
    return Common(
        settings, metrics, health, topology, codec, AsyncProducer(producer_config(settings))
    )


async def _serve(app: StreamApp, common: Common, stop: asyncio.Event) -> None:
    tasks = [asyncio.create_task(coroutine) for coroutine in common.background]
    for task in tasks:
        task.add_done_callback(_on_end)
    try:
        await app.start()
    except Exception as error:  # noqa: BLE001 - raised, it would wait for tasks that never end
        end_process(error)
    stopping = asyncio.create_task(stop.wait())
    stopped = asyncio.create_task(app.wait_until_stopped())
    await asyncio.wait([stopping, stopped], return_when=asyncio.FIRST_COMPLETED)
    log.info("draining")
    for drain in common.draining:
        await drain()
    await app.stop()
    for task in tasks:
        task.remove_done_callback(_on_end)
        task.cancel()
    await common.producer.close(_FLUSH_SECONDS)
    stopping.cancel()
    stopped.cancel()
    if app.crashed:
        end_process(app.crash_reason or RuntimeError("the stream app crashed"))
    log.info("stopped cleanly")


async def _watched(app: StreamApp, look: Callable[[ChunkConsumer, float], Awaitable[None]]) -> None:
    """Look every few seconds whether the role goes on."""
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_WATCH_SECONDS)
        try:
            await look(app.consumer, loop.time())
        except Exception as error:  # noqa: BLE001 - Kafka is away; silence fails liveness
            log.warning("could not compare with the log's end", reason=str(error))


async def or_end(work: Awaitable[None]) -> None:
    """Do the work, or end the process.

    Faust would start the agent anew after an exception and go on behind the chunk at hand.
    """
    try:
        await work
    except Exception as error:  # noqa: BLE001 - whatever it is, nothing may be skipped
        end_process(error)


def _on_end(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        end_process(error)


# --- the roles ---------------------------------------------------------------------------


async def _intake(common: Common) -> StreamApp:
    settings = common.settings
    app = create_app(settings, "intake", chunk_records=settings.intake.chunk_records)
    names = common.topology.event_topics

    def read_ids() -> dict[str, str]:
        return topic_ids(common.admin(), names)

    intake = Intake(
        Journaling(common.codec, common.topology, {}, common.metrics),
        common.producer,
        common.metrics,
        wall_ms,
        read_ids,
        common.health,
        settings.intake.stuck_seconds,
    )
    app.positions = intake

    async def into_journal(stream: Any) -> None:
        async for event in stream.noack().events():
            await or_end(intake.take(event))

    app.agent(chunk_topic(app, names), name="intake", concurrency=1)(into_journal)

    common.background += [
        _watched(app, intake.watch),
        intake.acknowledge_forever(),
        intake.check_topics_forever(_TOPIC_CHECK_SECONDS),
    ]
    common.draining.append(intake.drain)
    return app


async def _worker(common: Common) -> StreamApp:
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
    )
    await catalog.read_all()
    worker = Worker(
        settings,
        redis,
        common.producer,
        common.codec,
        registry,
        common.topology,
        common.metrics,
        await _identity(common, "journal"),
        World(programme, catalog.catalog, policy=policy(settings)),
    )
    app = create_app(settings, "worker", chunk_records=settings.worker.chunk_records)
    journal = common.topology.name("journal")
    lanes = Lanes(
        journal,
        worker.make_lane,
        worker.stored_offset,
        common.health,
        common.metrics,
        settings.worker.stuck_seconds,
    )
    _wire(app, lanes, "worker", journal, common)
    common.background += [catalog.follow(), worker.follow_population()]
    return app


async def _trainer(common: Common) -> StreamApp:
    settings = common.settings
    redis = connect_state(settings)
    await check_policy(redis)
    trainer = Trainer(
        settings,
        redis,
        common.producer,
        common.codec,
        common.topology,
        common.metrics,
        await _identity(common, "outcomes"),
    )
    app = create_app(settings, "trainer", chunk_records=settings.trainer.chunk_records)
    outcomes = common.topology.name("outcomes")
    lanes = Lanes(
        outcomes,
        trainer.make_lane,
        trainer.stored_offset,
        common.health,
        common.metrics,
        settings.trainer.stuck_seconds,
    )
    _wire(app, lanes, "trainer", outcomes, common)
    return app


_MAKERS: dict[str, Callable[[Common], Awaitable[StreamApp]]] = {
    "intake": _intake,
    "worker": _worker,
    "trainer": _trainer,
}


async def _identity(common: Common, topic: str) -> dict[str, str]:
    """What the state belongs to: the Kafka cluster, and the topic by its id."""
    admin = common.admin()
    name = common.topology.name(topic)
    ids = await asyncio.to_thread(topic_ids, admin, [name])
    return {"cluster": await asyncio.to_thread(cluster_id, admin), topic: ids[name]}


def _wire(app: StreamApp, lanes: Lanes, role: str, topic: str, common: Common) -> None:
    """Have one agent hand every chunk to its partition's lane, and the lanes watched."""
    app.positions = lanes

    async def to_lanes(stream: Any) -> None:
        async for event in stream.noack().events():
            await or_end(lanes.dispatch(app.consumer, event))

    app.agent(chunk_topic(app, [topic]), name=role, concurrency=1)(to_lanes)

    common.background.append(_watched(app, lanes.watch))
    common.draining.append(lanes.stop)
