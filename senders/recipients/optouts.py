"""Withdrawals of consent: in force the moment they are written, told to the pipeline as events.

The suppression and the event still to be emitted are written to the ledger Redis, both before the
answer; see `senders.recipients.pending` for how the event leaves.
"""

from uuid import uuid4

from redis.exceptions import RedisError

from runtime.redis_client import Client
from senders.errors import StoreAwayError
from senders.links.tokens import Unsubscribe
from senders.person import person_fields
from senders.recipients.pending import PendingEvents
from senders.recipients.suppression import UNSUBSCRIBED, hash_key, person_key


class OptOuts:
    """Writes withdrawals.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        pending: Takes their events.
    """

    def __init__(self, ledger: Client, namespace: str, pending: PendingEvents) -> None:
        self._ledger = ledger
        self._namespace = namespace
        self._pending = pending

    async def write(self, target: Unsubscribe, now_ms: int) -> str:
        """Put a withdrawal in force; durable when this returns.

        Returns:
            The id of the event still to be emitted.

        Raises:
            StoreAwayError: It could not be written; nothing is promised then.
        """
        event_id = str(uuid4())
        event = {
            "event_id": event_id,
            "occurred_at": now_ms,
            **person_fields(target.subscriber),
            "action": "opt_out",
            "purpose": target.purpose,
            "decision_id": target.decision_id,
        }
        # Not a transaction, which a cluster could not run: where only a part was written nothing
        # was promised, and each part for itself does no harm.
        pipeline = self._ledger.pipeline(transaction=False)
        for key in (
            hash_key(self._namespace, target.address_hash),
            person_key(self._namespace, target.subscriber),
        ):
            pipeline.hset(key, UNSUBSCRIBED, str(now_ms))
        self._pending.put_in(pipeline, "consent", event)
        try:
            await pipeline.execute()
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        return event_id
