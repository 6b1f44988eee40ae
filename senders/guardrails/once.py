"""Counting what became of a mail at most once, however often it is told."""

from collections.abc import Awaitable
from typing import Any, Final, cast

from runtime.redis_client import Client
from senders.guardrails.counts import DAY_MS, KEPT_DAYS, What, counts_key, day_of, field_of
from senders.links.sent import KEPT_MS, Sent
from senders.links.verp import mail_id

# KEYS: the counts of a stream and day; the mails counted there, in the same cluster slot.
# ARGV: the mail and what became of it, the counts' field, how long to keep both, seconds.
_COUNT_ONCE: Final = """
if redis.call('SADD', KEYS[2], ARGV[1]) == 0 then return 0 end
redis.call('HINCRBY', KEYS[1], ARGV[2], 1)
redis.call('EXPIRE', KEYS[1], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[3])
return 1
"""


def return_key(namespace: str, mail: str) -> str:
    """Where it stands what came back of a mail: what to when, and whether all of it is written."""
    return f"{namespace}returned:{mail}"


class CountOnce:
    """Counts in the ledger Redis.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
    """

    def __init__(self, ledger: Client, namespace: str) -> None:
        self._ledger = ledger
        self._namespace = namespace
        self._script = ledger.register_script(_COUNT_ONCE)

    async def first_told(self, sent: Sent, what: str, now_ms: int) -> int:
        """When something was first told of a mail, which is now if it never was.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
        """
        key = return_key(self._namespace, mail_id(sent.decision_id))
        pipeline = self._ledger.pipeline(transaction=False)
        pipeline.hsetnx(key, what, str(now_ms))
        pipeline.hget(key, what)
        pipeline.pexpire(key, KEPT_MS)
        _new, first, _expires = await cast("Awaitable[Any]", pipeline.execute())
        return int(first)

    async def count(self, what: What, sent: Sent, at_ms: int) -> bool:
        """Count it on the day it was first told; False where that was done before.

        Args:
            what: What became of the mail.
            sent: The mail.
            at_ms: When it was first told, epoch milliseconds.

        Raises:
            redis.exceptions.RedisError: The ledger doesn't answer.
        """
        counts = counts_key(self._namespace, sent.stream, day_of(at_ms))
        counted = await cast(
            "Awaitable[Any]",
            self._script(
                # A hash tag that is the counts' whole key places both in one slot of a cluster.
                keys=[counts, f"{{{counts}}}:mails"],
                args=[
                    f"{mail_id(sent.decision_id)}:{what}",
                    field_of(sent, what),
                    KEPT_DAYS * DAY_MS // 1000,
                ],
            ),
        )
        return bool(counted)
