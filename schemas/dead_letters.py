"""Turning a record that can't be applied into a dead letter."""

from hashlib import sha256
from typing import Any

from schemas.errors import DeadLetterError

MAX_KEPT_BYTES = 65_536
"""Longest value kept whole; of a longer one its hash, size and first bytes stay."""


def dead_letter(
    error: DeadLetterError,
    *,
    stage: str,
    topic: str,
    partition: int,
    offset: int,
    timestamp_ms: int,
    key: bytes | None,
    value: bytes | None,
    personal: bool,
) -> dict[str, Any]:
    """Describe why a record was put aside.

    Args:
        error: The reason.
        stage: intake, worker, trainer or sender.
        topic: Where the record stood first; with partition and offset it makes the id, so that a
            repeat is recognised.
        partition: Its partition there.
        offset: Its offset there.
        timestamp_ms: The broker's timestamp of it, epoch milliseconds.
        key: Its key.
        value: Its value.
        personal: Whether it holds personal data, as far as can be known; see `schemas.personal`.
            Its value and key are left out then: dead letters stay for longer than the events
            they are about, and personal data belongs in no further place.
    """
    data = value or b""
    kept = b"" if personal else data[:MAX_KEPT_BYTES]
    return {
        "dead_letter_id": f"{topic}/{partition}/{offset}",
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "timestamp": timestamp_ms,
        "stage": stage,
        "reason": error.reason,
        "detail": error.detail[:500],
        "size_bytes": len(data),
        "sha256": sha256(data).hexdigest(),
        "value": kept,
        "truncated": len(kept) < len(data),
        # Product apps choose the key freely, so it may be an address too.
        "key": key[:1024] if key is not None and not personal else None,
    }
