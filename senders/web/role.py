"""The web role: serves what links in mails lead to, and webhooks, until it is told to stop."""

import asyncio
from contextlib import suppress

from runtime.health import Health, HealthServer
from runtime.kafka_config import producer_config
from runtime.listening import listen
from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.shutdown import stop_on_signals
from schemas.codec import Codec
from schemas.emitter import Emitter, UndeliveredError
from schemas.errors import RetryError
from schemas.registry import SchemaRegistry, open_registry
from schemas.topics import Topology
from senders.clock import pipeline_clock
from senders.errors import StoreAwayError
from senders.mail.composer import open_links
from senders.recipients.choices import Choices
from senders.recipients.contacts import ContactReader
from senders.recipients.optouts import OptOuts
from senders.recipients.pending import PendingEvents
from senders.returns.returns import Returns
from senders.stores import Stores, open_stores
from senders.web.app import make_app, make_runner
from senders.web.services import Following, LatestTime, Services
from senders.web.topics import read_told
from senders.webhooks.hooks import Hooks
from senders.webhooks.taking import Taking

PENDING_SECONDS = 5.0
"""How often events that could not leave yet are looked for."""
FLUSH_SECONDS = 10.0
log = get_logger(__name__)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        StopError: Ports or stores are not as they must be.
        RetryError: A store doesn't answer at start, or Kafka took no clicks before the end.
    """
    asyncio.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; see `run`."""
    topology = Topology(settings.namespace, settings.kafka.journal_partitions)
    registry = open_registry(settings.schema_registry_url, topology)
    latest = LatestTime()
    config = producer_config(settings, client_id="nextbest-web")
    metrics, health = Metrics(), Health()
    async with (
        # Beside the public port, not on it: metrics are the operators'.
        HealthServer(settings.metrics, metrics, health),
        open_stores(settings) as stores,
    ):
        # A full queue must not hold up the answers.
        emitter = Emitter(
            config, registry, topology, full_timeout_seconds=0.0, now_ms=latest.now_ms
        )
        services = open_services(settings, stores, registry, emitter, metrics, latest)
        with suppress(RetryError):
            await services.now_ms()
        runner = make_runner(make_app(services, open_hooks(settings, services).routes()))
        await runner.setup()
        try:
            port = await listen(runner, "NEXTBEST_WEB", settings.web.host, settings.web.port)
            health.ready("web", ready=True)
            log.info("serving", port=port)
            with stop_on_signals() as stop:
                await _emit_pending_until(stop, services.pending, emitter, health)
        finally:
            health.ready("web", ready=False)
            # Waits for the requests under way.
            await runner.cleanup()
            await services.following.end()
            try:
                await asyncio.to_thread(emitter.flush, FLUSH_SECONDS)
            except UndeliveredError as error:
                log.error("clicks_lost", problem=str(error))
                raise


def open_services(
    settings: Settings,
    stores: Stores,
    registry: SchemaRegistry,
    emitter: Emitter,
    metrics: Metrics,
    latest: LatestTime,
) -> Services:
    """What the pages work with, as the settings ask for."""
    namespace, sender = settings.namespace, settings.sender
    pending = PendingEvents(stores.ledger, namespace, emitter)
    return Services(
        open_links(settings),
        stores.ledger,
        namespace,
        ContactReader(stores.state, Codec(registry), namespace, settings.kafka.journal_partitions),
        OptOuts(stores.ledger, namespace, pending),
        Choices(stores.ledger, namespace, pending),
        pending,
        Following(pending),
        emitter,
        pipeline_clock(settings, stores.state),
        metrics,
        sender.from_name or sender.from_address.rpartition("@")[2],
        read_told(settings.programme_dir),
        latest,
    )


def open_hooks(settings: Settings, services: Services) -> Hooks:
    """The webhooks, as the settings ask for."""
    sender = settings.sender
    returns = Returns(services.ledger, services.namespace, services.pending)
    taking = Taking(
        services.ledger, services.namespace, returns, services.optouts, services.metrics
    )
    secrets = tuple(s.get_secret_value() for s in (sender.link_secret, *sender.link_secrets_old))
    return Hooks(
        settings.webhook,
        secrets,
        taking,
        services.now_ms,
        services.following.soon,
        services.metrics,
    )


async def _emit_pending_until(
    stop: asyncio.Event, pending: PendingEvents, emitter: Emitter, health: Health
) -> None:
    while not stop.is_set():
        health.progress("web")
        emitter.poll()
        try:
            await pending.emit()
        except StoreAwayError as error:
            log.warning("ledger_away", problem=str(error))
        try:
            await asyncio.wait_for(stop.wait(), PENDING_SECONDS)
        except TimeoutError:
            continue
