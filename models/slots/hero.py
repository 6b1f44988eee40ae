"""The product that a mail is about first of all, and whether there is any hurry about it."""

from collections.abc import Sequence

from models.catalog import Catalog
from schemas.catalog_entry import Entry


def hero_of(good: Sequence[str], catalog: Catalog) -> str:
    """The first product that may be shown and that the catalog knows; empty for none.

    A shop without a catalog has none to show either, but its products are known by their events:
    there it is the first.

    Args:
        good: Products that the mail may show, best first.
        catalog: The catalog.
    """
    if not catalog:
        return next(iter(good), "")
    return next((product_id for product_id in good if product_id in catalog), "")


def low_stock(hero: Entry, most: int) -> int:
    """`most` where so few units of a product are left, or fewer; else 0."""
    return most if 0 < hero.stock <= most else 0


def ends_soon(hero: Entry, now_ms: int, until_ms: int, soon_ms: int) -> int:
    """When a product or its price ends, where that is soon and after the mail is read; else 0.

    Args:
        hero: The product.
        now_ms: The moment, epoch milliseconds.
        until_ms: Until when the mail may still leave.
        soon_ms: How long from now counts as soon.
    """
    ends_ms = hero.ends_at or 0
    return ends_ms if until_ms < ends_ms <= now_ms + soon_ms else 0
