"""The demo shop's catalog: some hundred products, the same for the same seed."""

import random
from typing import Any, Final

Record = dict[str, Any]
DAY_MS: Final = 86_400_000

SHOP_URL: Final = "https://shop.example"
"""A reserved domain (RFC 2606): nothing of the demo leads outside."""

CATEGORIES: Final[dict[str, tuple[float, tuple[str, ...]]]] = {
    "books": (18.0, ("Novel", "Atlas", "Biography", "Cookbook", "Notebook")),
    "coffee": (22.0, ("Espresso beans", "Filter roast", "Moka pot", "Grinder", "Cup set")),
    "garden": (45.0, ("Secateurs", "Raised bed", "Watering can", "Tulip bulbs", "Hedge trimmer")),
    "kitchen": (60.0, ("Chef's knife", "Casserole", "Chopping board", "Scale", "Blender")),
    "outdoor": (110.0, ("Tent", "Rucksack", "Camping stove", "Rain jacket", "Headlamp")),
    "running": (95.0, ("Road shoe", "Trail shoe", "Running vest", "Half-zip", "Cap")),
    "toys": (28.0, ("Wooden train", "Puzzle", "Kite", "Building blocks", "Board game")),
    "audio": (150.0, ("Headphones", "Bookshelf speaker", "Turntable", "Radio", "Microphone")),
    "lighting": (75.0, ("Desk lamp", "Pendant", "Floor lamp", "String lights", "Wall light")),
    "bath": (32.0, ("Towel set", "Soap", "Bath mat", "Shower caddy", "Robe")),
    "bikes": (260.0, ("City bike", "Pannier", "Helmet", "Floor pump", "Lock")),
    "prints": (40.0, ("Lithograph", "Map print", "Poster", "Photograph", "Linocut")),
}
"""Category to typical price and kinds of product."""

OLDEST_DAYS: Final = 400
"""How long ago the oldest products became available."""

_MAKES: Final = ("Alder", "Birch", "Corvid", "Dune", "Ember", "Fjord", "Gannet", "Harbour")


def make_catalog(seed: int, at_ms: int) -> dict[str, Record]:
    """Make the products by id: records as `schemas/avro/catalog.avsc` has them.

    Args:
        seed: The same seed gives the same products.
        at_ms: When they became true, epoch milliseconds.

    """
    rng = random.Random(f"catalog/{seed}")
    products: dict[str, Record] = {}
    for category, (typical, kinds) in CATEGORIES.items():
        for kind in kinds:
            for make in rng.sample(_MAKES, 6):
                product_id = f"P{len(products) + 1:04d}"
                price = max(1.0, typical * rng.lognormvariate(0.0, 0.45))
                products[product_id] = {
                    "product_id": product_id,
                    "name": f"{make} {kind}",
                    "category": category,
                    "price": round(price) - 0.05,
                    "currency": "EUR",
                    # A few are out of stock, so that the fence is seen at work.
                    "stock": 0 if rng.random() < 0.04 else rng.randint(3, 500),
                    "rating": round(min(5.0, max(1.0, rng.gauss(4.1, 0.5))), 1),
                    "url": f"{SHOP_URL}/products/{product_id}",
                    "image_url": None,
                    "updated_at": at_ms,
                    "kind": "product",
                    "brand": make,
                    "tags": [kind.lower()],
                    "since": at_ms - len(products) * 37 % OLDEST_DAYS * DAY_MS,
                }
    return products
