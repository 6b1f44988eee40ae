"""Whether what is waited for has come: by the catalog as it is now, pure."""

from collections.abc import Iterable, Iterator

from models.catalog import Catalog
from models.decay import DAY_MS
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.programme.flows import Programme
from models.waiting.wait import Wait, entry_of, split_entry
from schemas.catalog_entry import PRODUCT, Entry

NEW_MS = 14 * DAY_MS
"""How long an arrival is news."""


def may_hold(kind: str, about: str, catalog: Catalog, now_ms: int) -> bool:
    """Whether it may have come for anybody: what spares looking at everybody who waits.

    Args:
        kind: What is waited for.
        about: The product, or the category.
        catalog: The catalog.
        now_ms: The time it is, epoch milliseconds.
    """
    if kind == Trigger.NEW_ARRIVAL:
        return bool(catalog.new_since(about, now_ms - NEW_MS, now_ms))
    record = in_stock(about, catalog)
    if record is None or kind == Trigger.BACK_IN_STOCK:
        return record is not None
    before = catalog.lowest_price(about, now_ms)
    return before is not None and record.price < before


def product_of(
    wait: Wait, profile: Profile, catalog: Catalog, programme: Programme, now_ms: int
) -> str:
    """The product to tell this person of; empty where what they wait for hasn't come.

    A price has dropped where it is below the one at which the product was wanted, by as much as
    the programme says, and below the lowest of the 30 days before it. Where that isn't known there
    is nothing that may be told: they go on waiting.
    """
    if not may_hold(wait.kind, wait.about, catalog, now_ms):
        return ""
    if wait.kind is Trigger.NEW_ARRIVAL:
        return _arrival(wait, profile, catalog, now_ms)
    if wait.kind is Trigger.PRICE_DROP:
        enough = wait.price * (1.0 - programme.price_drop_percent / 100.0)
        return wait.about if 0.0 < catalog[wait.about].price <= enough else ""
    return wait.about


def _arrival(wait: Wait, profile: Profile, catalog: Catalog, now_ms: int) -> str:
    """The newest product of the category since then, of those the person hasn't bought."""
    there = catalog.new_since(wait.about, max(wait.since_ms, now_ms - NEW_MS), now_ms)
    return next((product for product in there if product not in profile.bought), "")


def arrived(entries: Iterable[str], catalog: Catalog, since_ms: int, now_ms: int) -> list[str]:
    """Those of many entries that wait for arrivals in a category, where one became available."""
    of_arrivals = (entry for entry in entries if entry.startswith(Trigger.NEW_ARRIVAL))
    return [
        entry for entry in of_arrivals if catalog.new_since(split_entry(entry)[1], since_ms, now_ms)
    ]


def in_stock(product_id: str, catalog: Catalog) -> Entry | None:
    """The product's record, or None where it is sold out, deleted or unknown."""
    record = catalog.find(product_id)
    return record if record is not None and record.sold else None


def entries_about(product_id: str, catalog: Catalog) -> Iterator[str]:
    """The entries of waiting lists that may have come now that a product changed."""
    record = catalog.find(product_id)
    if record is not None and record.kind == PRODUCT:
        yield entry_of(Trigger.BACK_IN_STOCK, product_id)
        yield entry_of(Trigger.PRICE_DROP, product_id)
        for category in (record.category, *catalog.ancestors(record.category)):
            yield entry_of(Trigger.NEW_ARRIVAL, category)
