"""How often an address may be asked to confirm an opt-in, whoever fills in the form, and as whom.

The programme limits it for each person; a shop may make a new person of each form that is filled
in, and so be used to flood somebody's mailbox.
"""

from typing import Final

from redis.exceptions import RedisError

from runtime.redis_client import Client
from senders.errors import StoreAwayError

MOST_ASKS: Final = 3
"""Mails that ask an address …"""
WITHIN_MS: Final = 30 * 86_400_000
"""… in this time, counted back from the next one."""

# KEYS: the address' asks, by time. ARGV: the mail, now, since when they count, how many may be.
_ASK = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[3])
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 1 end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2] - ARGV[3])
return 1
"""


def asks_key(namespace: str, address_hash: str) -> str:
    """Where it stands when an address was asked, by hash."""
    return f"{namespace}asked:{address_hash}"


async def may_ask(
    ledger: Client, namespace: str, address_hash: str, decision_id: str, now_ms: int
) -> bool:
    """Whether a mail may ask an address to confirm; counted where it may, once for each decision.

    Args:
        ledger: The ledger Redis.
        namespace: Put before every key.
        address_hash: `senders.recipients.suppression.digest_of` the address.
        decision_id: The decision that the mail is of.
        now_ms: The pipeline's time, epoch milliseconds.

    Raises:
        StoreAwayError: The ledger doesn't answer; nothing may leave.
    """
    arguments = (decision_id, str(now_ms), str(now_ms - WITHIN_MS), str(MOST_ASKS))
    try:
        return bool(await ledger.eval(_ASK, 1, asks_key(namespace, address_hash), *arguments))
    except RedisError as error:
        raise StoreAwayError("ledger", error) from error
