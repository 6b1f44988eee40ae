"""What the demo shop tells around its products: departments, advice to read, customers' reviews."""

from collections.abc import Mapping
from typing import Final

from deploy.demo.catalog import CATEGORIES, SHOP_URL, Record
from schemas.catalog_entry import category_key

DEPARTMENTS: Final[dict[str, tuple[str, ...]]] = {
    "home and garden": ("bath", "garden", "kitchen", "lighting", "prints"),
    "sports": ("bikes", "outdoor", "running"),
    "leisure": ("audio", "books", "coffee", "toys"),
}
"""Which categories lie in which department."""

_REVIEWED_EACH: Final = 3
"""Every third product has a review."""
_REVIEWS: Final = (
    (5.0, "Bought it a year ago and would again. It does what it says, every day."),
    (4.0, "Good, once you have read the instructions. Delivery took two days."),
    (4.5, "A gift for my sister, who has not put it down since."),
    (3.0, "Fine for the price. The box was larger than the thing."),
)


def around(products: Mapping[str, Record], at_ms: int) -> dict[str, Record]:
    """Make the records around the products, by id.

    Args:
        products: As `make_catalog` makes them.
        at_ms: When they became true, epoch milliseconds.

    """
    made: list[Record] = []
    for department, categories in DEPARTMENTS.items():
        made.append(_category(department, ""))
        made += [_category(category, department) for category in categories]
    made += [_article(category, kinds[0].lower()) for category, (_, kinds) in CATEGORIES.items()]
    made += [
        _review(number, products[product_id])
        for number, product_id in enumerate(sorted(products)[::_REVIEWED_EACH])
    ]
    return {record["product_id"]: {**record, "updated_at": at_ms} for record in made}


def _category(name: str, parent: str) -> Record:
    shown = {"product_id": category_key(name), "name": name.capitalize(), "category": parent}
    return {**shown, **_unsold("category"), "url": f"{SHOP_URL}/{name.replace(' ', '-')}"}


def _article(category: str, kind: str) -> Record:
    return {
        "product_id": f"guide-{category}",
        "name": f"How to choose from {category}: the {kind}, and what to look for",
        "category": category,
        **_unsold("article"),
        "url": f"{SHOP_URL}/guides/{category}",
        "text": (
            f"Three questions decide which {kind} is the right one: how often it is used, by whom, "
            "and what happens to it in between. The rest is taste."
        ),
        "about": [category],
    }


def _review(number: int, product: Record) -> Record:
    rating, text = _REVIEWS[number % len(_REVIEWS)]
    return {
        "product_id": f"review-{product['product_id']}",
        "name": f"On the {product['name']}",
        "category": product["category"],
        **_unsold("review"),
        "rating": rating,
        "text": text,
        "about": [product["product_id"]],
    }


def _unsold(kind: str) -> Record:
    return {"kind": kind, "price": 0.0, "stock": 0}
