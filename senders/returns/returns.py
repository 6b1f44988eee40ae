"""Bounces and complaints, from wherever they come: in force when written, counted once, told once.

Everything goes to the ledger Redis before this answers: the suppression, the count that guardrails
go by, and the `delivery` event still to be emitted. A report that comes again, after a crash in the
middle too, ends what is unfinished and changes nothing else.
"""

import re
from collections.abc import Awaitable
from typing import Any, Final, Literal, cast

from redis.exceptions import RedisError

from runtime.redis_client import Client
from senders.errors import StoreAwayError
from senders.guardrails.counts import DAY_MS, What
from senders.guardrails.once import CountOnce, return_key
from senders.links.sent import KEPT_MS, Sent
from senders.links.verp import mail_id
from senders.person import person_fields
from senders.recipients.pending import PendingEvents
from senders.recipients.suppression import PERMANENT_FAILURE, hash_key, person_key
from senders.returns.reasons import ABOUT_THE_MAILBOX

Kind = Literal["hard", "soft", "complaint"]
COMPLAINT: Final = "complaint"
CHRONIC: Final = "chronic_bounce"

CHRONIC_BOUNCES: Final = 5
"""So many different mails must have come back softly …"""
CHRONIC_WITHIN_MS: Final = 60 * DAY_MS
"""… in this time …"""
CHRONIC_SPAN_MS: Final = 10 * DAY_MS
"""… the first and the last at least so far apart: a holiday's full mailbox is not a dead one."""

_COUNTED: Final[dict[Kind, What]] = {
    "hard": "hard_bounce",
    "soft": "soft_bounce",
    "complaint": "complaint",
}
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def soft_key(namespace: str, digest: str) -> str:
    """An address' mails that came back softly, by time."""
    return f"{namespace}soft:{digest}"


class Returns:
    """Writes what came back.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        pending: Takes the events.
    """

    def __init__(self, ledger: Client, namespace: str, pending: PendingEvents) -> None:
        self._ledger = ledger
        self._namespace = namespace
        self._pending = pending
        self._counts = CountOnce(ledger, namespace)

    async def bounced(
        self, sent: Sent, *, hard: bool, status: str, reason: str, source: str, now_ms: int
    ) -> bool:
        """Take a bounce; durable when this returns.

        A hard one suppresses the address, at once and for good. A soft one doesn't, unless the
        mailbox goes on so: see `CHRONIC_BOUNCES`.

        Args:
            sent: The mail.
            hard: Whether the address is dead.
            status: Enhanced status code (RFC 3463); anything else counts as none.
            reason: One of `senders.returns.reasons.REASONS`.
            source: Who told: dsn, ses or sendgrid.
            now_ms: The pipeline's time.

        Returns:
            Whether it was news.

        Raises:
            StoreAwayError: It could not be written; take the same report again.
        """
        kind: Kind = "hard" if hard else "soft"
        found = {
            "status": "bounced",
            "bounce": kind,
            "enhanced": status if _STATUS.fullmatch(status) else None,
            "detail": reason or None,
            "source": source,
        }
        return await self._take(sent, kind, found, now_ms)

    async def complained(self, sent: Sent, *, source: str, now_ms: int) -> bool:
        """Take a complaint; durable when this returns. It suppresses address and person for good.

        Args:
            sent: The mail.
            source: Who told: arf, ses or sendgrid.
            now_ms: The pipeline's time.

        Returns:
            Whether it was news.

        Raises:
            StoreAwayError: It could not be written; take the same report again.
        """
        return await self._take(
            sent, "complaint", {"status": "complained", "source": source}, now_ms
        )

    async def _take(self, sent: Sent, kind: Kind, found: dict[str, Any], now_ms: int) -> bool:
        mail = mail_id(sent.decision_id)
        try:
            at_ms, done = await self._begin(mail, kind, now_ms)
            if done:
                return False
            await self._write(sent, mail, kind, found, at_ms)
            await self._counts.count(_COUNTED[kind], sent, at_ms)
            # Last, so that whatever stops this in the middle is made up for by the next report.
            done_call = self._ledger.hset(return_key(self._namespace, mail), f"{kind}:done", "1")
            await cast("Awaitable[Any]", done_call)
        except RedisError as error:
            raise StoreAwayError("ledger", error) from error
        return True

    async def _begin(self, mail: str, kind: Kind, now_ms: int) -> tuple[int, bool]:
        """When it was first told, so that a repeat writes the same, and whether all is written."""
        key = return_key(self._namespace, mail)
        pipeline = self._ledger.pipeline(transaction=False)
        pipeline.hsetnx(key, kind, str(now_ms))
        pipeline.hmget(key, [kind, f"{kind}:done"])
        pipeline.pexpire(key, KEPT_MS)
        _new, (first, done), _expires = await cast("Awaitable[Any]", pipeline.execute())
        return int(first), done is not None

    async def _write(
        self, sent: Sent, mail: str, kind: Kind, found: dict[str, Any], at_ms: int
    ) -> None:
        # Not a transaction, which a cluster could not run: each part for itself does no harm.
        pipeline = self._ledger.pipeline(transaction=False)
        address = hash_key(self._namespace, sent.address_hash)
        if kind == "hard":
            pipeline.hset(address, PERMANENT_FAILURE, str(at_ms))
        elif kind == "complaint":
            pipeline.hset(address, COMPLAINT, str(at_ms))
            pipeline.hset(person_key(self._namespace, sent.subscriber), COMPLAINT, str(at_ms))
        elif found["detail"] in ABOUT_THE_MAILBOX and await self._is_chronic(sent, mail, at_ms):
            pipeline.hset(address, CHRONIC, str(at_ms))
        self._pending.put_in(pipeline, "delivery", delivery_event(sent, found, at_ms))
        await cast("Awaitable[Any]", pipeline.execute())

    async def _is_chronic(self, sent: Sent, mail: str, at_ms: int) -> bool:
        key = soft_key(self._namespace, sent.address_hash)
        pipeline = self._ledger.pipeline(transaction=False)
        pipeline.zadd(key, {mail: at_ms})
        pipeline.zremrangebyscore(key, "-inf", at_ms - CHRONIC_WITHIN_MS)
        pipeline.pexpire(key, CHRONIC_WITHIN_MS)
        pipeline.zrange(key, 0, -1, withscores=True)
        *_others, bounces = await cast("Awaitable[Any]", pipeline.execute())
        times = [time_ms for _mail, time_ms in bounces]
        return len(times) >= CHRONIC_BOUNCES and times[-1] - times[0] >= CHRONIC_SPAN_MS


def delivery_event(sent: Sent, found: dict[str, Any], at_ms: int) -> dict[str, Any]:
    """The event to report; its id is the same whenever the same is told of the same mail.

    Args:
        sent: The mail.
        found: What is told of it: `status`, `source` and, of bounces, `bounce`, `enhanced` and
            `detail`.
        at_ms: When it was first told.
    """
    return {
        "event_id": f"{sent.decision_id}:{found['status']}",
        "occurred_at": at_ms,
        **person_fields(sent.subscriber),
        "decision_id": sent.decision_id,
        "provider": sent.provider,
        "message": sent.message,
        "stream": sent.stream,
        **found,
    }
