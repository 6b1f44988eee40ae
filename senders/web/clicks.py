"""`/c/<token>`: on to where a link points, and the click as an event.

Whatever happens to the event, the reader gets to the page: a click lost is a number lost.
"""

import asyncio
from typing import Final

from aiohttp import web
from yarl import URL

from runtime.logging import get_logger
from schemas.errors import NextbestError
from senders.links.tokens import Click, is_web_url
from senders.person import person_fields
from senders.plain import clean
from senders.web.answers import opened, redirect, refused
from senders.web.machines import Bursts, machine_of
from senders.web.services import Services

NOTE_SECONDS: Final = 1.0
"""How long a reader may be kept by what is read for the event."""
log = get_logger(__name__)


class Clicks:
    """The handler.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._with = services
        self._bursts = Bursts()

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Answer GET and, as GET, HEAD."""
        target = opened(self._with.links, request, Click)
        if target is None or not is_web_url(target.url):
            return refused()
        try:
            location = str(URL(target.url))
        except ValueError:
            return refused()
        noted = "lost"
        try:
            async with asyncio.timeout(NOTE_SECONDS):
                noted = await self._note(request, target)
        except (NextbestError, TimeoutError) as error:
            log.error("click_lost", decision_id=target.decision_id, problem=str(error))
        self._with.metrics.web_clicks_total.labels(noted).inc()
        return redirect(location)

    async def _note(self, request: web.Request, target: Click) -> str:
        """Make it an event; gives who followed the link, as the metrics name them."""
        now_ms, contact = await asyncio.gather(
            self._with.now_ms(), self._with.contacts.read(target.subscriber)
        )
        if not (await self._with.choices.of(target.subscriber, contact, now_ms)).track:
            return "untracked"
        machine = machine_of(request.method, request.headers)
        if self._bursts.seen(target.decision_id, target.url, now_ms) and machine is None:
            machine = "burst"
        event = {
            "occurred_at": now_ms,
            **person_fields(target.subscriber),
            "decision_id": target.decision_id,
            "url": target.url,
            "product_id": target.product_id,
            "user_agent": clean(request.headers.get("User-Agent", ""), 200) or None,
            "machine": machine,
        }
        self._with.emitter.emit("click", event)
        return machine or "person"
