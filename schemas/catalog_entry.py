"""A catalog record as it is kept in memory: a million of them must fit.

A decoded record is a dict of seventeen fields, each with strings of its own. Kept as they come, a
million take more than a gigabyte. An `Entry` has the fields in fixed places, shares what many have
in common, and is nothing that the garbage collector looks through.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from sys import intern
from typing import Any, Final, Self

import msgspec

PRODUCT: Final = "product"
ARTICLE: Final = "article"
REVIEW: Final = "review"
CATEGORY: Final = "category"
KINDS: Final = frozenset({PRODUCT, ARTICLE, REVIEW, CATEGORY})
CATEGORY_PREFIX: Final = "category:"
"""Begins the key of a category's record, and of no other's: a product may be named as its category
is."""

_shared_number = lru_cache(maxsize=1_024)(float)
_shared_names: Callable[[tuple[str, ...]], tuple[str, ...]] = lru_cache(maxsize=65_536)(tuple)


class Entry(msgspec.Struct, gc=False):
    """What decisions read of a catalog record. Fields are attributes, and may be read as a dict's.

    Attributes:
        product_id: Its key in the catalog, whatever its kind.
        category: Its category; of a category its parent's name, empty at the top.
        price: Unit price in `currency`.
        about: Product ids and category names that an article or a review is about.
        since: When it became available, epoch milliseconds; None where the shop doesn't say.
        ends_at: When its price, or it itself, ends, epoch milliseconds; None for no end.
        updated_at: When it became true, epoch milliseconds. Never earlier than that of the record
            it replaced: `models.catalog` sees to it.
        priced_at: When its price became what it is, as far as is known, epoch milliseconds.
    """

    product_id: str
    kind: str
    name: str
    category: str
    price: float
    currency: str
    stock: int
    rating: float | None
    brand: str | None
    tags: tuple[str, ...]
    about: tuple[str, ...]
    since: int | None
    ends_at: int | None
    updated_at: int
    priced_at: int

    def __getitem__(self, field: str) -> Any:
        try:
            return getattr(self, field)
        except AttributeError:
            raise KeyError(field) from None

    @classmethod
    def of(cls, record: Mapping[str, Any], written_ms: int = 0) -> Self:
        """The entry for a record as `schemas/avro/catalog.avsc` has it.

        Args:
            record: Fields that have a default may be missing.
            written_ms: When it was written, for records that don't say when they became true.
        """
        return cls(*_common(record, written_ms))

    @property
    def sold(self) -> bool:
        """Whether it is a product that can be bought now."""
        return self.stock > 0 and self.kind == PRODUCT


class ShownEntry(Entry, gc=False):
    """What mails show of a catalog record.

    Attributes:
        url: Its page in the shop, or None.
        image_url: Its picture, or None.
        text: What an article or a review says, or None.
    """

    url: str | None
    image_url: str | None
    text: str | None

    @classmethod
    def of(cls, record: Mapping[str, Any], written_ms: int = 0) -> Self:
        """See `Entry.of`."""
        get = record.get
        fields = (*_common(record, written_ms), get("url"), get("image_url"), get("text"))
        return cls(*fields)


def category_key(name: str) -> str:
    """The key of a category's record."""
    return CATEGORY_PREFIX + name


def category_name(key: str) -> str:
    """The category that a key of a category's record is about."""
    return intern(key.removeprefix(CATEGORY_PREFIX))


def _common(record: Mapping[str, Any], written_ms: int) -> tuple[Any, ...]:
    get = record.get
    rating, brand = get("rating"), get("brand")
    at_ms = record["updated_at"] or written_ms
    return (
        record["product_id"],
        intern(get("kind", PRODUCT)),
        record["name"],
        intern(record["category"]),
        record["price"],
        intern(get("currency", "EUR")),
        record["stock"],
        None if rating is None else _shared_number(rating),
        None if brand is None else intern(brand),
        _names(get("tags")),
        _names(get("about")),
        get("since"),
        get("ends_at"),
        at_ms,
        at_ms,
    )


def _names(names: Iterable[str] | None) -> tuple[str, ...]:
    return _shared_names(tuple(map(intern, names))) if names else ()
