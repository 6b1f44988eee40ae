"""Catalog records as senders read them, and which of them can be shown as what."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from schemas.catalog_entry import ARTICLE, PRODUCT, REVIEW
from senders.links.tokens import is_web_url


class CatalogRecord(Protocol):
    """What the catalog says of a product, by the fields of `schemas/avro/catalog.avsc`."""

    def __getitem__(self, field: str, /) -> Any: ...


Catalog = Mapping[str, CatalogRecord]


def available(named: Iterable[str], catalog: Catalog) -> list[CatalogRecord]:
    """Those of the named products that can be bought, in the order named."""
    known = (catalog[product_id] for product_id in named if product_id in catalog)
    return [record for record in known if record["stock"] > 0 and record["kind"] == PRODUCT]


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
