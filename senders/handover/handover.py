"""One decision's way to its end: check, wait for a turn, check again, render, claim, hand over.

Whatever happens, a decision ends in one final state of the ledger and one `delivery` event, or is
left, unclaimed, to whoever reads it next. Only between the claim and its result may a dying process
leave it in doubt, and then it ends as `unknown` (docs/decisions/0501, 0513).
"""

import time
from collections import Counter
from dataclasses import replace
from typing import cast

from runtime.logging import get_logger
from schemas.codec import Record
from schemas.errors import RetryError
from senders.errors import CrowdedError, UnrenderableError
from senders.handover.crowds import WAITING
from senders.handover.delivery import EXPIRED, UNRENDERABLE, Ended
from senders.handover.endings import Endings
from senders.handover.leaving import Leaving
from senders.handover.ledger import is_claim_of
from senders.handover.looking import Looks
from senders.handover.services import Again, Clear, Services, sent_of
from senders.handover.states import Entry
from senders.handover.ticket import Ticket
from senders.mail.composer import Mail
from senders.pace.turns import Turn
from senders.smtp.connection import NotClaimed
from senders.smtp.replies import Cause
from senders.volume.volume import Room

log = get_logger(__name__)


class Handover:
    """Takes decisions to their end, any number at once.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._with = services
        self._looks = Looks(services)
        self._endings = Endings(services)

    async def finish(self, ticket: Ticket) -> Ended:
        """Take a decision to its end.

        Raises:
            AbandonedError: The process drains or lost the partition before anything was claimed.
            CrowdedError: As many wait for the same as may be; it is to be read again later.
        """
        failures: Counter[Cause] = Counter()
        while True:
            ticket.check()
            try:
                outcome = await self._attempt(ticket)
            except RetryError as error:
                log.warning("not_now", decision_id=ticket.decision_id, problem=str(error))
                outcome = Again(type(error).__name__)
            if isinstance(outcome, Ended):
                return outcome
            seconds = outcome.seconds
            if seconds is None:
                seconds = self._wait_after(outcome, failures, ticket)
                self._with.metrics.sender_retries_total.labels(kind=outcome.why).inc()
                log.info(
                    "will_try_again",
                    decision_id=ticket.decision_id,
                    why=outcome.why,
                    seconds=round(seconds, 3),
                )
            if seconds > 0:
                await self._wait(ticket, outcome, seconds)

    async def _wait(self, ticket: Ticket, outcome: Again, seconds: float) -> None:
        if not outcome.crowd or ticket.claiming:
            await ticket.park(seconds)
            return
        try:
            with self._with.crowds.waiting(outcome.crowd, seconds):
                await ticket.park(seconds)
        except CrowdedError:
            if outcome.why == "volume":
                await self._with.volume.leave(ticket.decision)
            raise

    def _wait_after(self, outcome: Again, failures: "Counter[Cause]", ticket: Ticket) -> float:
        failures[outcome.cause] += 1
        return self._with.backoffs.seconds(
            outcome.cause,
            failures[outcome.cause],
            ticket.decision_id,
            asked=outcome.asked,
            left=outcome.left,
        )

    async def _attempt(self, ticket: Ticket) -> Ended | Again:
        clear = await self._looks.look(ticket)
        if not isinstance(clear, Clear):
            return clear
        room = await self._with.volume.look(ticket.decision, clear.facts.now_ms)
        if not room.found:
            return await self._without_room(ticket, clear, room)
        async with Leaving(self._with, self._looks, ticket, clear, room.since) as leaving:
            outcome = await self._take_turn(ticket, leaving)
            leaving.left(outcome)
            return outcome

    async def _without_room(self, ticket: Ticket, clear: Clear, room: Room) -> Ended | Again:
        if room.hopeless:
            return await self._looks.refuse(ticket, clear.facts, EXPIRED, room.hopeless)
        crowd = f"{WAITING}volume/{ticket.decision['stream']}"
        return Again("volume", room.wait, crowd=crowd)

    async def _take_turn(self, ticket: Ticket, leaving: Leaving) -> Ended | Again:
        async with self._with.turns.turn(leaving.clear.address.domain, ticket, leaving) as turn:
            if turn is not None:
                return await self._use(ticket, leaving, turn)
        if leaving.instead is not None:
            return leaving.instead
        if leaving.room is not None and not leaving.room.found:
            return await self._without_room(ticket, leaving.clear, leaving.room)
        # It expired in line. The next look says so.
        return Again("expired_in_line", 0.0)

    async def _use(self, ticket: Ticket, leaving: Leaving, turn: Turn) -> Ended | Again:
        if not leaving.clear.facts.fresh() and not await leaving.look():
            assert leaving.instead is not None
            return leaving.instead
        clear = leaving.clear
        mail = self._compose(ticket.decision, clear)
        if isinstance(mail, UnrenderableError):
            log.error("unrenderable", decision_id=ticket.decision_id, problem=str(mail))
            return await self._looks.refuse(ticket, clear.facts, UNRENDERABLE, mail.detail)
        outcome = await self._hand_over(ticket, clear, mail, turn)
        if isinstance(outcome, Again) and outcome.seconds is None:
            crowd = f"{WAITING}retry/{outcome.cause.value}/{turn.provider}"
            return replace(outcome, crowd=crowd)
        return outcome

    async def _hand_over(
        self, ticket: Ticket, clear: Clear, mail: Mail, turn: Turn
    ) -> Ended | Again:
        instead: Ended | Again = Again("not_claimed", 0.0)
        address, claimed = clear.address, cast("Entry | None", None)
        mailbox = address.mailbox
        sent = sent_of(ticket.decision, mailbox, turn.provider, clear.facts.now_ms)

        async def claim() -> bool:
            nonlocal instead, clear, claimed, sent
            # The last moment to stop: after this only the server's answer counts.
            ticket.check()
            looked = await self._looks.look(ticket, clear.facts)
            if not isinstance(looked, Clear):
                instead = looked
                return False
            if looked.facts.stored != clear.facts.stored:
                # RCPT may have named another address, and the mail may say another name.
                instead = Again("contact_changed", 0.0)
                return False
            clear = looked
            now_ms = clear.facts.now_ms
            sent = sent_of(ticket.decision, mailbox, turn.provider, now_ms)
            ticket.claiming = True
            entry = await self._with.ledger.claim(sent, ticket.owner, now_ms)
            ticket.claiming = False
            if not is_claim_of(ticket.owner, entry):
                return False
            claimed = entry
            taken = await self._endings.take_code(ticket, now_ms)
            taken = taken or await self._endings.take_ask(ticket, sent, now_ms)
            if taken is not None:
                instead = taken
            return taken is None

        began = time.monotonic()
        result = await turn.hand_over(mail.envelope_from, mailbox, mail.data, claim)
        if isinstance(result, NotClaimed):
            return instead
        self._with.metrics.sender_smtp_seconds.observe(time.monotonic() - began)
        ended = await self._endings.conclude(ticket, clear, claimed, sent, result)
        if mail.instead and isinstance(ended, Ended):
            self._with.metrics.sender_reworded_total.inc()
            log.info("reworded", decision_id=ticket.decision_id, slots=dict(mail.instead))
            return replace(ended, instead=mail.instead)
        return ended

    def _compose(self, decision: Record, clear: Clear) -> Mail | UnrenderableError:
        contact = clear.facts.contact
        assert contact is not None
        try:
            return self._with.composer.compose(
                decision, contact, clear.address.mailbox, clear.facts.now_ms
            )
        except UnrenderableError as error:
            return error
