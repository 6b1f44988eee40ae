"""Looking whether a decision's mail may leave now, and ending it where it never may.

Done before the turn, so that what may not leave costs no pace, and again, everything anew, between
RCPT and the claim: whatever a decision waited for, what happened meanwhile counts.
"""

from runtime.logging import get_logger
from senders.handover.crowds import WAITING
from senders.handover.delivery import UNKNOWN, Ended
from senders.handover.facts import Facts
from senders.handover.gate import Go, Refused, check
from senders.handover.services import Again, Clear, Services, may_be_resent
from senders.handover.states import NO_OWNER, Entry, Move, State, state_of, target_of
from senders.handover.ticket import Ticket

PAUSE_LOOK_SECONDS = 1.0
"""How often a paused decision looks whether it may go on, while few are."""
NO_RESULT = "claimed, and no result recorded"
log = get_logger(__name__)


class Looks:
    """Looks at decisions under way.

    Args:
        services: What it works with.
    """

    def __init__(self, services: Services) -> None:
        self._with = services

    async def look(self, ticket: Ticket, known: Facts | None = None) -> Clear | Ended | Again:
        """Read everything and judge it.

        Args:
            ticket: The decision.
            known: What was read before: asking again is cheaper then.

        Raises:
            RetryError: Something can't be read now; nothing may leave.
            CrowdedError: Enough mails wait for the same destination: nothing more is read of it.
        """
        facts = self._with.facts
        decision = ticket.decision
        if known is not None:
            return await self._judge(ticket, await facts.renew(decision, known))
        # Whoever may have claimed it goes on: nobody else could tell how that ended.
        admit = None if ticket.claiming or ticket.seen_claim else self._with.turns.admit
        return await self._judge(ticket, await facts.read(decision, admit))

    async def _judge(self, ticket: Ticket, facts: Facts) -> Clear | Ended | Again:
        entry = facts.entry
        if entry is not None and entry.final:
            return Ended(entry)
        if target_of(Move.GIVE_UP, entry) and entry is not None and entry.owner != ticket.owner:
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
            return await self.refuse(ticket, facts, verdict.status, verdict.detail)
        paused = f"{WAITING}pause/{ticket.decision['flow']}/{ticket.decision['stream']}"
        seconds = max(PAUSE_LOOK_SECONDS, self._with.crowds.look_seconds)
        return Again("paused", seconds, crowd=paused)

    async def _meet_claim(self, ticket: Ticket, facts: Facts, claim: Entry) -> Ended | Again:
        """Another process' claim: it may be at work right now, so it gets time for its result."""
        if ticket.seen_claim != claim:
            ticket.seen_claim = claim
            return Again("claimed_elsewhere", self._with.claim_grace_seconds)
        ledger, decision_id = self._with.ledger, ticket.decision_id
        if may_be_resent(ticket.decision) and target_of(Move.DOUBT, claim):
            await ledger.doubt(decision_id, claim, facts.now_ms)
            log.warning("claim_doubted", decision_id=decision_id)
            return Again("claim_doubted", 0.0)
        in_the_way = await ledger.give_up(decision_id, claim, facts.now_ms)
        if in_the_way is not None:
            return Again("claimed_elsewhere", 0.0)
        log.warning("claim_without_result", decision_id=decision_id)
        return Ended(Entry(UNKNOWN, claim.owner, facts.now_ms), NO_RESULT)

    async def refuse(self, ticket: Ticket, facts: Facts, status: str, detail: str) -> Ended | Again:
        """End a decision whose mail is not handed over.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        if state_of(facts.entry) in {State.DOUBTED, State.RECLAIMED}:
            # The first mail may have left: that is what is known, not why there was no second.
            status, detail = UNKNOWN, f"{NO_RESULT}; not sent again: {detail}"
        entry = Entry(status, claimant(ticket, facts), facts.now_ms)
        in_the_way = await self._with.ledger.refuse(ticket.decision_id, entry)
        return Ended(entry, detail) if in_the_way is None else Again("settled_elsewhere", 0.0)


def claimant(ticket: Ticket, facts: Facts) -> str:
    """Who claimed a decision before it came to be ended without a claim; `-` where nobody did.

    A claim that was given back is one: a server answered to the mail itself. One of our own that
    went unanswered may have been written all the same.
    """
    state = state_of(facts.entry)
    if facts.entry is not None and state in {State.RELEASED, State.DOUBTED}:
        return facts.entry.owner
    return ticket.owner if state in {State.CLAIMED, State.RECLAIMED} else NO_OWNER
