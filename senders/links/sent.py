"""What is remembered of each mail that left, so that a bounce or complaint finds whom it is about.

One entry in the ledger Redis by `senders.links.verp.mail_id`, written with the claim, before the
mail can leave. It holds ids and a hash, no address.
"""

from collections.abc import Awaitable
from typing import Any, Final, cast

import msgspec

from runtime.redis_client import Client

KEPT_MS: Final = 90 * 86_400_000
"""Bounces come within a week, complaints within a month or two."""


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """A mail that was handed over.

    Attributes:
        decision_id: Its decision.
        subscriber: The subscriber key.
        address_hash: `senders.recipients.suppression.digest_of` the address it went to.
        message: The message's name.
        stream: The message stream.
        provider: The mailbox provider's class.
        kind: marketing or transactional.
        flow: The flow that decided it.
        at_ms: When it left, by the pipeline's clock, epoch milliseconds; 0 where that isn't known.
    """

    decision_id: str
    subscriber: str
    address_hash: str
    message: str
    stream: str = "marketing"
    provider: str = "default"
    kind: str = "marketing"
    flow: str = ""
    at_ms: int = 0


def sent_key(namespace: str, mail: str) -> str:
    """Where a mail's entry lives, by `senders.links.verp.mail_id`."""
    return f"{namespace}mail:{mail}"


def encode(sent: Sent) -> bytes:
    """The stored form."""
    return msgspec.json.encode(sent)


async def find(ledger: Client, namespace: str, mail: str) -> Sent | None:
    """The mail of an id, or None where it isn't known (any more).

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    call = ledger.get(sent_key(namespace, mail))
    data = cast("bytes | None", await cast("Awaitable[Any]", call))
    return None if data is None else msgspec.json.decode(data, type=Sent)
