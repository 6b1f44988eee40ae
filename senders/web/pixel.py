"""`/x/<token>.gif`: a mail's picture, noted only for who agreed to that, as evidence of low trust.

The picture is always served, so that nobody sees who agreed.
"""

import asyncio
from typing import Final

from aiohttp import web

from runtime.logging import get_logger
from schemas.errors import NextbestError
from senders.links.tokens import Pixel
from senders.person import person_fields
from senders.plain import clean
from senders.web.answers import opened, picture, refused
from senders.web.clicks import NOTE_SECONDS
from senders.web.services import Services

TRUST: Final = "low"
_PROXIES: Final = (("GoogleImageProxy", "gmail"), ("YahooMailProxy", "yahoo"))
log = get_logger(__name__)


def proxy_of(user_agent: str) -> str | None:
    """The mailbox provider's proxy a client says it is: gmail, yahoo, apple, or None.

    Apple's Mail Privacy Protection calls itself `Mozilla/5.0` and nothing more, and loads pictures
    of mails that were not read.
    """
    if user_agent.strip() == "Mozilla/5.0":
        return "apple"
    return next((name for words, name in _PROXIES if words in user_agent), None)


class Pixels:
    """The handlers.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._with = services

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Answer HEAD: whether the link is ours, and nothing more."""
        return picture() if opened(self._with.links, request, Pixel) else refused()

    async def load(self, request: web.Request) -> web.StreamResponse:
        """Answer GET."""
        target = opened(self._with.links, request, Pixel)
        if target is None:
            return refused()
        noted = "lost"
        try:
            async with asyncio.timeout(NOTE_SECONDS):
                noted = await self._note(request, target)
        except (NextbestError, TimeoutError) as error:
            log.warning("open_lost", decision_id=target.decision_id, problem=str(error))
        self._with.metrics.web_opens_total.labels(noted).inc()
        return picture()

    async def _note(self, request: web.Request, target: Pixel) -> str:
        now_ms, contact = await asyncio.gather(
            self._with.now_ms(), self._with.contacts.read(target.subscriber)
        )
        if not (await self._with.choices.of(target.subscriber, contact, now_ms)).open_pixel:
            return "not_agreed"
        agent = request.headers.get("User-Agent", "")
        event = {
            "occurred_at": now_ms,
            **person_fields(target.subscriber),
            "decision_id": target.decision_id,
            "user_agent": clean(agent, 200) or None,
            "trust": TRUST,
            "proxy": proxy_of(agent),
        }
        self._with.emitter.emit("open", event)
        return "recorded"
