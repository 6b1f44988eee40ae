"""How long a person usually lets pass between orders: a bounded estimate, their own."""

from models.decay import DAY_MS
from models.past import Past

_MEMORY = 6
"""How many of the last intervals the mean follows, about."""
_SAME_MS = DAY_MS
"""Orders less than this apart are one errand, not an interval."""


def note(past: Past, before_ms: int, at_ms: int) -> None:
    """Take the interval that ends with an order.

    Args:
        past: The person's past.
        before_ms: The newest order before it; 0 for none.
        at_ms: The order; one older than `before_ms` tells nothing.
    """
    interval_ms = at_ms - before_ms
    if not before_ms or interval_ms < _SAME_MS:
        return
    past.order_intervals = min(past.order_intervals + 1, _MEMORY)
    past.order_interval_ms += (interval_ms - past.order_interval_ms) // past.order_intervals


def merge(past: Past, other: Past) -> None:
    """Take over what another profile of the same person knows."""
    count = past.order_intervals + other.order_intervals
    if count:
        total = past.order_interval_ms * past.order_intervals
        total += other.order_interval_ms * other.order_intervals
        past.order_interval_ms = total // count
        past.order_intervals = min(count, _MEMORY)
