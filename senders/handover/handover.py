"""One decision's way to its end: check, wait for a turn, check again, render, claim, hand over.

Whatever happens, a decision ends in one final state of the ledger and one `delivery` event, or is
left, unclaimed, to whoever reads it next. Only between the claim and its result may a dying process
leave it in doubt, and then it ends as `unknown` (docs/decisions/0501).
"""

import asyncio
import time
from dataclasses import dataclass, replace

from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.mailbox import Address
from runtime.metrics import Metrics
from runtime.redis_client import Client
from schemas.codec import Record
from schemas.errors import RetryError
from senders.errors import StoreAwayError, UnrenderableError
from senders.handover.backoff import Backoff
from senders.handover.delivery import (
    ACCEPTED,
    CODE_TAKEN,
    EXPIRED,
    REJECTED,
    UNRENDERABLE,
    Ended,
)
from senders.handover.facts import FactReader, Facts
from senders.handover.gate import Go, Refused, check
from senders.handover.ledger import CLAIMED, NO_OWNER, RELEASED, UNKNOWN, Entry, Ledger
from senders.handover.ticket import Ticket
from senders.mail.composer import Composer, Mail
from senders.pace.turns import Turns
from senders.recipients.address import AllowList, provider_of
from senders.recipients.suppression import PERMANENT_FAILURE, Suppression, suppress_address
from senders.smtp.connection import Accepted, Connection, Denied, Lost, NotClaimed, Result
from senders.smtp.replies import Stage, Verdict, judge, safe_detail
from senders.volume.volume import Volume

PAUSE_LOOK_SECONDS = 1.0
"""How often a paused decision looks whether it may go on."""
STORE_CALLS = 32
"""Decisions that may be asking the stores at once: more would only wait there, each on a connection
of its own."""
SETTLE_BACKOFF = Backoff(0.2, 2.0, 5.0)
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Again:
    """To be tried again.

    Attributes:
        why: A short code, for logs and metrics.
        seconds: How long to wait; None for the backoff of a failure.
    """

    why: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Clear:
    """Nothing stands against handing over, to this address, as of these facts."""

    address: Address
    facts: Facts


@dataclass(frozen=True, slots=True)
class Services:
    """What handing over needs."""

    facts: FactReader
    ledger: Ledger
    ledger_redis: Client
    turns: Turns
    volume: Volume
    composer: Composer
    metrics: Metrics
    allowed: AllowList
    namespace: str
    backoff: Backoff
    claim_grace_seconds: float


class Handover:
    """Takes decisions to their end, any number at once.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._with = services
        self._asking = asyncio.Semaphore(STORE_CALLS)

    async def finish(self, ticket: Ticket) -> Ended:
        """Take a decision to its end.

        Raises:
            AbandonedError: The process drains or lost the partition before anything was claimed.
        """
        failures = 0
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
                failures += 1
                seconds = self._with.backoff.seconds(failures, ticket.decision_id)
                self._with.metrics.sender_retries_total.labels(kind=outcome.why).inc()
                log.info(
                    "will_try_again",
                    decision_id=ticket.decision_id,
                    why=outcome.why,
                    seconds=round(seconds, 3),
                )
            if seconds > 0:
                await ticket.park(seconds)

    async def _attempt(self, ticket: Ticket) -> Ended | Again:
        clear = await self._look(ticket)
        if not isinstance(clear, Clear):
            return clear
        async with self._with.volume.room(ticket.decision, clear.facts.now_ms) as room:
            if room.hopeless:
                return await self._settle(ticket, clear.facts, EXPIRED, room.hopeless)
            if room.wait is not None:
                return Again("volume", room.wait)
            outcome = await self._take_turn(ticket, clear)
            room.left = isinstance(outcome, Ended) and outcome.may_have_left(ticket.owner)
            return outcome

    async def _take_turn(self, ticket: Ticket, clear: Clear) -> Ended | Again:
        provider = provider_of(clear.address.domain)
        async with self._with.turns.turn(provider, ticket) as connection:
            looked = await self._look_again(ticket, clear)
            if not isinstance(looked, Clear):
                return looked
            clear = looked
            mail = self._compose(ticket.decision, clear)
            if isinstance(mail, UnrenderableError):
                log.error("unrenderable", decision_id=ticket.decision_id, problem=str(mail))
                return await self._settle(ticket, clear.facts, UNRENDERABLE, mail.detail)
            return await self._hand_over(ticket, clear, mail, connection, provider)

    async def _hand_over(
        self, ticket: Ticket, clear: Clear, mail: Mail, connection: Connection, provider: str
    ) -> Ended | Again:
        instead: Ended | Again = Again("not_claimed", 0.0)

        async def claim() -> bool:
            nonlocal instead, clear
            # The last moment to stop: after this only the server's answer counts.
            ticket.check()
            looked = await self._look(ticket, clear.facts)
            if not isinstance(looked, Clear):
                instead = looked
                return False
            clear = looked
            now_ms = clear.facts.now_ms
            async with self._asking:
                found = await self._with.ledger.claim(ticket.decision_id, ticket.owner, now_ms)
            if found is not None:
                return False
            taken = await self._take_code(ticket, now_ms)
            if taken is not None:
                instead = taken
            return taken is None

        began = time.monotonic()
        mailbox = clear.address.mailbox
        result = await connection.hand_over(mail.envelope_from, mailbox, mail.data, claim)
        if isinstance(result, NotClaimed):
            return instead
        self._with.metrics.sender_smtp_seconds.observe(time.monotonic() - began)
        ended = await self._conclude(ticket, clear, result, provider)
        if mail.instead and isinstance(ended, Ended):
            self._with.metrics.sender_reworded_total.inc()
            log.info("reworded", decision_id=ticket.decision_id, slots=dict(mail.instead))
            return replace(ended, instead=mail.instead)
        return ended

    async def _take_code(self, ticket: Ticket, now_ms: int) -> Ended | Again | None:
        """Have the mail's code leave with it; None where it does, or there is none.

        Otherwise the mail, claimed by now, ends without having left.
        """
        code = ticket.decision["content"].get("code")
        if not code:
            return None
        async with self._asking:
            holder = await self._with.ledger.claim_code(code, ticket.decision_id)
        if holder is None:
            return None
        log.error("code_taken", decision_id=ticket.decision_id, by=holder)
        entry = Entry(CODE_TAKEN, ticket.owner, now_ms)
        return await self._record(ticket, Ended(entry, f"its code left with decision {holder}"))

    async def _conclude(
        self, ticket: Ticket, clear: Clear, result: Result, provider: str
    ) -> Ended | Again:
        now_ms = clear.facts.now_ms
        match result:
            case Accepted(reply):
                entry = Entry(ACCEPTED, ticket.owner, now_ms, reply.code)
                return await self._record(ticket, Ended(entry, "", provider))
            case Lost(Stage.DATA, error):
                entry = Entry(UNKNOWN, ticket.owner, now_ms)
                detail = f"no answer to DATA ({error})"
                return await self._record(ticket, Ended(entry, detail, provider))
            case Lost(stage, error, stale):
                return Again(f"lost_{stage.value}", 0.0 if stale else None)
            case Denied(stage, reply, claimed):
                detail = safe_detail(stage, reply)
                verdict = judge(stage, reply)
                log.warning("refused", decision_id=ticket.decision_id, detail=detail)
                if verdict is Verdict.RETRY:
                    if claimed:
                        await self._release(ticket, now_ms)
                    return Again(f"refused_{stage.value}")
                if verdict is Verdict.SUPPRESS:
                    await self._suppress(clear.address.mailbox, now_ms)
                owner = ticket.owner if claimed else _claimant(ticket, clear.facts)
                entry = Entry(REJECTED, owner, now_ms, reply.code)
                ended = Ended(entry, detail, provider)
                return await self._record(ticket, ended, claimed=claimed)
            case NotClaimed():
                return Again("not_claimed", 0.0)

    async def _look_again(self, ticket: Ticket, clear: Clear) -> Clear | Ended | Again:
        return clear if clear.facts.fresh() else await self._look(ticket)

    async def _look(self, ticket: Ticket, known: Facts | None = None) -> Clear | Ended | Again:
        async with self._asking:
            if known is None:
                facts = await self._with.facts.read(ticket.decision)
            else:
                facts = await self._with.facts.renew(ticket.decision, known)
            return await self._judge(ticket, facts)

    async def _judge(self, ticket: Ticket, facts: Facts) -> Clear | Ended | Again:
        entry = facts.entry
        if entry is not None and entry.final:
            return Ended(entry)
        if entry is not None and entry.state == CLAIMED and entry.owner != ticket.owner:
            return await self._meet_claim(ticket, facts, entry)
        ticket.seen_claim = None
        verdict = check(
            facts.contact,
            ticket.decision,
            facts.suppressions,
            facts.pauses,
            self._with.allowed,
            facts.now_ms,
            untrue=self._with.composer.untrue(ticket.decision),
        )
        if isinstance(verdict, Go):
            return Clear(verdict.address, facts)
        if isinstance(verdict, Refused):
            return await self._settle(ticket, facts, verdict.status, verdict.detail)
        return Again("paused", PAUSE_LOOK_SECONDS)

    async def _meet_claim(self, ticket: Ticket, facts: Facts, claim: Entry) -> Ended | Again:
        """Another process' claim: it may be at work right now, so it gets time for its result."""
        if ticket.seen_claim != claim:
            ticket.seen_claim = claim
            return Again("claimed_elsewhere", self._with.claim_grace_seconds)
        in_the_way = await self._with.ledger.give_up(ticket.decision_id, claim, facts.now_ms)
        if in_the_way is not None:
            return Again("claimed_elsewhere", 0.0)
        log.warning("claim_without_result", decision_id=ticket.decision_id)
        return Ended(Entry(UNKNOWN, claim.owner, facts.now_ms), "claimed, and no result recorded")

    async def _settle(
        self, ticket: Ticket, facts: Facts, status: str, detail: str
    ) -> Ended | Again:
        """End a decision whose mail was not handed over."""
        ended = Entry(status, _claimant(ticket, facts), facts.now_ms)
        in_the_way = await self._with.ledger.settle(ticket.decision_id, ended)
        return Ended(ended, detail) if in_the_way is None else Again("settled_elsewhere", 0.0)

    async def _record(self, ticket: Ticket, ended: Ended, *, claimed: bool = True) -> Ended | Again:
        """Record the server's answer, however long the ledger takes.

        Args:
            ticket: The decision under way.
            ended: How it ended.
            claimed: Whether it was claimed for it; if not, another's word comes first.
        """
        attempt = 0
        while True:
            attempt += 1
            try:
                async with self._asking:
                    in_the_way = await self._with.ledger.settle(ticket.decision_id, ended.entry)
                break
            except StoreAwayError as error:
                log.error("result_not_recorded", decision_id=ticket.decision_id, problem=str(error))
                await asyncio.sleep(SETTLE_BACKOFF.seconds(attempt, ticket.owner))
        if in_the_way is None:
            return ended
        if not claimed:
            return Again("settled_elsewhere", 0.0)
        log.error(
            "ledger_disagrees",
            decision_id=ticket.decision_id,
            ours=ended.entry.state,
            found=in_the_way.state,
        )
        return ended

    async def _release(self, ticket: Ticket, now_ms: int) -> None:
        attempt = 0
        while True:
            attempt += 1
            try:
                await self._with.ledger.release(ticket.decision_id, ticket.owner, now_ms)
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

    def _compose(self, decision: Record, clear: Clear) -> Mail | UnrenderableError:
        contact = clear.facts.contact
        assert contact is not None
        try:
            return self._with.composer.compose(
                decision, contact, clear.address.mailbox, clear.facts.now_ms
            )
        except UnrenderableError as error:
            return error


def _claimant(ticket: Ticket, facts: Facts) -> str:
    """Who claimed a decision before it came to be ended without a claim; `-` where nobody did.

    A claim that was given back is one: a server answered to the mail itself. One of our own that
    went unanswered may have been written all the same.
    """
    entry = facts.entry
    if entry is None or entry.state not in (CLAIMED, RELEASED):
        return NO_OWNER
    return entry.owner if entry.state == RELEASED else ticket.owner
