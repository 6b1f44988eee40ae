"""What people choose in the preference centre: durable, and in force on what is queued, when saved.

What must stop mails at once stands in the ledger beside the suppressions of the person, where
senders look after their last wait: `paused_until` (epoch milliseconds until which nothing may
leave) and `topic:<name>` (since when nothing of a topic may). The `consent` event that tells the
pipeline is written with it and leaves afterwards, as a withdrawal's does. Until the contact record
has it, a copy of the choices stands in for what is not yet there.
"""

from collections.abc import Awaitable, Sequence
from datetime import UTC, datetime, time, tzinfo
from typing import Any, Final, cast
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from redis.exceptions import RedisError

from runtime.redis_client import Client, get_bytes
from schemas.codec import Record
from senders.errors import StoreAwayError
from senders.links.tokens import Preferences
from senders.person import person_fields
from senders.recipients.chosen import Chosen, chosen
from senders.recipients.pending import PendingEvents
from senders.recipients.suppression import person_key

PAUSED_UNTIL: Final = "paused_until"
TOPIC: Final = "topic:"
UNDER_WAY_MS: Final = 600_000
"""So long the copy counts, whatever else reached the contact record meanwhile: another event may
overtake that of the choices."""
COPY_MS: Final = 30 * 86_400_000
"""How long the copy stays, should the event never reach the contact record."""


class _Copy(msgspec.Struct, array_like=True):
    at_ms: int
    preferences: dict[str, str]


class Choices:
    """Reads and writes choices.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        pending: Takes the events.
    """

    def __init__(self, ledger: Client, namespace: str, pending: PendingEvents) -> None:
        self._ledger = ledger
        self._namespace = namespace
        self._pending = pending

    async def of(self, subscriber: str, contact: Record | None, now_ms: int) -> Chosen:
        """What a person has chosen, the latest included.

        Args:
            subscriber: The subscriber key.
            contact: Their contact record, or None.
            now_ms: The pipeline's time, epoch milliseconds.

        Raises:
            StoreAwayError: The ledger doesn't answer.
        """
        try:
            stored = await get_bytes(self._ledger, self._copy_key(subscriber))
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        copy = None if stored is None else msgspec.json.decode(stored, type=_Copy)
        if copy is not None:
            fresh = now_ms - copy.at_ms < UNDER_WAY_MS
            if fresh or contact is None or contact["updated_at"] < copy.at_ms:
                return chosen(copy.preferences)
        return chosen(contact["preferences"] if contact is not None else {})

    async def write(
        self,
        target: Preferences,
        made: Chosen,
        topics: Sequence[str],
        contact: Record | None,
        now_ms: int,
    ) -> None:
        """Put choices in force; durable when this returns.

        Args:
            target: Whose they are, and from which mail.
            made: The choices.
            topics: Every topic that could be chosen.
            contact: The contact record, for the time zone of a pause; None where there is none.
            now_ms: The pipeline's time, epoch milliseconds.

        Raises:
            StoreAwayError: They could not be written; nothing is promised then.
        """
        event = {
            "event_id": str(uuid4()),
            "occurred_at": now_ms,
            **person_fields(target.subscriber),
            "action": "preferences",
            "preferences": made.stored(),
            "decision_id": target.decision_id,
        }
        key = person_key(self._namespace, target.subscriber)
        # Not a transaction, which a cluster could not run; see `senders.recipients.optouts`.
        pipeline = self._ledger.pipeline(transaction=False)
        for topic in made.topics_off:
            pipeline.hset(key, TOPIC + topic, str(now_ms))
        on = [TOPIC + topic for topic in topics if topic not in made.topics_off]
        until_ms = paused_until_ms(made, contact)
        if until_ms > now_ms:
            pipeline.hset(key, PAUSED_UNTIL, str(until_ms))
        else:
            on.append(PAUSED_UNTIL)
        if on:
            pipeline.hdel(key, *on)
        copy = msgspec.json.encode(_Copy(now_ms, made.stored())).decode()
        pipeline.set(self._copy_key(target.subscriber), copy, px=COPY_MS)
        self._pending.put_in(pipeline, "consent", event)
        try:
            await cast("Awaitable[Any]", pipeline.execute())
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error

    def _copy_key(self, subscriber: str) -> str:
        return f"{self._namespace}choices:{subscriber}"


def paused_until_ms(made: Chosen, contact: Record | None) -> int:
    """When a pause ends, epoch milliseconds: as its last day does where the person lives; or 0."""
    if made.pause_until is None:
        return 0
    ends = datetime.combine(made.pause_until, time(), zone_of(contact))
    return int(ends.timestamp() * 1000)


def zone_of(contact: Record | None) -> tzinfo:
    """A contact's time zone; UTC where none is known."""
    name = contact["time_zone"] if contact is not None else None
    try:
        return ZoneInfo(name) if name else UTC
    except (LookupError, OSError, ValueError):
        return UTC
