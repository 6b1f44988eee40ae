"""`/u/<token>`: one-click unsubscription (RFC 8058).

Only a POST that says so withdraws; it needs no cookie, no login and is answered without a redirect.
GET shows a button, HEAD does nothing: scanners send both. Tokens don't expire.
"""

from aiohttp import web

from senders.links.tokens import Preferences, Unsubscribe
from senders.web import pages
from senders.web.answers import not_now, nothing, opened, page, read_form, refused
from senders.web.services import Services
from senders.web.withdrawal import Withdrawal


class Unsubscribing:
    """The handlers.

    Args:
        services: What they work with.
        withdrawal: Withdraws.
    """

    def __init__(self, services: Services, withdrawal: Withdrawal) -> None:
        self._with = services
        self._withdrawal = withdrawal

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Answer HEAD: whether the link is ours, and nothing more."""
        return nothing() if opened(self._with.links, request, Unsubscribe) else refused()

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Answer GET with a button."""
        target = opened(self._with.links, request, Unsubscribe)
        return refused() if target is None else page(self._asked(target))

    async def unsubscribe(self, request: web.Request) -> web.StreamResponse:
        """Answer POST, once the withdrawal is durable."""
        target = opened(self._with.links, request, Unsubscribe)
        if target is None:
            return refused()
        form = await read_form(request)
        name, value = pages.ONE_CLICK
        if form is None or form.get(name) != value:
            # Not what RFC 8058 has a mailbox provider say, nor what our button says.
            return page(self._asked(target), 400)
        way = "button" if form.get("by") == "button" else "one_click"
        if not await self._withdrawal.take(target, way):
            return not_now()
        return page(pages.done(self._with.sender_name))

    def _asked(self, target: Unsubscribe) -> str:
        centre = Preferences(target.subscriber, target.decision_id, target.address_hash)
        # Relative, since a proxy may serve these paths below another one.
        return pages.ask(self._with.sender_name, f"../p/{self._with.links.sign(centre)}")
