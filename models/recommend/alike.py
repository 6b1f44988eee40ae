"""How alike two products are by what the catalog says of them: what there is before any view."""

from collections.abc import Iterable
from math import exp, log

from schemas.catalog_entry import Entry

_CATEGORY, _BRAND, _TAGS, _PRICE = 0.4, 0.2, 0.2, 0.2
"""What being of the same category, brand, tags and price says, of 1 for all of it."""
_PRICE_WIDTH = 0.7
"""Twice or half the price is about a third as close."""


def alike(one: Entry, other: Entry) -> float:
    """How alike two products are, 0 to 1.

    What the catalog doesn't say of both counts as half.
    """
    found = _CATEGORY if one.category == other.category else 0.0
    branded = one.brand and other.brand
    found += _BRAND * (float(one.brand == other.brand) if branded else 0.5)
    tags = set(one.tags), set(other.tags)
    found += _TAGS * (len(tags[0] & tags[1]) / len(tags[0] | tags[1]) if all(tags) else 0.5)
    if min(one.price, other.price) > 0.0:
        found += _PRICE * exp(-abs(log(one.price) - log(other.price)) / _PRICE_WIDTH)
    return found


def closest(product: Entry, known: Iterable[Entry]) -> float:
    """How alike a product is to the most alike of some, later ones counting more; 0 for none."""
    best, weight = 0.0, 1.0
    for other in known:
        best = max(best, weight * alike(product, other))
        weight *= 0.9
    return best
