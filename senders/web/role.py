"""The web role: `/c/<token>` redirects and records a click, `/u/<token>` withdraws consent.

One-click unsubscription by RFC 8058: only POST withdraws; it needs no cookie, no login and no
redirect; GET shows a button. HEAD, which scanners send, records nothing.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from aiohttp import web

from runtime.health import Health, HealthServer
from runtime.kafka_config import producer_config
from runtime.listening import listen
from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.shutdown import stop_on_signals
from schemas.emitter import Emitter, UndeliveredError
from schemas.errors import NextbestError, RetryError
from schemas.registry import open_registry
from schemas.topics import Topology
from senders.clock import PipelineClock, pipeline_clock
from senders.errors import ForgedLinkError, StoreAwayError
from senders.links.tokens import Click, Links, Target, Unsubscribe
from senders.mail.composer import open_links
from senders.person import person_fields
from senders.plain import clean
from senders.recipients.optouts import OptOuts
from senders.recipients.pending import PendingEvents
from senders.stores import open_stores
from senders.web import pages

PENDING_SECONDS = 5.0
"""How often events that could not leave yet are looked for."""
FLUSH_SECONDS = 10.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
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
        pending = PendingEvents(stores.ledger, settings.namespace, emitter)
        optouts = OptOuts(stores.ledger, settings.namespace, pending)
        clock = pipeline_clock(settings, stores.state)
        with suppress(RetryError):
            latest.seen_ms = await clock.now_ms()
        pages_of = Pages(
            open_links(settings),
            optouts,
            pending,
            emitter,
            clock,
            latest,
            settings.sender.from_name or settings.sender.from_address.rpartition("@")[2],
        )
        app = web.Application(middlewares=[_counted(metrics)])
        app.add_routes(pages_of.routes())
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        try:
            port = await listen(runner, "NEXTBEST_WEB", settings.web.host, settings.web.port)
            health.ready("web", ready=True)
            log.info("serving", port=port)
            with stop_on_signals() as stop:
                await _emit_pending_until(stop, pending, emitter, health)
        finally:
            health.ready("web", ready=False)
            # Waits for the requests under way.
            await runner.cleanup()
            try:
                await asyncio.to_thread(emitter.flush, FLUSH_SECONDS)
            except UndeliveredError as error:
                log.error("clicks_lost", problem=str(error))
                raise


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


class LatestTime:
    """The wall clock, or the driven one's last reading where that is ahead."""

    def __init__(self) -> None:
        self.seen_ms = 0

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return max(self.seen_ms, time.time_ns() // 1_000_000)


class Pages:
    """The handlers.

    Args:
        links: Opens tokens.
        optouts: Takes withdrawals.
        pending: Emits their events.
        emitter: Takes clicks.
        clock: The pipeline's time.
        latest: Told of each reading of the clock.
        sender_name: Shown on the pages.
    """

    def __init__(
        self,
        links: Links,
        optouts: OptOuts,
        pending: PendingEvents,
        emitter: Emitter,
        clock: PipelineClock,
        latest: LatestTime,
        sender_name: str,
    ) -> None:
        self._links = links
        self._optouts = optouts
        self._pending = pending
        self._emitter = emitter
        self._clock = clock
        self._latest = latest
        self._sender_name = sender_name
        self._background: set[asyncio.Task[int]] = set()

    def routes(self) -> list[web.RouteDef]:
        """The routes; HEAD has handlers of its own, that do nothing."""
        return [
            web.get("/c/{token}", self.click, allow_head=False),
            web.head("/c/{token}", self.head),
            web.get("/u/{token}", self.ask, allow_head=False),
            web.head("/u/{token}", self.head),
            web.post("/u/{token}", self.unsubscribe),
        ]

    async def click(self, request: web.Request) -> web.StreamResponse:
        """Record a click and lead on to where the signed link points."""
        target = self._open(request)
        if not isinstance(target, Click):
            raise _wrong_kind()
        try:
            now_ms = await self._now_ms()
            event = {
                "occurred_at": now_ms,
                **person_fields(target.subscriber),
                "decision_id": target.decision_id,
                "url": target.url,
                "product_id": target.product_id,
                "user_agent": clean(request.headers.get("User-Agent", ""), 200) or None,
            }
            self._emitter.emit("click", event)
        except NextbestError as error:
            # A click lost is a number lost; the reader still gets to the page.
            log.error("click_lost", decision_id=target.decision_id, problem=str(error))
        raise web.HTTPFound(target.url, headers={"Cache-Control": "no-store"})

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Show a button."""
        if not isinstance(self._open(request), Unsubscribe):
            raise _wrong_kind()
        return _page(pages.ask(self._sender_name))

    async def unsubscribe(self, request: web.Request) -> web.StreamResponse:
        """Withdraw consent; durable before the answer."""
        target = self._open(request)
        if not isinstance(target, Unsubscribe):
            raise _wrong_kind()
        try:
            await self._optouts.write(target, await self._now_ms())
        except RetryError as error:
            log.error("unsubscribe_refused", decision_id=target.decision_id, problem=str(error))
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"}) from error
        log.info("unsubscribed", decision_id=target.decision_id)
        # The event follows; the answer doesn't wait for Kafka.
        task = asyncio.ensure_future(self._pending.emit())
        self._background.add(task)
        task.add_done_callback(self._emitted)
        return _page(pages.done(self._sender_name))

    async def head(self, request: web.Request) -> web.StreamResponse:
        """Tell whether the link is ours, and nothing more."""
        self._open(request)
        return web.Response(headers={"Cache-Control": "no-store"})

    def _open(self, request: web.Request) -> Target:
        try:
            return self._links.open(request.match_info["token"])
        except ForgedLinkError as error:
            raise web.HTTPBadRequest(text="This link is not one of ours.\n") from error

    def _emitted(self, task: "asyncio.Task[int]") -> None:
        self._background.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("opt_out_event_waits", problem=str(task.exception()))

    async def _now_ms(self) -> int:
        now_ms = await self._clock.now_ms()
        self._latest.seen_ms = max(self._latest.seen_ms, now_ms)
        return now_ms


def _wrong_kind() -> web.HTTPBadRequest:
    return web.HTTPBadRequest(text="This link is for something else.\n")


def _page(text: str) -> web.Response:
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    return web.Response(text=text, content_type="text/html", headers=headers)


_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"


def _counted(metrics: Metrics) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def count(request: web.Request, handler: Handler) -> web.StreamResponse:
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        began, status = time.monotonic(), 500
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        else:
            return response
        finally:
            metrics.web_requests_total.labels(route=route, status=str(status)).inc()
            metrics.web_request_seconds.labels(route=route).observe(time.monotonic() - began)

    return count
