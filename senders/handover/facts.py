"""What the gate looks at, read from both Redis stores."""

import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any, cast

from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.redis_client import Client
from schemas.codec import Codec, Record
from schemas.errors import DeadLetterError
from schemas.keys import contact_key, journal_partition, ledger_key, paused_key, state_tag
from senders.clock import PipelineClock
from senders.errors import StoreAwayError
from senders.handover.ledger import Entry
from senders.recipients.suppression import Suppression, decode, keys_of

FRESH_SECONDS = 0.5
"""A contact read longer ago than this is read again before anything leaves. What people and
operators do at once, withdrawing and pausing, is read again in any case: see `renew`."""


log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Facts:
    """The state of things at one moment.

    Attributes:
        contact: The person's contact record, or None.
        entry: What the ledger says of the decision, or None.
        suppressions: What is on record against the address or the person.
        pauses: What is paused.
        now_ms: The pipeline's time, epoch milliseconds.
        read_at: Monotonic seconds before the first read.
    """

    contact: Record | None
    entry: Entry | None
    suppressions: list[Suppression]
    pauses: frozenset[str]
    now_ms: int
    read_at: float

    def fresh(self) -> bool:
        """Whether the contact is recent enough to act on."""
        return time.monotonic() - self.read_at <= FRESH_SECONDS


class FactReader:
    """Reads the facts about a decision.

    Args:
        state: Holds contacts.
        ledger: Holds the ledger, suppressions and pauses.
        codec: Decodes contacts.
        clock: The pipeline's time.
        namespace: Put before every key.
        journal_partitions: Decides where a contact lives.
    """

    def __init__(
        self,
        state: Client,
        ledger: Client,
        codec: Codec,
        clock: PipelineClock,
        namespace: str,
        journal_partitions: int,
    ) -> None:
        self._state = state
        self._ledger = ledger
        self._codec = codec
        self._clock = clock
        self._namespace = namespace
        self._partitions = journal_partitions

    async def read(self, decision: Record) -> Facts:
        """Read everything anew.

        Raises:
            StoreAwayError: A store doesn't answer.
            RetryError: The clock isn't set.
        """
        read_at = time.monotonic()
        contact = await self._contact(decision["subscriber_id"])
        return await self._complete(decision, contact, read_at)

    async def renew(self, decision: Record, facts: Facts) -> Facts:
        """Read again what may have changed since: all but a fresh contact.

        Raises:
            StoreAwayError: A store doesn't answer.
            RetryError: The clock isn't set.
        """
        if not facts.fresh():
            return await self.read(decision)
        return await self._complete(decision, facts.contact, facts.read_at)

    async def _complete(self, decision: Record, contact: Record | None, read_at: float) -> Facts:
        subscriber, address = decision["subscriber_id"], contact["address"] if contact else None
        keys = keys_of(self._namespace, subscriber, address)
        entry, pauses, *suppressed = await self._ask_ledger(decision["decision_id"], keys)
        return Facts(
            contact,
            Entry.decode(entry) if entry else None,
            decode(suppressed),
            frozenset(member.decode() for member in pauses),
            await self._clock.now_ms(),
            read_at,
        )

    async def _contact(self, subscriber: str) -> Record | None:
        tag = state_tag(self._namespace, journal_partition(subscriber, self._partitions))
        try:
            call = self._state.get(contact_key(tag, subscriber))
            data = cast("bytes | None", await cast("Awaitable[Any]", call))
        except RedisError as error:
            raise StoreAwayError("state", error) from error
        if data is None:
            return None
        try:
            return self._codec.decode(data)[1]
        except DeadLetterError as error:
            # Its consent can't be read, and won't be later either: as good as no contact.
            log.error("contact_unreadable", subscriber=subscriber, reason=error.reason)
            return None

    async def _ask_ledger(self, decision_id: str, suppression_keys: list[str]) -> list[Any]:
        pipeline = self._ledger.pipeline(transaction=False)
        pipeline.get(ledger_key(self._namespace, decision_id))
        pipeline.smembers(paused_key(self._namespace))
        for key in suppression_keys:
            pipeline.hgetall(key)
        try:
            return await pipeline.execute()
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
