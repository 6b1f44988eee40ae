"""The sender role: decisions in, mails out, deliveries reported, until SIGTERM."""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Coroutine
from typing import Any

from confluent_kafka import Message

from runtime.health import Health, HealthServer
from runtime.kafka_config import consumer_config, librdkafka_config, producer_config
from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.setting_groups import KafkaSettings
from runtime.settings import Settings
from runtime.shutdown import stop_on_signals
from schemas.codec import Codec, Record
from schemas.emitter import Emitter, UndeliveredError
from schemas.errors import DeadLetterError, RetryError, StopError
from schemas.registry import open_registry
from schemas.topic_admin import check_topics
from schemas.topics import Topology
from senders import dry_run as dry
from senders.errors import AbandonedError, CrowdedError, LostDeliveryEventError, UnfinishedError
from senders.handover.backoff import Backoff, Backoffs
from senders.handover.crowds import WAITING, Crowds
from senders.handover.delivery import ACCEPTED, Ended, delivery_event
from senders.handover.handover import Handover
from senders.handover.ticket import Ticket
from senders.mail.catalog import CatalogReader
from senders.mail.composer import open_composer
from senders.mail.rendering import FOLDER, Templates
from senders.pace.turns import Turns
from senders.preflight.gate import check_preflight
from senders.preflight.target import sends_directly
from senders.reading.dead_letters import DeadLetters
from senders.reading.offsets import Place
from senders.reading.reader import DecisionReader
from senders.stores import Stores, open_stores
from senders.wiring import put_together

GROUP = "nextbest-sender"
_COLLECT_AFTER_OBJECTS = 400_000
"""Above what waits in a busy sender: thousands of decisions are many objects and no cycles, and
looking through them for some at Python's own pace costs a twelfth of the CPU."""
DRAIN_SECONDS = 10.0
"""How much longer than one SMTP answer may take a drain waits for mails on their way."""
CLAIM_GRACE_SECONDS = 30.0
"""How long another process' claim may go without a result before it counts as in doubt; more than
an SMTP answer may take, so that a busy process is not mistaken for a dead one."""
EVENT_LINGER_MS = 100.0
"""How long events of mails wait at least to leave for Kafka together: nobody waits for one, and
each that leaves alone costs some 45 us of CPU more. A commit has them leave at once."""
RECALL_SECONDS = 0.2
"""How often is looked whether there is room for what was laid aside."""
log = get_logger(__name__)


def run(settings: Settings, *, dry_run: bool = False) -> None:
    """Run the sender until SIGTERM or SIGINT, or show what would leave.

    Args:
        settings: All settings.
        dry_run: Show what would leave now, and send, claim and commit nothing.

    Raises:
        StopError: Topics, templates, the port or the ledger are not as they must be, Kafka lost a
            delivery event, or a drain left decisions unfinished.
        RetryError: A server doesn't answer at start.
    """
    asyncio.run(dry.show(settings, GROUP) if dry_run else Sender(settings).run())


class Sender:
    """The role's parts, put together.

    Args:
        settings: All settings.
        backoff: After temporary failures, whatever their cause; None for each cause's own.
        claim_grace_seconds: See `CLAIM_GRACE_SECONDS`; None for that or, where longer, the time
            an SMTP answer may take.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        backoff: Backoff | None = None,
        claim_grace_seconds: float | None = None,
    ) -> None:
        self._settings = settings
        self._backoffs = Backoffs.all_as(backoff) if backoff else Backoffs()
        self._grace = claim_grace_seconds or max(
            CLAIM_GRACE_SECONDS, settings.sender.smtp_timeout_seconds + 1
        )
        self._metrics = Metrics()
        self._health = Health()
        self._topology = Topology(settings.namespace, settings.kafka.journal_partitions)
        registry = open_registry(settings.schema_registry_url, self._topology)
        self._codec = Codec(registry)
        self._latest_ms = 0
        producer = producer_config(settings, client_id="nextbest-sender")
        self._emitter = Emitter(
            {**producer, "linger.ms": _linger_ms(settings.kafka)},
            registry,
            self._topology,
            now_ms=self._known_time_ms,
        )
        self._dead_letters = DeadLetters(producer, self._codec, self._topology, self._metrics)
        self._catalog = CatalogReader(settings, self._codec, self._topology)
        self._templates = Templates(settings.programme_dir / FOLDER)
        self._beginning: deque[tuple[Coroutine[Any, Any, None], str]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Run until a signal or a failure; see `run` of the module."""
        settings = self._settings
        gc.set_threshold(_COLLECT_AFTER_OBJECTS, 20, 100)
        config = librdkafka_config(settings)
        async with HealthServer(settings.metrics, self._metrics, self._health) as server:
            log.info("metrics", port=server.port)
            for note in await asyncio.to_thread(check_topics, config, self._topology):
                log.warning("topics", note=note)
            self._catalog.start()
            try:
                async with open_stores(settings) as stores:
                    direct = sends_directly(settings)
                    await check_preflight(settings, stores.ledger, direct=direct)
                    await asyncio.to_thread(self._catalog.wait_complete)
                    await self._send(stores)
            finally:
                await asyncio.to_thread(self._catalog.stop)

    async def _send(self, stores: Stores) -> None:
        loop = asyncio.get_running_loop()
        failure: asyncio.Future[None] = loop.create_future()

        def fail(error: BaseException) -> None:
            if not failure.done():
                failure.set_exception(error)

        def fail_from_thread(error: BaseException) -> None:
            loop.call_soon_threadsafe(fail, error)

        parts = await put_together(
            self._settings,
            stores,
            self._codec,
            open_composer(self._settings, self._templates, self._catalog, self._metrics),
            self._metrics,
            backoffs=self._backoffs,
            claim_grace_seconds=self._grace,
        )
        services, turns = parts.services, parts.services.turns
        handover = Handover(services)
        with stop_on_signals() as stopping:
            watching = _watched(parts.watch.run(stopping), "guardrails", fail)

            def take(decision: Record, message: Message, place: Place) -> None:
                ticket = Ticket(
                    decision,
                    int(message.timestamp()[1]),
                    stopping,
                    lambda: reader.is_ours(place),
                    reader.park,
                )
                work = self._finish(handover, reader, ticket, message, place)
                self._beginning.append((work, ticket.decision_id))
                if len(self._beginning) == 1:
                    # To wake the loop takes a write to a socket, so all that was read at once
                    # wake it once.
                    loop.call_soon_threadsafe(self._start_all, fail)

            reader = DecisionReader(
                consumer_config(self._settings, group=GROUP, client_id="nextbest-sender"),
                self._topology.for_record("decision"),
                self._codec,
                self._emitter,
                self._dead_letters,
                self._metrics,
                max_active=self._settings.sender.max_in_flight,
                take=take,
                failed=fail_from_thread,
                alive=lambda: self._health.progress("decisions"),
            )
            reader.start()
            beside = [
                _watched(parts.upkeep.run(), "upkeep", fail),
                _watched(_recall(reader, turns, services.crowds), "recall", fail),
            ]
            self._health.ready("sender", ready=True)
            log.info("sending", allowed=len(self._settings.sender.allow_recipients))
            failure.add_done_callback(lambda _failure: stopping.set())
            await stopping.wait()
            stopping.set()
            unfinished = await self._drain(reader, turns)
            for task in beside:
                task.cancel()
            await watching
            await services.volume.close()
        if failure.done():
            failure.result()
        if unfinished is not None:
            raise unfinished
        log.info("drained")

    async def _drain(self, reader: DecisionReader, turns: Turns) -> StopError | None:
        """Finish what is at hand and leave the group; tell what could not be finished."""
        log.info("draining", under_way=len(self._tasks))
        self._health.ready("sender", ready=False)
        reader.drain()
        unfinished: StopError | None = await self._end_work() if self._tasks else None
        await asyncio.to_thread(reader.stop)
        await turns.close()
        try:
            # The reader's last commit waits but shortly for events, and commits nothing then.
            await asyncio.to_thread(self._emitter.flush, DRAIN_SECONDS)
        except UndeliveredError as error:
            lost = LostDeliveryEventError(error.failed + error.waiting)
            log.error("drain_unfinished", events=lost.count)
            unfinished = unfinished or lost
        return unfinished

    async def _end_work(self) -> UnfinishedError | None:
        """Wait for the mails on their way; tell what had to be cancelled."""
        patience = self._settings.sender.smtp_timeout_seconds + DRAIN_SECONDS
        _done, late = await asyncio.wait(self._tasks, timeout=patience)
        for task in late:
            # Cancelled within DATA it stays claimed, which the next reader finds in doubt.
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)
        if not late:
            return None
        error = UnfinishedError(patience, sorted(task.get_name() for task in late))
        log.error("drain_unfinished", decisions=error.decision_ids)
        return error

    def _start_all(self, fail: Any) -> None:
        while self._beginning:
            work, decision_id = self._beginning.popleft()
            self._start(work, decision_id, fail)

    def _start(self, work: Coroutine[Any, Any, None], decision_id: str, fail: Any) -> None:
        task = _watched(work, decision_id, fail)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(
        self,
        handover: Handover,
        reader: DecisionReader,
        ticket: Ticket,
        message: Message,
        place: Place,
    ) -> None:
        try:
            self._report(ticket, await handover.finish(ticket))
        except (RetryError, StopError):
            # Kafka takes no events: the process ends, and its successor reads this again.
            reader.abandon()
            raise
        except (AbandonedError, asyncio.CancelledError):
            reader.abandon()
            return
        except CrowdedError as error:
            reader.lay_aside(place, error.key, error.seconds)
            return
        except DeadLetterError as error:
            await asyncio.to_thread(self._dead_letters.put, message, error)
        except Exception as error:
            log.exception("threw", decision_id=ticket.decision_id)
            # Set aside rather than tried for ever; if it was claimed it stays so, and unsent.
            aside = DeadLetterError("threw", f"{type(error).__name__} while sending")
            await asyncio.to_thread(self._dead_letters.put, message, aside)
        reader.finish(place)

    def _report(self, ticket: Ticket, ended: Ended) -> None:
        decision, status = ticket.decision, ended.entry.state
        self._latest_ms = max(self._latest_ms, ended.entry.at_ms)
        self._emitter.emit("delivery", delivery_event(decision, ended))
        self._metrics.deliveries_total.labels(status=status, flow=decision["flow"]).inc()
        if status == ACCEPTED:
            waited = time.time() - ticket.written_at_ms / 1000
            self._metrics.decision_to_accept_seconds.observe(max(0.0, waited))
        log.info(
            "delivery",
            decision_id=ticket.decision_id,
            trigger_id=decision["trigger"]["id"],
            flow=decision["flow"],
            status=status,
            detail=ended.detail,
        )

    def _known_time_ms(self) -> int:
        """The wall clock, or the driven one's last reading where that is ahead."""
        return max(time.time_ns() // 1_000_000, self._latest_ms)


def _linger_ms(kafka: KafkaSettings) -> Any:
    """How long events of mails wait to leave together; an override says it for all producers."""
    return kafka.producer_overrides.get("linger.ms", max(kafka.linger_ms, EVENT_LINGER_MS))


def _watched(work: Coroutine[Any, Any, None], name: str, fail: Any) -> asyncio.Task[None]:
    """A task whose error, if it ends with one, is told."""
    task = asyncio.create_task(work, name=name)

    def ended(task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            fail(error)

    task.add_done_callback(ended)
    return task


async def _recall(reader: DecisionReader, turns: Turns, crowds: Crowds) -> None:
    """Have what was laid aside read again wherever there is room for it."""
    while True:
        await asyncio.sleep(RECALL_SECONDS)
        for key in reader.aside:
            room = (crowds if key.startswith(WAITING) else turns).room(key)
            if room > 0:
                reader.recall(key, room)
