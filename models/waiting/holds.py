"""Whether what is waited for has come: by the catalog as it is now, pure."""

from models.catalog import Catalog
from models.flows import Programme, Trigger
from models.profile import Profile
from models.step import Record
from models.waiting.wait import Wait, entry_of


def may_hold(kind: str, about: str, catalog: Catalog, now_ms: int) -> bool:
    """Whether it may have come for anybody: what spares looking at everybody who waits.

    Args:
        kind: What is waited for.
        about: The product, or the category.
        catalog: The catalog.
        now_ms: The time it is, epoch milliseconds.
    """
    if kind == Trigger.NEW_ARRIVAL:
        return bool(catalog.shelf(about))
    record = in_stock(about, catalog)
    if record is None or kind == Trigger.BACK_IN_STOCK:
        return record is not None
    before = catalog.lowest_price(about, now_ms)
    return before is None or record["price"] < before


def product_of(
    wait: Wait, profile: Profile, catalog: Catalog, programme: Programme, now_ms: int
) -> str:
    """The product to tell this person of; empty where what they wait for hasn't come.

    A price has dropped where it is below the one at which the product was wanted, by as much as
    the programme says, and below the lowest of the 30 days before it, where that is known.
    """
    if not may_hold(wait.kind, wait.about, catalog, now_ms):
        return ""
    if wait.kind is Trigger.NEW_ARRIVAL:
        return _arrival(wait, profile, catalog)
    if wait.kind is Trigger.PRICE_DROP:
        enough = wait.price * (1.0 - programme.price_drop_percent / 100.0)
        return wait.about if 0.0 < catalog[wait.about]["price"] <= enough else ""
    return wait.about


def _arrival(wait: Wait, profile: Profile, catalog: Catalog) -> str:
    """The newest product of the category since then, of those the person hasn't bought."""
    there = catalog.new_since(wait.about, wait.since_ms)
    return next((product for product in there if product not in profile.bought), "")


def in_stock(product_id: str, catalog: Catalog) -> Record | None:
    """The product's record, or None where it is sold out, deleted or unknown."""
    record = catalog.find(product_id)
    return record if record is not None and record["stock"] > 0 else None


def entries_about(record: Record) -> tuple[str, ...]:
    """The entries of waiting lists that may have come now that a product's record changed."""
    product_id = record["product_id"]
    return (
        entry_of(Trigger.BACK_IN_STOCK, product_id),
        entry_of(Trigger.PRICE_DROP, product_id),
        entry_of(Trigger.NEW_ARRIVAL, record["category"]),
    )
