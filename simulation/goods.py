"""What the simulated shop sells: twelve categories with some products each, none sold out."""

from dataclasses import dataclass
from typing import Any

from models.catalog import Catalog
from schemas.catalog_entry import Entry
from simulation.luck import generator

Record = dict[str, Any]

CATEGORIES: dict[str, float] = {
    "books": 18.0,
    "coffee": 22.0,
    "toys": 28.0,
    "bath": 32.0,
    "prints": 40.0,
    "garden": 45.0,
    "kitchen": 60.0,
    "lighting": 75.0,
    "running": 95.0,
    "outdoor": 110.0,
    "audio": 150.0,
    "furniture": 240.0,
}
"""Category to a typical price. Assumption: a mixed shop whose mean order is near 75."""

TYPICAL_PRICE = 75.0
PER_CATEGORY = 8


@dataclass(frozen=True, slots=True)
class Goods:
    """The products, as decisions see them and as visitors walk by them.

    Attributes:
        catalog: What the pipeline is told.
        shelves: By category, in the order of `CATEGORIES`: its products.
        prices: Mean price by category, in that order.
    """

    catalog: Catalog
    shelves: tuple[tuple[Entry, ...], ...]
    prices: tuple[float, ...]

    def price(self, product_id: str) -> float:
        """A product's price; 0 for one that isn't there."""
        record = self.catalog.find(product_id)
        return record.price if record is not None else 0.0

    def category(self, product_id: str) -> str:
        """A product's category; empty for one that isn't there."""
        record = self.catalog.find(product_id)
        return record.category if record is not None else ""


def make_goods(
    seed: int, at_ms: int, per_category: int = PER_CATEGORY, differences: float = 1.0
) -> Goods:
    """The same products for the same seed.

    Args:
        seed: The run's.
        per_category: Products of each category.
        differences: How far prices differ: 1 as `CATEGORIES` has them, 0 not at all.
        at_ms: When they became true, epoch milliseconds.
    """
    source = generator(seed, "goods")
    shelves: list[tuple[Entry, ...]] = []
    catalog = Catalog()
    for category, usual in CATEGORIES.items():
        typical = usual**differences * TYPICAL_PRICE ** (1.0 - differences)
        shelf: list[Entry] = []
        for number in range(per_category):
            product_id = f"{category}-{number}"
            record: Record = {
                "product_id": product_id,
                "name": product_id,
                "category": category,
                "price": round(
                    max(2.0, typical * float(source.lognormal(0.0, 0.3 * differences))), 2
                ),
                "currency": "EUR",
                "stock": 1_000,
                "rating": round(min(5.0, max(1.0, float(source.normal(4.1, 0.5)))), 1),
                "url": None,
                "image_url": None,
                "updated_at": at_ms,
                "kind": "product",
            }
            catalog.put(record)
            shelf.append(catalog[product_id])
        for record in _around(category, shelf[0].product_id, at_ms):
            catalog.put(record)
        shelves.append(tuple(shelf))
    prices = tuple(sum(entry.price for entry in shelf) / len(shelf) for shelf in shelves)
    return Goods(catalog, tuple(shelves), prices)


def _around(category: str, product_id: str, at_ms: int) -> list[Record]:
    """An article about a category and a review of one of its products; neither is for sale."""
    unsold = {"category": category, "price": 0.0, "stock": 0, "updated_at": at_ms}
    return [
        {
            **unsold,
            "product_id": f"guide-{category}",
            "name": f"How to choose from {category}",
            "kind": "article",
            "about": [category],
        },
        {
            **unsold,
            "product_id": f"review-{product_id}",
            "name": f"On {product_id}",
            "kind": "review",
            "rating": 4.5,
            "about": [product_id],
        },
    ]
