"""Catalog records as senders read them, and which of them can be shown as what."""

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter, itemgetter
from typing import Any, Final, Protocol

from schemas.catalog_entry import ARTICLE, PRODUCT, REVIEW, Entry
from senders.links.tokens import is_web_url


class CatalogRecord(Protocol):
    """What the catalog says of a product, by the fields of `schemas/avro/catalog.avsc`."""

    def __getitem__(self, field: str, /) -> Any: ...


Catalog = Mapping[str, CatalogRecord]

_SHOWN: Final = ("name", "category", "price", "currency", "rating", "url", "image_url")
_OF_ENTRY: Final[Callable[[Any], tuple[Any, ...]]] = attrgetter(*_SHOWN)
_OF_FIELDS: Final[Callable[[Any], tuple[Any, ...]]] = itemgetter(*_SHOWN)
"""An entry has its fields as attributes too, which are read faster."""


def available(named: Iterable[str], catalog: Catalog) -> list[CatalogRecord]:
    """Those of the named products that can be bought, in the order named."""
    known = (catalog[product_id] for product_id in named if product_id in catalog)
    return [record for record in known if _sold(record)]


def shown(record: CatalogRecord) -> tuple[Any, ...]:
    """What a mail shows of a product: name, category, price, currency, rating, page and picture."""
    return _OF_ENTRY(record) if isinstance(record, Entry) else _OF_FIELDS(record)


def _sold(record: CatalogRecord) -> bool:
    if isinstance(record, Entry):
        return record.sold
    return bool(record["stock"] > 0 and record["kind"] == PRODUCT)


def article_of(content: Mapping[str, str], catalog: Catalog) -> CatalogRecord | None:
    """The article that a decision's content names, where it can be read; else None."""
    found = catalog.get(content.get("article", ""))
    if found is None or found["kind"] != ARTICLE or not found["name"].strip():
        return None
    return found if is_web_url(found["url"]) else None


def review_of(
    content: Mapping[str, str], catalog: Catalog
) -> tuple[CatalogRecord, CatalogRecord] | None:
    """The review that a decision's content names, and the product that it praises; else None.

    A review that says nothing, or whose product can't be bought any more, proves nothing.
    """
    found = catalog.get(content.get("review", ""))
    if found is None or found["kind"] != REVIEW or not (found["text"] or "").strip():
        return None
    about = available(found["about"], catalog)
    shown = [content.get("hero", ""), *content.get("products", "").split(",")]
    about.sort(key=lambda product: product["product_id"] not in shown)
    return (found, about[0]) if about else None
