"""`/p/<token>`: the preference centre. What is saved is durable, and in force, when answered.

The token is what gives access, as a link in one's own mailbox; there is no cookie that another
site's form could make use of, so there is nothing to forge a request with.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, cast

from aiohttp import web
from multidict import MultiMapping

from runtime.logging import get_logger
from schemas.codec import Record
from schemas.errors import RetryError
from senders.links.tokens import Preferences, Unsubscribe
from senders.recipients.choices import zone_of
from senders.recipients.chosen import FREQUENCIES, Chosen, Frequency, read_day
from senders.web import pages
from senders.web.answers import not_now, nothing, opened, page, read_form, refused
from senders.web.preference_page import preference_page
from senders.web.services import Services
from senders.web.withdrawal import Withdrawal

LONGEST_PAUSE_DAYS: Final = 366
log = get_logger(__name__)


class PreferenceCentre:
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
        return nothing() if opened(self._with.links, request, Preferences) else refused()

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Answer GET with what is chosen now."""
        target = opened(self._with.links, request, Preferences)
        if target is None:
            return refused()
        try:
            now_ms = await self._with.now_ms()
            contact, known = await self._known(target, now_ms)
            return self._page(contact, known, now_ms)
        except RetryError as error:
            log.error("preferences_not_shown", problem=str(error))
            return not_now()

    async def save(self, request: web.Request) -> web.StreamResponse:
        """Answer POST, once the choices are durable."""
        target = opened(self._with.links, request, Preferences)
        if target is None:
            return refused()
        form = await read_form(request)
        if form is None:
            return refused()
        if form.get("unsubscribe") == "all":
            return await self._leave(target)
        try:
            now_ms = await self._with.now_ms()
            contact, before = await self._known(target, now_ms)
            topics, today = self._with.told.names, _today(contact, now_ms)
            made = read_choices(form, topics, before, today)
            if made is None:
                return refused()
            await self._with.choices.write(target, made, topics, contact, now_ms)
        except RetryError as error:
            log.error("preferences_refused", decision_id=target.decision_id, problem=str(error))
            return not_now()
        log.info("preferences_saved", decision_id=target.decision_id)
        self._with.metrics.web_preferences_total.inc()
        self._with.following.soon()
        return self._page(contact, made, now_ms, saved=True)

    async def _leave(self, target: Preferences) -> web.StreamResponse:
        leaving = Unsubscribe(target.subscriber, target.decision_id, target.address_hash)
        if not await self._withdrawal.take(leaving, "preferences"):
            return not_now()
        return page(pages.done(self._with.sender_name))

    async def _known(self, target: Preferences, now_ms: int) -> tuple[Record | None, Chosen]:
        contact = await self._with.contacts.read(target.subscriber)
        return contact, await self._with.choices.of(target.subscriber, contact, now_ms)

    def _page(
        self, contact: Record | None, known: Chosen, now_ms: int, *, saved: bool = False
    ) -> web.StreamResponse:
        consent = contact["consent"].get("marketing") if contact is not None else None
        return page(
            preference_page(
                self._with.sender_name,
                known,
                self._with.told.topics,
                _today(contact, now_ms),
                saved=saved,
                unsubscribed=consent is not None and not consent["granted"],
            )
        )


def read_choices(
    form: MultiMapping[Any], topics: Sequence[str], before: Chosen, today: date
) -> Chosen | None:
    """The choices a form makes; None where it is none of ours.

    A box that isn't ticked isn't in a form: what is not there is off. `frequency` is always there.

    Args:
        form: Its fields.
        topics: Every topic it could hold.
        before: What was chosen; a topic the programme no longer has stays as it was.
        today: The day, where the person lives.
    """
    frequency, pause = form.get("frequency"), form.get("pause_until") or ""
    if frequency not in FREQUENCIES or not isinstance(pause, str):
        return None
    until = read_day(pause)
    if pause and (until is None or until > today + timedelta(days=LONGEST_PAUSE_DAYS)):
        return None
    wanted = set(form.getall("topic", []))
    off = (before.topics_off - set(topics)) | {name for name in topics if name not in wanted}
    return Chosen(
        frozenset(off),
        cast("Frequency", frequency),
        until if until is not None and until > today else None,
        form.get("track") == "yes",
        form.get("personalise") == "yes",
        form.get("open_pixel") == "yes",
    )


def _today(contact: Record | None, now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000, zone_of(contact)).date()
