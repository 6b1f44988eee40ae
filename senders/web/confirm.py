"""`/o/<token>`: confirming an opt-in (double opt-in). GET says what is agreed to, POST agrees.

What is confirmed is the address the mail went to: where another one is on record by now, the link
confirms nothing. Links don't expire: whoever presses the button agrees in that moment, and the
moment is what the proof holds (docs/decisions/0517).
"""

from collections.abc import Awaitable
from typing import Any, Final, cast
from uuid import uuid4

from aiohttp import web
from redis.exceptions import RedisError

from runtime.logging import get_logger
from schemas.errors import RetryError
from senders.errors import StoreAwayError
from senders.links.tokens import Confirm, Preferences
from senders.person import person_fields
from senders.recipients.suppression import digest_of
from senders.web import pages
from senders.web.answers import not_now, nothing, opened, page, read_form, refused
from senders.web.services import Services
from senders.web.topics import Told

SOURCE: Final = "double_opt_in"
TEXT_VERSION: Final = "confirmation-page-1"
"""Of this page's own wording, where the opt-in told no version of its."""
log = get_logger(__name__)


class Confirming:
    """The handlers.

    Args:
        services: What they work with.
    """

    def __init__(self, services: Services) -> None:
        self._with = services

    async def look(self, request: web.Request) -> web.StreamResponse:
        """Answer HEAD: whether the link is ours, and nothing more."""
        return nothing() if opened(self._with.links, request, Confirm) else refused()

    async def ask(self, request: web.Request) -> web.StreamResponse:
        """Answer GET with what is agreed to, and a button."""
        target = opened(self._with.links, request, Confirm)
        if target is None:
            return refused()
        try:
            if not await self._is_theirs(target):
                return self._moved_on(target)
        except RetryError as error:
            log.error("confirmation_not_shown", problem=str(error))
            return not_now()
        told = self._with.told
        return page(pages.confirm(self._with.sender_name, content_of(told), often(told)))

    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Answer POST, once the consent is durable."""
        target = opened(self._with.links, request, Confirm)
        if target is None:
            return refused()
        form = await read_form(request)
        if form is None or form.get("confirm") != "yes":
            return refused()
        try:
            if not await self._is_theirs(target):
                return self._moved_on(target)
            await self._write(target, await self._with.now_ms())
        except RetryError as error:
            log.error("confirmation_refused", decision_id=target.decision_id, problem=str(error))
            return not_now()
        log.info("confirmed", decision_id=target.decision_id)
        self._with.metrics.web_confirmations_total.labels("recorded").inc()
        self._with.following.soon()
        centre = Preferences(target.subscriber, target.decision_id, target.address_hash)
        link = f"../p/{self._with.links.sign(centre)}"
        return page(pages.confirmed(self._with.sender_name, link))

    async def _is_theirs(self, target: Confirm) -> bool:
        contact = await self._with.contacts.read(target.subscriber)
        address = contact["address"] if contact is not None else None
        return address is not None and digest_of(address) == target.address_hash

    def _moved_on(self, target: Confirm) -> web.StreamResponse:
        log.info("confirmed_another_address", decision_id=target.decision_id)
        self._with.metrics.web_confirmations_total.labels("other_address").inc()
        return page(pages.moved_on(self._with.sender_name), 409)

    async def _write(self, target: Confirm, now_ms: int) -> None:
        event = {
            "event_id": str(uuid4()),
            "occurred_at": now_ms,
            **person_fields(target.subscriber),
            "action": "opt_in",
            "purpose": target.purpose,
            "proof": {
                "source": SOURCE,
                "text_version": target.text_version or TEXT_VERSION,
                "confirmed_at": now_ms,
            },
            "decision_id": target.decision_id,
        }
        pipeline = self._with.ledger.pipeline(transaction=False)
        self._with.pending.put_in(pipeline, "consent", event)
        try:
            await cast("Awaitable[Any]", pipeline.execute())
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error


def content_of(told: Told) -> list[str]:
    """What mails are about, a line each: as the programme promises, else by its topics."""
    if told.content:
        return [told.content]
    lines = [
        f"{topic.title}: {topic.description}" if topic.description else topic.title
        for topic in told.topics
    ]
    return lines or ["news and offers"]


def often(told: Told) -> str:
    """How often mails come: as the programme promises, else by its caps; no capital, no stop."""
    parts = [
        f"{count} a {span}" for count, span in ((told.day, "day"), (told.week, "week")) if count
    ]
    caps = f"at most {' and '.join(parts)}" if parts else "when there is something for you"
    return told.frequency or caps
