"""The inbound role: bounces and complaints in, suppressions and `delivery` events out."""

import asyncio
import time
from collections.abc import Iterable
from contextlib import suppress

from runtime.health import Health, HealthServer
from runtime.inbound_settings import InboundSettings
from runtime.kafka_config import producer_config
from runtime.listening import CannotListenError
from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.settings import Read, Settings
from runtime.shutdown import stop_on_signals
from schemas.emitter import Emitter
from schemas.errors import RetryError
from schemas.registry import open_registry
from schemas.topics import Topology
from senders.clock import PipelineClock, pipeline_clock
from senders.errors import StoreAwayError
from senders.inbound.server import Handler, connections
from senders.inbound.taking import Taking
from senders.mail.composer import open_links, open_return_paths
from senders.recipients.pending import PendingEvents
from senders.returns.returns import Returns
from senders.stores import open_stores

PENDING_SECONDS = 1.0
"""How often events that could not leave yet are looked for."""
DRAIN_SECONDS = 10.0
log = get_logger(__name__)


def inbound_problems(read: Read) -> Iterable[str]:
    """Tell of each setting that is empty and without which no bounce can be told from a forgery."""
    sender = read.settings.sender
    if read.sound("sender", "return_path_domain") and not sender.return_path_domain:
        yield (
            "NEXTBEST_SENDER__RETURN_PATH_DOMAIN is not set: bounces come to signed addresses at "
            "that domain. Set it to the same for sender and inbound."
        )
    if read.sound("sender", "link_secret") and not sender.link_secret.get_secret_value():
        yield (
            "NEXTBEST_SENDER__LINK_SECRET is not set: return paths are signed with it. Set it to "
            "the same for sender and inbound."
        )


def run(settings: Settings) -> None:
    """Take mails until SIGTERM or SIGINT.

    Raises:
        StopError: Ports or stores are not as they must be.
        RetryError: A store doesn't answer at start.
    """
    asyncio.run(serve(settings))


async def serve(settings: Settings) -> None:
    """Take mails until SIGTERM or SIGINT; see `run`."""
    topology = Topology(settings.namespace, settings.kafka.journal_partitions)
    registry = open_registry(settings.schema_registry_url, topology)
    config = producer_config(settings, client_id="nextbest-inbound")
    metrics, health = Metrics(), Health()
    paths = open_return_paths(settings)
    assert paths is not None, "checked at start"
    async with (
        HealthServer(settings.metrics, metrics, health),
        open_stores(settings) as stores,
    ):
        clock = SeenTime(pipeline_clock(settings, stores.state))
        with suppress(RetryError):
            await clock.now_ms()
        emitter = Emitter(
            config, registry, topology, full_timeout_seconds=0.0, now_ms=clock.known_ms
        )
        pending = PendingEvents(stores.ledger, settings.namespace, emitter)
        returns = Returns(stores.ledger, settings.namespace, pending)
        taking = Taking(stores.ledger, settings.namespace, paths, open_links(settings), returns)
        handler = Handler(taking, paths, settings.inbound.complaint_mailboxes, clock, metrics)
        server = await _listen(settings.inbound, handler)
        try:
            health.ready("inbound", ready=True)
            port = server.sockets[0].getsockname()[1]
            log.info("taking_mail", port=port, protocol=settings.inbound.protocol)
            with stop_on_signals() as stop:
                while not stop.is_set():
                    health.progress("inbound")
                    await _emit(pending, emitter)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(stop.wait(), PENDING_SECONDS)
        finally:
            health.ready("inbound", ready=False)
            server.close()
            # A mail that is not answered comes again and is recognised; answering is politer.
            with suppress(TimeoutError):
                await asyncio.wait_for(handler.idle(), DRAIN_SECONDS)
            await _emit(pending, emitter)


async def _emit(pending: PendingEvents, emitter: Emitter) -> None:
    emitter.poll()
    try:
        await pending.emit()
    except StoreAwayError as error:
        log.warning("ledger_away", problem=str(error))


async def _listen(settings: InboundSettings, handler: Handler) -> asyncio.Server:
    loop = asyncio.get_running_loop()
    try:
        return await loop.create_server(
            connections(handler, settings, set()), settings.host, settings.port
        )
    except OSError as error:
        raise CannotListenError("NEXTBEST_INBOUND", settings.host, settings.port, error) from error


class SeenTime:
    """A clock that also tells, without asking, the latest time it knows of.

    Args:
        clock: The pipeline's.
    """

    def __init__(self, clock: PipelineClock) -> None:
        self._clock = clock
        self._seen_ms = 0

    async def now_ms(self) -> int:
        """The pipeline's time, epoch milliseconds.

        Raises:
            RetryError: It can't be read now.
        """
        now_ms = await self._clock.now_ms()
        self._seen_ms = max(self._seen_ms, now_ms)
        return now_ms

    def known_ms(self) -> int:
        """The wall clock, or the driven one's last reading where that is ahead."""
        return max(self._seen_ms, time.time_ns() // 1_000_000)
