"""The catalog as decisions read it: by product, and by category with the best first.

The shelf of a category is put in order when first asked for and forgotten when a product of that
category changes, so reading the whole catalog at start orders nothing.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from models.step import Record

SHELF = 20
"""How many products of a category are ever considered."""


CHANGES = 10_000
"""Changes remembered for those who follow."""
_MONTH_MS = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed since a reader last asked.

    Attributes:
        upto: What to ask with the next time.
        products: Ids; None for too many to tell: any may have.
    """

    upto: int
    products: tuple[str, ...] | None


class Catalog(Mapping[str, Record]):
    """Catalog records by product id."""

    def __init__(self, products: Mapping[str, Record] | None = None) -> None:
        self._products: dict[str, Record] = {}
        self._by_category: dict[str, set[str]] = {}
        self._shelves: dict[str, tuple[str, ...]] = {}
        self._prices: dict[str, list[tuple[int, float]]] = {}
        self._changed: deque[str] = deque(maxlen=CHANGES)
        self._changes = 0
        for record in (products or {}).values():
            self.put(record)

    def __getitem__(self, product_id: str) -> Record:
        return self._products[product_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._products)

    def __len__(self) -> int:
        return len(self._products)

    def find(self, product_id: str | None) -> Record | None:
        """The product's record; None where there is none. Cheaper than `get`."""
        return None if product_id is None else self._products.get(product_id)

    def put(self, record: Record) -> None:
        """Take over a catalog record, in place of an earlier one of the product."""
        product_id: str = record["product_id"]
        self._prices.setdefault(product_id, []).append((record["updated_at"], record["price"]))
        self.remove(product_id)
        self._products[product_id] = record
        category = record["category"]
        self._by_category.setdefault(category, set()).add(product_id)
        self._shelves.pop(category, None)

    def remove(self, product_id: str) -> None:
        """Forget a product; unknown ones are fine."""
        self._changes += 1
        self._changed.append(product_id)
        record = self._products.pop(product_id, None)
        if record is not None:
            category = record["category"]
            self._by_category[category].discard(product_id)
            self._shelves.pop(category, None)

    def shelf(self, category: str) -> tuple[str, ...]:
        """Products of a category that are in stock, best rated first, at most `SHELF`."""
        shelf = self._shelves.get(category)
        if shelf is None:
            there = (self._products[p] for p in self._by_category.get(category, ()))
            stocked = [r for r in there if r["stock"] > 0]
            stocked.sort(key=lambda r: (-(r.get("rating") or 0.0), r["product_id"]))
            shelf = tuple(r["product_id"] for r in stocked[:SHELF])
            self._shelves[category] = shelf
        return shelf

    def new_since(self, category: str, since_ms: int) -> tuple[str, ...]:
        """Products of a category that became available after an instant, the newest first."""
        there = [self._products[p] for p in self._by_category.get(category, ())]
        new = [r for r in there if r["stock"] > 0 and (r.get("since") or 0) > since_ms]
        return tuple(r["product_id"] for r in sorted(new, key=lambda r: -r["since"]))

    def lowest_price(self, product_id: str, now_ms: int) -> float | None:
        """The lowest price of the 30 days before the present one; None where it isn't known."""
        known = self._prices.get(product_id, [])
        before = [price for at, price in known[:-1] if at > now_ms - 2 * _MONTH_MS]
        return min(before, default=None)

    def changed(self, after: int) -> Changed:
        """What changed after an earlier answer's `upto`; 0 for everything since the start."""
        count = self._changes - after
        if not count:
            return Changed(self._changes, ())
        if count > len(self._changed):
            return Changed(self._changes, None)
        last = list(self._changed)[len(self._changed) - count :]
        return Changed(self._changes, tuple(dict.fromkeys(last)))

    def sold_out(self, product_id: str) -> bool:
        """Whether the catalog says that none is left; what it doesn't know is not sold out."""
        record = self._products.get(product_id)
        return record is not None and record["stock"] <= 0
