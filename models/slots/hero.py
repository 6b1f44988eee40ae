"""The product that a mail is about first of all, and whether there is any hurry about it."""

from collections.abc import Sequence

from models.catalog import Catalog
from schemas.catalog_entry import Entry


def hero_of(good: Sequence[str], catalog: Catalog) -> str:
    """The first product that may be shown and that the catalog knows; empty for none.

    Without the catalog no mail could show it.

    Args:
        good: Products that the mail may show, best first.
        catalog: The catalog.
    """
    return next((product_id for product_id in good if product_id in catalog), "")


def low_stock(hero: Entry, most: int) -> int:
    """`most` where so few units of a product are left, or fewer; else 0."""
    return most if 0 < hero.stock <= most else 0


def ends_soon(ends_ms: int | None, now_ms: int, until_ms: int, soon_ms: int) -> int:
    """When something ends, where that is soon and after the mail may last leave; else 0.

    Args:
        ends_ms: When it truly ends, epoch milliseconds; None for never.
        now_ms: The moment, epoch milliseconds.
        until_ms: Until when the mail may still leave.
        soon_ms: How long from now counts as soon.
    """
    return ends_ms if ends_ms is not None and until_ms < ends_ms <= now_ms + soon_ms else 0
