"""Running a stream role: checks at start, signals, draining."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable
from importlib import import_module

import structlog

from runtime.health import Health, HealthServer
from runtime.kafka_config import librdkafka_config, producer_config
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.shutdown import stop_on_signals
from schemas.codec import Codec
from schemas.registry import open_registry
from schemas.topic_admin import check_topics, ensure_topics
from schemas.topics import Topology
from streams.errors import UnfinishedError
from streams.producer import AsyncProducer
from streams.transport import StreamApp, end_process
from streams.wiring import Common

Make = Callable[[Common], Awaitable[StreamApp]]
"""Makes a role's app from what every role has."""

log = structlog.get_logger(__name__)

_FLUSH_SECONDS = 20.0
_COLLECT_AFTER_OBJECTS = 400_000
"""Above what waits in a busy worker, so that a full cache and a backlog start no search."""

_MODULES = {
    "intake": "streams.intake_role",
    "worker": "streams.lane_roles",
    "trainer": "streams.lane_roles",
}
"""Where each role is wired, by a function of its name."""


def _maker(role: str) -> Make:
    # Imported only now: the models take seconds of CPU to import, and intake needs none of them.
    make: Make = getattr(import_module(_MODULES[role]), role)
    return make


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
    # Before the loop runs: an import holds up the answers to probes.
    asyncio.run(_run(role, _maker(role), settings))


async def _run(role: str, make: Make, settings: Settings) -> None:
    metrics, health = Metrics(), Health()
    with stop_on_signals() as stop:
        async with HealthServer(settings.metrics, metrics, health) as server:
            log.info("starting", role=role, health_port=server.port)
            common = await _common(settings, metrics, health)
            app = await make(common)
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
    failed = await _drain(common)
    await app.stop()
    for task in tasks:
        task.remove_done_callback(_on_end)
        task.cancel()
    left = await common.producer.close(_FLUSH_SECONDS)
    if left:
        unsent = UnfinishedError("the producer", _FLUSH_SECONDS, f"{left} undelivered records")
        log.error("draining failed", reason=str(unsent))
        failed = failed or unsent
    stopping.cancel()
    stopped.cancel()
    if failed is not None:
        end_process(failed)
    if app.crashed:
        end_process(app.crash_reason or RuntimeError("the stream app crashed"))
    log.info("stopped cleanly")


async def _drain(common: Common) -> Exception | None:
    """Finish what is at hand; give back the first error, to be told once the role has left.

    Raised at once, it would keep the process in its group until the session times out.
    """
    first: Exception | None = None
    for drain in common.draining:
        try:
            await drain()
        except Exception as error:  # noqa: BLE001 - whatever it is, the exit status shows it
            log.error("draining failed", reason=str(error))
            first = first or error
    return first


def _on_end(task: "asyncio.Task[None]") -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        end_process(error)
