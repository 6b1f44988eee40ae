"""Complaint rates that operators import, such as those of Google's Postmaster Tools.

One hash in the ledger Redis; a field is `day|provider|stream|message`, stream and message empty
for all. Importing a day again replaces it.
"""

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, cast

import msgspec

from runtime.redis_client import Client
from senders.guardrails.counts import KEPT_DAYS


@dataclass(frozen=True, slots=True)
class Imported:
    """A day's complaint rate at a provider.

    Attributes:
        day: Counted from 1970, UTC.
        provider: The mailbox provider's class.
        rate: Complaints as a share of mails, 0 to 1.
        stream: The message stream it is of, or empty for all.
        message: The message it is of, or empty for all.
        accepted: The mails it is a share of; 0 where that isn't told, and our own count is taken.
    """

    day: int
    provider: str
    rate: float
    stream: str = ""
    message: str = ""
    accepted: int = 0

    def is_of(self, provider: str, message: str) -> bool:
        """Whether it is of this provider and of exactly this message, or all."""
        return self.provider == provider and self.message == message


def imported_key(namespace: str) -> str:
    """Where the rates live."""
    return f"{namespace}complaint-rates"


async def store(ledger: Client, namespace: str, rates: Iterable[Imported]) -> None:
    """Keep rates, and drop those that are too old to count.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    key = imported_key(namespace)
    kept = {_field(rate): msgspec.json.encode((rate.rate, rate.accepted)) for rate in rates}
    if not kept:
        return
    known = await read(ledger, namespace)
    newest = max([int(field.split("|")[0]) for field in kept] + [rate.day for rate in known])
    old = [_field(rate) for rate in known if rate.day <= newest - KEPT_DAYS]
    pipeline = ledger.pipeline(transaction=False)
    if gone := [field for field in old if field not in kept]:
        pipeline.hdel(key, *gone)
    for field, value in kept.items():
        pipeline.hset(key, field, value.decode())
    await cast("Awaitable[Any]", pipeline.execute())


async def read(ledger: Client, namespace: str) -> list[Imported]:
    """All rates that are kept.

    Raises:
        redis.exceptions.RedisError: The ledger doesn't answer.
    """
    call = ledger.hgetall(imported_key(namespace))
    stored = await cast("Awaitable[dict[bytes, bytes]]", call)
    return [_decode(field.decode(), value) for field, value in stored.items()]


def _field(rate: Imported) -> str:
    return f"{rate.day}|{rate.provider}|{rate.stream}|{rate.message}"


def _decode(field: str, value: bytes) -> Imported:
    day, provider, stream, message = field.split("|")
    rate, accepted = msgspec.json.decode(value, type=tuple[float, int])
    return Imported(int(day), provider, rate, stream, message, accepted)
