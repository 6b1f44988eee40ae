"""How a mail that was tried to be handed over ends: from the server's answer to the ledger."""

import asyncio

from redis.exceptions import RedisError

from runtime.logging import get_logger
from senders.errors import StoreAwayError
from senders.handover.backoff import Backoff
from senders.handover.delivery import (
    ACCEPTED,
    CODE_TAKEN,
    HARD,
    REJECTED,
    UNKNOWN,
    Ended,
)
from senders.handover.ledger import Count
from senders.handover.looking import claimant
from senders.handover.services import Again, Clear, Services, asks, may_be_resent
from senders.handover.states import Entry, Move, State, state_of, target_of
from senders.handover.ticket import Ticket
from senders.links.sent import Sent
from senders.recipients.asks import may_ask
from senders.recipients.suppression import PERMANENT_FAILURE, Suppression, suppress_address
from senders.smtp.connection import Accepted, Denied, Lost, NotClaimed, Result
from senders.smtp.replies import (
    Stage,
    Verdict,
    asked_seconds,
    cause_of,
    enhanced_of,
    judge,
    safe_detail,
)

SETTLE_BACKOFF = Backoff(0.2, 2.0, 5.0)
NO_CONSENT = "no_consent"
ASKED_TOO_OFTEN = "the address was asked often enough to confirm"
SENT_AGAIN = "sent once more: what became of the first is not known"
log = get_logger(__name__)


class Endings:
    """Records what servers answered.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._with = services

    async def conclude(
        self, ticket: Ticket, clear: Clear, claim: Entry | None, sent: Sent, result: Result
    ) -> Ended | Again:
        """End a decision by the server's answer, or have it tried again.

        Args:
            ticket: The decision.
            clear: As of the last look.
            claim: Its claim; None where it wasn't claimed.
            sent: What is remembered of its mail.
            result: The server's answer.

        Raises:
            StoreAwayError: A dead mailbox can't be put on record; nothing was claimed.
        """
        now_ms, provider = clear.facts.now_ms, sent.provider
        match result:
            case Accepted(reply):
                entry = Entry(ACCEPTED, ticket.owner, now_ms, reply.code, enhanced_of(reply.text))
                again = claim is not None and claim.state == State.RECLAIMED
                detail = SENT_AGAIN if again else ""
                count = Count("accepted", sent)
                return await self.record(ticket, Ended(entry, detail, provider), count)
            case Lost(Stage.DATA, error):
                return await self._unanswered(ticket, claim, now_ms, error, provider)
            case Lost(stage, error, stale):
                if claim is not None:
                    await self._patiently(ticket, Move.RELEASE, claim, now_ms)
                return Again(f"lost_{stage.value}", 0.0 if stale else None)
            case Denied():
                return await self._denied(ticket, clear, claim, sent, result)
            case NotClaimed():
                return Again("not_claimed", 0.0)

    async def take_code(self, ticket: Ticket, now_ms: int) -> Ended | Again | None:
        """Have the mail's code leave with it; None where it does, or there is none.

        Otherwise the mail, claimed by now, ends without having left.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        code = ticket.decision["content"].get("code")
        if not code:
            return None
        holder = await self._with.ledger.claim_code(code, ticket.decision_id)
        if holder is None:
            return None
        log.error("code_taken", decision_id=ticket.decision_id, by=holder)
        entry = Entry(CODE_TAKEN, ticket.owner, now_ms)
        return await self.record(ticket, Ended(entry, f"its code left with decision {holder}"))

    async def take_ask(self, ticket: Ticket, sent: Sent, now_ms: int) -> Ended | Again | None:
        """Count a mail that asks to confirm an opt-in; None where it may leave, or asks nothing.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        if not asks(ticket.decision):
            return None
        redis, namespace = self._with.ledger_redis, self._with.namespace
        if await may_ask(redis, namespace, sent.address_hash, sent.decision_id, now_ms):
            return None
        log.warning("asked_too_often", decision_id=ticket.decision_id)
        return await self.record(
            ticket, Ended(Entry(NO_CONSENT, ticket.owner, now_ms), ASKED_TOO_OFTEN)
        )

    async def record(
        self, ticket: Ticket, ended: Ended, count: Count | None = None
    ) -> Ended | Again:
        """Record the result of a claimed decision, however long the ledger takes."""
        attempt = 0
        while True:
            attempt += 1
            try:
                in_the_way = await self._with.ledger.settle(ticket.decision_id, ended.entry, count)
                break
            except StoreAwayError as error:
                log.error("result_not_recorded", decision_id=ticket.decision_id, problem=str(error))
                await asyncio.sleep(SETTLE_BACKOFF.seconds(attempt, ticket.owner))
        if in_the_way is not None:
            log.error(
                "ledger_disagrees",
                decision_id=ticket.decision_id,
                ours=ended.entry.state,
                found=in_the_way.state,
            )
        return ended

    async def _unanswered(
        self, ticket: Ticket, claim: Entry | None, now_ms: int, error: str, provider: str
    ) -> Ended | Again:
        detail = f"no answer to DATA ({error})"
        if claim is not None and may_be_resent(ticket.decision) and target_of(Move.DOUBT, claim):
            await self._patiently(ticket, Move.DOUBT, claim, now_ms)
            log.warning("claim_doubted", decision_id=ticket.decision_id, detail=detail)
            return Again("claim_doubted", self._with.claim_grace_seconds)
        return await self.record(
            ticket, Ended(Entry(UNKNOWN, ticket.owner, now_ms), detail, provider)
        )

    async def _denied(
        self, ticket: Ticket, clear: Clear, claim: Entry | None, sent: Sent, denied: Denied
    ) -> Ended | Again:
        stage, reply, now_ms = denied.stage, denied.reply, clear.facts.now_ms
        detail, verdict = safe_detail(stage, reply), judge(stage, reply)
        log.warning("refused", decision_id=ticket.decision_id, detail=detail)
        if verdict is Verdict.RETRY:
            if denied.claimed and claim is not None:
                await self._patiently(ticket, Move.RELEASE, claim, now_ms)
            left = max(0.0, (ticket.decision["expires_at"] - now_ms) / 1000)
            cause, asked = cause_of(stage, reply), asked_seconds(reply)
            return Again(f"refused_{stage.value}", None, cause, asked, left)
        enhanced, count, bounce = enhanced_of(reply.text), None, ""
        if verdict is Verdict.SUPPRESS:
            await self._suppress(clear.address.mailbox, now_ms)
            count, bounce = Count("hard_bounce", sent), HARD
        if denied.claimed:
            entry = Entry(REJECTED, ticket.owner, now_ms, reply.code, enhanced)
            return await self.record(ticket, Ended(entry, detail, sent.provider))
        status = REJECTED
        if state_of(clear.facts.entry) in {State.DOUBTED, State.RECLAIMED}:
            status = UNKNOWN  # of the first mail; this is about the second, which didn't leave
        owner = claimant(ticket, clear.facts)
        entry = Entry(status, owner, now_ms, reply.code, enhanced, bounce)
        # Nothing was claimed: another's word comes first.
        in_the_way = await self._with.ledger.refuse(ticket.decision_id, entry, count)
        if in_the_way is not None:
            return Again("settled_elsewhere", 0.0)
        return Ended(entry, detail, sent.provider)

    async def _patiently(self, ticket: Ticket, move: Move, claim: Entry, now_ms: int) -> None:
        """Give one's claim back or free it as doubted, however long the ledger takes."""
        ledger, attempt = self._with.ledger, 0
        leave = ledger.doubt if move is Move.DOUBT else ledger.release
        while True:
            attempt += 1
            try:
                await leave(ticket.decision_id, claim, now_ms)
            except StoreAwayError as error:
                log.error("claim_not_released", decision_id=ticket.decision_id, problem=str(error))
                await asyncio.sleep(SETTLE_BACKOFF.seconds(attempt, ticket.owner))
            else:
                return

    async def _suppress(self, mailbox: str, now_ms: int) -> None:
        suppression = Suppression(PERMANENT_FAILURE, now_ms)
        try:
            await suppress_address(
                self._with.ledger_redis, self._with.namespace, mailbox, suppression
            )
        except RedisError as error:
            # The refusal comes again with the next attempt, and with it this suppression.
            raise StoreAwayError("ledger", error) from error
