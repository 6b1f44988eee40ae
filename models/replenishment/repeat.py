"""A product that somebody buys again and again, and how often."""

import msgspec


class Repeat(msgspec.Struct, array_like=True, gc=False):
    """A product bought more than once.

    Attributes:
        times: How often it was bought, in orders that are days apart.
        interval_ms: Mean time from one of them to the next, milliseconds.
        last_ms: The last order with it, epoch milliseconds.
        told: Whether it was decided since then to tell of it, or not to.
    """

    product_id: str
    times: int
    interval_ms: int
    last_ms: int
    told: bool = False
