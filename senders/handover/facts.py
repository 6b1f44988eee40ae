"""What the gate looks at, read from both Redis stores."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runtime.logging import get_logger
from runtime.mailbox import parse_address
from runtime.redis_client import Client
from schemas.codec import Codec, Record
from schemas.errors import DeadLetterError
from schemas.keys import contact_key, journal_partition, ledger_key, paused_key, state_tag
from senders.asking import Asker
from senders.clock import PipelineClock
from senders.handover.states import Entry
from senders.recipients.suppression import Suppression, decode, keys_of

FRESH_SECONDS = 10.0
"""Facts read longer ago than this are read again before anything is made of them. What is acted on,
right before the claim, is read again in any case, and a mail made from another contact record than
stands there by then is made anew."""
FRESH_DRIVEN_SECONDS = 0.5
"""The same where the clock is driven: hours may pass in it meanwhile."""


log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Facts:
    """The state of things at one moment.

    Attributes:
        contact: The person's contact record, or None; `stored` its bytes.
        entry: What the ledger says of the decision, or None.
        suppressions: What is on record against the address or the person.
        pauses: What is paused.
        now_ms: The pipeline's time, epoch milliseconds.
        fresh_until: Until when they are recent enough to make a mail of, monotonic seconds.
    """

    contact: Record | None
    stored: bytes | None
    entry: Entry | None
    suppressions: list[Suppression]
    pauses: frozenset[str]
    now_ms: int
    fresh_until: float

    def fresh(self) -> bool:
        """Whether they are recent enough to make a mail of."""
        return time.monotonic() <= self.fresh_until


class FactReader:
    """Reads the facts about a decision.

    Args:
        state: Holds contacts.
        ledger: Holds the ledger, suppressions and pauses.
        codec: Decodes contacts.
        clock: The pipeline's time.
        namespace: Put before every key.
        journal_partitions: Decides where a contact lives.
        asker: Asks the ledger; one of its own by default.
        state_asker: Asks the state; likewise.
        fresh_seconds: See `FRESH_SECONDS`.
    """

    def __init__(
        self,
        state: Client,
        ledger: Client,
        codec: Codec,
        clock: PipelineClock,
        namespace: str,
        journal_partitions: int,
        *,
        asker: Asker | None = None,
        state_asker: Asker | None = None,
        fresh_seconds: float = FRESH_SECONDS,
    ) -> None:
        self._fresh_seconds = fresh_seconds
        self._state = state_asker or Asker(state, "state")
        self._ledger = asker or Asker(ledger, "ledger")
        self._codec = codec
        self._clock = clock
        self._namespace = namespace
        self._partitions = journal_partitions

    async def read(self, decision: Record, admit: Callable[[str], None] | None = None) -> Facts:
        """Read everything anew.

        Args:
            decision: The decision.
            admit: Told the domain that its mail goes to, once that is known; may raise.

        Raises:
            StoreAwayError: A store doesn't answer.
            RetryError: The clock isn't set.
        """
        fresh_until = time.monotonic() + self._fresh_seconds
        subscriber = decision["subscriber_id"]
        [stored] = await self._ask_contact(subscriber)
        contact = self._decode(stored, subscriber)
        address = contact["address"] if contact else None
        if admit is not None and address and (parsed := parse_address(address)) is not None:
            admit(parsed.domain)
        keys = keys_of(self._namespace, subscriber, address)
        told = await self._ask_ledger(decision["decision_id"], keys)
        return await self._facts(contact, stored, told, fresh_until)

    async def renew(self, decision: Record, facts: Facts) -> Facts:
        """Read again what may have changed since, which is everything: both stores at once.

        Raises:
            StoreAwayError: A store doesn't answer.
            RetryError: The clock isn't set.
        """
        fresh_until = time.monotonic() + self._fresh_seconds
        subscriber, contact = decision["subscriber_id"], facts.contact
        address = contact["address"] if contact else None
        asked = self._ask_contact(subscriber)
        keys = keys_of(self._namespace, subscriber, address)
        told = await self._both(self._ask_ledger(decision["decision_id"], keys), asked)
        [stored] = asked.result()
        if stored != facts.stored:
            contact = self._decode(stored, subscriber)
            if (contact["address"] if contact else None) != address:
                return await self.read(decision)  # other suppressions are about that address
        return await self._facts(contact, stored, told, fresh_until)

    @staticmethod
    async def _both(
        first: "asyncio.Future[list[Any]]", second: "asyncio.Future[list[Any]]"
    ) -> list[Any]:
        """Wait for two answers, cheaper than `asyncio.gather`; gives the first."""
        try:
            told = await first
        except BaseException:
            second.cancel()
            raise
        await second
        return told

    async def _facts(
        self, contact: Record | None, stored: bytes | None, told: list[Any], fresh_until: float
    ) -> Facts:
        entry, pauses, *suppressed = told
        return Facts(
            contact,
            stored,
            Entry.decode(entry) if entry else None,
            decode(suppressed),
            frozenset(member.decode() for member in pauses),
            await self._clock.now_ms(),
            fresh_until,
        )

    def _ask_contact(self, subscriber: str) -> "asyncio.Future[list[Any]]":
        tag = state_tag(self._namespace, journal_partition(subscriber, self._partitions))
        key = contact_key(tag, subscriber)
        return self._state.ask([("GET", key)])

    def _decode(self, stored: bytes | None, subscriber: str) -> Record | None:
        if stored is None:
            return None
        try:
            return self._codec.decode(stored)[1]
        except DeadLetterError as error:
            # Its consent can't be read, and won't be later either: as good as no contact.
            log.error("contact_unreadable", subscriber=subscriber, reason=error.reason)
            return None

    def _ask_ledger(
        self, decision_id: str, suppression_keys: list[str]
    ) -> "asyncio.Future[list[Any]]":
        return self._ledger.ask(
            [
                ("GET", ledger_key(self._namespace, decision_id)),
                ("SMEMBERS", paused_key(self._namespace)),
                *(("HGETALL", key) for key in suppression_keys),
            ]
        )
