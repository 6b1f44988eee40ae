"""What products cost before: the lowest price of the 30 days before the present one.

Directive 98/6/EC, Article 6a (the Omnibus directive): who announces a price reduction names the
lowest price of the 30 days before it. A price that can't be known for all of them isn't named, and
one that must be rounded is rounded down: a prior price may be too low, never too high.
"""

from array import array
from typing import Final

import msgspec

from models.decay import DAY_MS

WINDOW_MS: Final = 30 * DAY_MS
"""How long before the present price prior prices count."""
KEPT_MS: Final = 31 * DAY_MS
"""How long after a price became valid its history is told; it is kept for up to twice as long."""
MOST_PRICES: Final = 64
"""Prior prices kept of a product one by one; beyond, one for each day."""


class Past(msgspec.Struct, gc=False):
    """Prior prices of one product.

    Attributes:
        known_from: Since when every price is known, epoch milliseconds.
        lows: Pairs of the time a price ended and the price, both rising. A price that a lower one
            followed is never the lowest again and isn't kept.
    """

    known_from: int
    lows: "array[float]"


class PriceHistory:
    """Prior prices of products whose price changed lately, by product id.

    A product costs what has changed: nothing while its price stays.
    """

    def __init__(self) -> None:
        # What changed since the turn, and what last changed before it. At each turn what has not
        # changed for a whole `KEPT_MS` is let go of, without looking for it.
        self._young: dict[str, Past] = {}
        self._old: dict[str, Past] = {}
        self._turned_ms = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def ended(self, product_id: str, price: float, from_ms: int, until_ms: int) -> None:
        """Note a price that is no longer asked.

        Args:
            product_id: The product.
            price: What it cost.
            from_ms: Since when, epoch milliseconds.
            until_ms: Until when; where that is before the end of an earlier one, until then.
        """
        if until_ms >= self._turned_ms + KEPT_MS:
            self._old, self._young, self._turned_ms = self._young, {}, until_ms
        past = self._young.get(product_id)
        if past is None:
            past = self._old.pop(product_id, None) or Past(from_ms, array("d"))
            self._young[product_id] = past
        lows = past.lows
        until_ms = max(until_ms, int(lows[-2])) if lows else until_ms
        while lows and lows[-1] >= price:
            del lows[-2:]
        lows.extend((until_ms, price))
        while lows[0] <= until_ms - WINDOW_MS:
            del lows[:2]
        if len(lows) > 2 * MOST_PRICES:
            past.lows = _daily(lows)

    def forget(self, product_id: str) -> None:
        """Forget a product's prior prices; unknown ones are fine."""
        self._young.pop(product_id, None)
        self._old.pop(product_id, None)

    def lowest(self, product_id: str, before_ms: int, since_ms: int | None) -> float | None:
        """The lowest price in the 30 days before an instant.

        Args:
            product_id: The product.
            before_ms: When the present price became valid.
            since_ms: When the product became available, where that is known.

        Returns:
            None where not every price of those days is known.
        """
        past = self._young.get(product_id) or self._old.get(product_id)
        if past is None:
            return None
        first_ms = before_ms - WINDOW_MS
        if since_ms is not None and first_ms < since_ms < before_ms:
            first_ms = since_ms
        if past.known_from > first_ms:
            return None
        lows = past.lows
        for place in range(0, len(lows), 2):
            if lows[place] > before_ms - WINDOW_MS:
                return lows[place + 1]
        return None


def _daily(lows: "array[float]") -> "array[float]":
    """One price for each day: the lowest, until the last of the day ended."""
    kept: array[float] = array("d")
    for place in range(0, len(lows), 2):
        until_ms, price = lows[place], lows[place + 1]
        if kept and kept[-2] // DAY_MS == until_ms // DAY_MS:
            kept[-2] = until_ms
        else:
            kept.extend((until_ms, price))
    return kept
