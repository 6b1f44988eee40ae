"""Who must not be mailed: by hash of the address and by person, in the ledger Redis.

An entry is a Redis hash of reason to time, so that one reason never hides another.
"""

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, cast

from runtime.mailbox import parse_address
from runtime.redis_client import Client
from runtime.redis_line import pairs
from schemas.keys import address_hash

UNSUBSCRIBED: Final = "unsubscribed"
PERMANENT_FAILURE: Final = "permanent_failure"
COMPLAINT: Final = "complaint"
CHRONIC_BOUNCE: Final = "chronic_bounce"
NOT_ENGAGED: Final = "not_engaged"
MANUAL: Final = "manual"
IMPORTED: Final = "imported"
PAUSED_UNTIL: Final = "paused_until"
"""Of a person: mail is put off; its time is until when, not since when."""
TOPIC_OFF: Final = "topic:"
"""Of a person: begins the reason that a topic of the preference centre is turned off."""
MARKETING: Final = "marketing"
TRANSACTIONAL: Final = "transactional"


@dataclass(frozen=True, slots=True)
class Reason:
    """What a reason on record against an address means.

    Attributes:
        means: In words.
        holds_all: Whether it holds back what is owed to them too. What people or their silence say
            to promotions doesn't.
        protected: Whether mailing them again costs a sender's reputation: not taken off by a slip.
    """

    means: str
    holds_all: bool
    protected: bool = False


REASONS: Final[Mapping[str, Reason]] = {
    MANUAL: Reason("an operator said so", holds_all=True),
    IMPORTED: Reason("came from a list", holds_all=True),
    PERMANENT_FAILURE: Reason("the mailbox is dead", holds_all=True, protected=True),
    CHRONIC_BOUNCE: Reason("the mailbox has been refusing mail for weeks", holds_all=True),
    COMPLAINT: Reason("reported a mail as spam", holds_all=False, protected=True),
    UNSUBSCRIBED: Reason("withdrew consent, until they give it anew", holds_all=False),
    NOT_ENGAGED: Reason("hasn't reacted to mail for very long", holds_all=False),
}
"""Every reason there is against an address."""


@dataclass(frozen=True, slots=True)
class Suppression:
    """One reason not to mail.

    Attributes:
        reason: One of `REASONS`, `PAUSED_UNTIL`, or `TOPIC_OFF` and a topic's name.
        at_ms: Since when, by the pipeline's clock, epoch milliseconds; until when for
            `paused_until`.
    """

    reason: str
    at_ms: int

    def stands(self, consented_at_ms: int) -> bool:
        """Whether it holds against a consent given at `consented_at_ms`.

        A withdrawal is overcome by a later opt-in; a dead mailbox is not.
        """
        return self.reason != UNSUBSCRIBED or consented_at_ms <= self.at_ms


def blocks(reason: str, kind: str) -> bool:
    """Whether a reason on record is one against mail of a kind.

    Args:
        reason: As in `Suppression`.
        kind: A decision's: `transactional`; anything else counts as marketing.

    Returns:
        For marketing always True. For transactional mail False only for what speaks of marketing
        alone: a dead mailbox, a block by hand and any reason not known here hold back all mail.
    """
    if kind != TRANSACTIONAL:
        return True
    if reason == PAUSED_UNTIL or reason.startswith(TOPIC_OFF):
        return False
    known = REASONS.get(reason)
    return known is None or known.holds_all


def hash_key(namespace: str, digest: str) -> str:
    """The entry for an address, by `digest_of` it."""
    return f"{namespace}suppressed:{digest}"


@lru_cache(maxsize=4_096)  # asked again at each look at a decision, and for each link
def digest_of(address: str) -> str:
    """The hash of an address in the form it is mailed to, so that spellings of it agree."""
    parsed = parse_address(address)
    return address_hash(parsed.mailbox if parsed else address)


def person_key(namespace: str, subscriber: str) -> str:
    """The entry for a person, whatever their address."""
    return f"{namespace}suppressed:person:{subscriber}"


def keys_of(namespace: str, subscriber: str, address: str | None) -> list[str]:
    """Every key under which a person may be suppressed."""
    keys = [person_key(namespace, subscriber)]
    if address:
        keys.append(hash_key(namespace, digest_of(address)))
    return keys


def decode(stored: Sequence[Any]) -> list[Suppression]:
    """The entries among what `HGETALL` of each of `keys_of` gave."""
    return [
        Suppression(reason.decode(), int(at_ms))
        for entry in stored
        for reason, at_ms in pairs(entry)
    ]


async def suppress_address(
    ledger: Client, namespace: str, address: str, suppression: Suppression
) -> None:
    """Put an address on record.

    Raises:
        redis.exceptions.RedisError: It could not be written.
    """
    key = hash_key(namespace, digest_of(address))
    await cast("Awaitable[Any]", ledger.hset(key, suppression.reason, str(suppression.at_ms)))
