"""Whether a sender may write to everybody: asked once, at its start."""

import time

from redis.exceptions import RedisError

from runtime.redis_client import Client
from runtime.settings import Settings
from senders.errors import NotPreflightedError, StoreAwayError
from senders.preflight.record import load, missing
from senders.preflight.target import target_of

EVERYBODY = "*"


async def check_preflight(settings: Settings, ledger: Client, *, direct: bool = False) -> None:
    """Refuse to write to everybody from a set-up that no preflight has passed.

    A sender whose allow-list names its recipients is let go: that is how one tries it out.

    Args:
        settings: All settings.
        ledger: Holds the last preflight.
        direct: Whether any provider is sent to directly.

    Raises:
        NotPreflightedError: Says what is missing.
        StoreAwayError: The ledger doesn't answer.
    """
    sender = settings.sender
    if EVERYBODY not in sender.allow_recipients:
        return
    try:
        report = await load(ledger, settings.namespace)
    except RedisError as error:
        raise StoreAwayError("ledger", error) from error
    fingerprint = target_of(settings, direct=direct).fingerprint
    now_ms = time.time_ns() // 1_000_000
    problems = missing(
        report, fingerprint, sender.preflight_overrides, now_ms, sender.preflight_valid_days
    )
    if problems:
        raise NotPreflightedError(problems)
