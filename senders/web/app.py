"""The app of `nextbest web`: which handler answers what, counted, and bounded in what it takes."""

import logging
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from aiohttp import web

from runtime.logging import get_logger
from runtime.metrics import Metrics
from senders.web import pages
from senders.web.answers import page
from senders.web.clicks import Clicks
from senders.web.confirm import Confirming
from senders.web.pixel import Pixels
from senders.web.preferences import PreferenceCentre
from senders.web.services import Services
from senders.web.unsubscribe import Unsubscribing
from senders.web.withdrawal import Withdrawal

FORM_BYTES: Final = 16_384
"""Longest form taken; webhooks read by limits of their own."""
LINE_BYTES: Final = 8_190
"""Longest request line and header: tokens have up to 4 kB."""
log = get_logger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def make_app(services: Services, hooks: Iterable[web.RouteDef] = ()) -> web.Application:
    """The app.

    Args:
        services: What the pages work with.
        hooks: The webhooks' routes.
    """
    app = web.Application(middlewares=[_counted(services.metrics)], client_max_size=FORM_BYTES)
    app.add_routes([*_routes(services), *hooks])
    return app


def make_runner(app: web.Application) -> web.AppRunner:
    """What serves it."""
    # aiohttp would log a traceback for every request that is none, and scanners send many.
    quiet = logging.getLogger("nextbest.web.protocol")
    quiet.setLevel(logging.CRITICAL)
    return web.AppRunner(
        app,
        access_log=None,
        logger=quiet,
        max_line_size=LINE_BYTES,
        max_field_size=LINE_BYTES,
    )


def _routes(services: Services) -> list[web.RouteDef]:
    withdrawal = Withdrawal(services)
    clicks, pixels = Clicks(services), Pixels(services)
    unsubscribing = Unsubscribing(services, withdrawal)
    centre = PreferenceCentre(services, withdrawal)
    confirming = Confirming(services)
    return [
        web.get("/c/{token}", clicks.follow, allow_head=False),
        web.head("/c/{token}", clicks.follow),
        web.get("/u/{token}", unsubscribing.ask, allow_head=False),
        web.head("/u/{token}", unsubscribing.look),
        web.post("/u/{token}", unsubscribing.unsubscribe),
        web.get("/p/{token}", centre.show, allow_head=False),
        web.head("/p/{token}", centre.look),
        web.post("/p/{token}", centre.save),
        web.get("/o/{token}", confirming.ask, allow_head=False),
        web.head("/o/{token}", confirming.look),
        web.post("/o/{token}", confirming.confirm),
        web.get("/x/{token}.gif", pixels.load, allow_head=False),
        web.head("/x/{token}.gif", pixels.look),
    ]


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
        except Exception:
            log.exception("request_failed", route=route)
            return page(pages.not_now(), status)
        else:
            return response
        finally:
            metrics.web_requests_total.labels(route=route, status=str(status)).inc()
            metrics.web_request_seconds.labels(route=route).observe(time.monotonic() - began)

    return count
