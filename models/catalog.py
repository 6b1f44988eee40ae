"""The catalog as decisions read it: by product, and by category with the best first.

The shelf of a category is put in order when first asked for and forgotten when a product of that
category changes, so reading the whole catalog at start orders nothing.
"""

from collections.abc import Iterator, Mapping

from models.step import Record

SHELF = 20
"""How many products of a category are ever considered."""


class Catalog(Mapping[str, Record]):
    """Catalog records by product id."""

    def __init__(self, products: Mapping[str, Record] | None = None) -> None:
        self._products: dict[str, Record] = {}
        self._by_category: dict[str, set[str]] = {}
        self._shelves: dict[str, tuple[str, ...]] = {}
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
        self.remove(product_id)
        self._products[product_id] = record
        category = record["category"]
        self._by_category.setdefault(category, set()).add(product_id)
        self._shelves.pop(category, None)

    def remove(self, product_id: str) -> None:
        """Forget a product; unknown ones are fine."""
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

    def sold_out(self, product_id: str) -> bool:
        """Whether the catalog says that none is left; what it doesn't know is not sold out."""
        record = self._products.get(product_id)
        return record is not None and record["stock"] <= 0
