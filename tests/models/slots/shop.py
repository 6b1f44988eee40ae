"""A shop with a tent, what is written about it, and someone who looked at it."""

from typing import Any

from models.catalog import Catalog
from models.person.profile import Profile
from models.step import Record
from tests.models.life import DAY_MS, NOON_MS, product


def article(article_id: str, *about: str, **fields: Any) -> Record:
    """Something to read."""
    return product(article_id, kind="article", stock=0, price=0.0, about=list(about), **fields)


def review(review_id: str, about: str, rating: float | None = 5.0, **fields: Any) -> Record:
    """What a customer said."""
    told = {"kind": "review", "stock": 0, "price": 0.0, "about": [about], "rating": rating}
    return product(review_id, **told, text="It kept dry.", **fields)


def shop(*records: Record) -> Catalog:
    """A catalog of them, beside a tent in stock."""
    found = Catalog()
    for record in (product("tent-1", stock=20, tags=["ultralight"]), *records):
        found.put(record)
    return found


def category(name: str, parent: str) -> Record:
    """A category within another."""
    return product(f"category:{name}", kind="category", category=parent, stock=0, price=0.0)


def looker(*viewed: str) -> Profile:
    """Looked at products, the last one last, and likes tents."""
    seen = {product_id: NOON_MS - DAY_MS + number for number, product_id in enumerate(viewed)}
    return Profile(viewed=seen, categories={"tents": 3.0, "ropes": 1.0})
