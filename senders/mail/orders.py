"""What a transactional mail tells of an order: its lines and total, from the decision's content."""

from collections.abc import Mapping
from math import isfinite
from typing import Final

import msgspec

from senders.mail.formats import number_text, price_text
from senders.mail.records import Catalog
from senders.plain import clean

MAX_LINES: Final = 50


class Line(msgspec.Struct, frozen=True):
    """A line of an order.

    Attributes:
        name: What was ordered.
        quantity: How many, as text.
        price: Of all of them, with its currency; empty where it isn't told.
    """

    name: str
    quantity: str
    price: str


class Order(msgspec.Struct, frozen=True):
    """An order.

    Attributes:
        id: As the shop calls it.
        lines: What was ordered; empty where it isn't told, as of an order of very many lines.
        total: With its currency; empty where it isn't told.
    """

    id: str
    lines: list[Line]
    total: str


def order(
    content: Mapping[str, str], catalog: Catalog, locale: str | None, currency: str
) -> Order | None:
    """The order that a decision's content tells of; None where it tells of none.

    Understood: `order_id`; `order_items`, `id:quantity:price of one` for each line, separated by
    commas, quantity and price optional; `order_total`. What is sold out by now was ordered all the
    same, and what the catalog doesn't know is called by its id.

    Args:
        content: The decision's.
        catalog: Products by id.
        locale: The person's.
        currency: The shop's, which orders are in; empty for that of the products ordered, where
            the catalog knows them and they agree.
    """
    order_id = clean(content.get("order_id", ""), 60)
    if not order_id:
        return None
    listed = [part.strip() for part in content.get("order_items", "").split(",") if part.strip()]
    currency = currency or _currency(listed, catalog)
    lines = [_line(part, catalog, currency, locale) for part in listed[:MAX_LINES]]
    return Order(order_id, lines, _price(content.get("order_total", ""), currency, locale))


def _line(text: str, catalog: Catalog, currency: str, locale: str | None) -> Line:
    product_id, quantity, price = _fields(text)
    record = catalog.get(product_id)
    name = clean(record["name"]) if record is not None else ""
    many = max(int(quantity), 1)
    return Line(
        name or clean(product_id, 60),
        number_text(many, locale),
        _price(price, currency, locale, many),
    )


def _fields(text: str) -> tuple[str, str, str]:
    """Id, quantity and price; an id may itself hold colons."""
    product_id, colon, rest = text.rpartition(":")
    head, second, quantity = product_id.rpartition(":")
    if second and _whole(quantity):
        return head, quantity, rest
    if colon and _whole(rest):
        return product_id, rest, ""
    return text, "1", ""


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


def _currency(listed: list[str], catalog: Catalog) -> str:
    records = (catalog.get(_fields(text)[0]) for text in listed)
    found = {str(record["currency"]) for record in records if record is not None}
    return found.pop() if len(found) == 1 else ""


def _price(text: str, currency: str, locale: str | None, many: int = 1) -> str:
    try:
        price = float(text) * many
    except ValueError:
        return ""
    return price_text(price, currency, locale) if currency and isfinite(price) else ""
