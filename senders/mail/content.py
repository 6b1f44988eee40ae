"""What a template may say: built from the decision, the contact and the catalog, a pure function.

Everything a template sees is listed in `programme/templates/README.md`. Values from outside lose
control characters and unreasonable length here, once, so that no template has to think of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Any

import msgspec

from senders.links.tokens import Links, is_web_url
from senders.mail import slots as filled
from senders.mail.dates import day_text
from senders.mail.formats import last_day, number_text, price_text
from senders.mail.linking import MARKETING, MailLinks
from senders.mail.orders import order
from senders.mail.records import Catalog, CatalogRecord, available, shown
from senders.mail.truth import first_name, named_products
from senders.plain import clean

Record = Mapping[str, Any]

MAX_PRODUCTS = 6
TRANSACTIONAL = "transactional"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


class Product(msgspec.Struct, frozen=True):
    """A product as templates show it.

    Attributes:
        name: Its name.
        category: Its category.
        price: With its currency.
        url: A signed link to its page.
        image_url: Its picture, or empty.
        rating: 0 to 5 with one decimal, or empty.
    """

    id: str
    name: str
    category: str
    price: str
    url: str
    image_url: str
    rating: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sends: what the law wants in every mail, and where the shop is.

    Attributes:
        shop_url: Its front page.
        cart_url: Where an order is finished; empty for the front page.
        utm_source: What links to the shop name as their source; not tagged where empty.
        currency: What orders are in (ISO 4217); empty where each product has its own.
    """

    name: str
    postal_address: str
    shop_url: str
    cart_url: str = ""
    utm_source: str = ""
    currency: str = ""


class Texts(dict[str, str]):
    """Texts by name; empty for a name that isn't there.

    So a decision made before its message got a slot is sent all the same, in the first wording, and
    a person of whom an attribute isn't known gets the mail without it.
    """

    def __missing__(self, name: str) -> str:
        return ""


def template_variables(
    decision: Record, contact: Record, catalog: Catalog, identity: Identity, links: Links
) -> dict[str, Any]:
    """The variables of a decision's message.

    Products that the catalog doesn't know (any more) or that are sold out are left out: a template
    says something sensible with none.

    Args:
        decision: A decision to send, with the content that `senders.mail.truth` leaves of it.
        contact: The person's contact record; its address is known.
        catalog: Products, articles and reviews by id.
        identity: Who sends.
        links: Signs what the mail links to.
    """
    content, locale = decision["content"], contact["locale"]
    slots = Texts((clean(name, 40), clean(value, 400)) for name, value in content.items())
    known = decision["attributes"].items()
    offer = decision["offer"]
    made = MailLinks(decision, contact, identity.utm_source, links)
    link = made.to
    products = [
        _product(record, identity, link, locale)
        for record in available(named_products(content), catalog)[:MAX_PRODUCTS]
    ]
    hero = next((each for each in products if each.id == content.get("hero")), None)
    shop_url = link(identity.shop_url, None)
    cart_url = link(identity.cart_url, None) if identity.cart_url else shop_url
    article = filled.article(slots, catalog, link)
    return {
        "kind": decision.get("kind", MARKETING),
        "first_name": first_name(contact),
        "products": products,
        "hero": hero,
        "others": [product for product in products if product is not hero],
        "article": article,
        "review": filled.review(slots, catalog, identity.shop_url, link),
        "action": filled.action(slots, shop_url, cart_url, article),
        "stock_left": filled.stock_left(slots, catalog),
        "ends_on": _ends_on(slots, contact),
        "category": slots["category"][:60],
        "subject_variant": slots["subject"],
        "offer": "" if offer == "none" else clean(offer),
        "discount_percent": _percent(slots["discount_percent"]) if offer != "none" else "",
        "code": clean(slots["code"], 40),
        "code_expires": day_text(slots["code_expires"], locale),
        "offer_ends": day_text(slots["offer_ends"], locale),
        "lowest_price": _prior_price(content, catalog, locale),
        "order": order(content, catalog, locale, identity.currency),
        "slots": slots,
        "segments": [clean(name, 40) for name in decision["segments"]],
        "attributes": Texts((clean(n, 40), _told(value, locale)) for n, value in known),
        "shop_url": shop_url,
        "unsubscribe_url": made.unsubscribe(),
        "preferences_url": made.preferences(),
        "confirm_url": made.confirm(),
        "pixel_url": made.pixel(),
        "sender_name": identity.name,
        "postal_address": list(_lines(identity.postal_address)),
    }


@lru_cache(maxsize=4)
def _lines(postal_address: str) -> tuple[str, ...]:
    return tuple(clean(line) for line in postal_address.splitlines())


def _ends_on(slots: Mapping[str, str], contact: Record) -> str:
    """The last day by the person's calendar; by the one it was decided with where none is known."""
    ends_at, day = slots["ends_at"], slots["ends_on"]
    if day and contact.get("time_zone") and ends_at.isascii() and ends_at.isdigit():
        day = last_day(int(ends_at), contact["time_zone"]) or day
    return day_text(day, contact["locale"])


def _told(value: str, locale: str | None) -> str:
    """An attribute to show; a day as people write it."""
    day = day_text(value, locale) if _DAY.fullmatch(value) else ""
    return day or clean(value)


def _prior_price(content: Mapping[str, str], catalog: Catalog, locale: str | None) -> str:
    """The lowest price of the 30 days before the one that the mail tells of, or empty."""
    record = catalog.get(content.get("about", ""))
    if record is None:
        return ""
    told, before = (_number(content.get(name)) for name in ("price", "price_lowest_30d"))
    if told is None or before is None:
        return ""
    # Should it cost still less by now, what it cost a moment ago is the lowest before that.
    lowest = told if record["price"] < told else before
    return price_text(lowest, record["currency"], locale)


def nothing_left(decision: Record, catalog: Catalog) -> bool:
    """Whether a decision is about products of which none can be bought any more.

    A shop that keeps no catalog sends its mails without products.
    """
    named = named_products(decision["content"])
    return bool(named and catalog) and not available(named, catalog)


def untrue(decision: Record, catalog: Catalog) -> str:
    """What of a decision's mail is true no more: `gone`, `sold_out`, `price_changed`, or empty.

    A mail that tells of one product tells nothing without it, whatever else it may show.
    """
    if decision.get("kind") == TRANSACTIONAL:
        return ""  # what was ordered was ordered, whatever is left of it
    about, told = decision["content"].get("about"), _number(decision["content"].get("price"))
    if not about:
        return "gone" if nothing_left(decision, catalog) else ""
    if not available([about], catalog):
        return "sold_out"
    costs_more = told is not None and catalog[about]["price"] > told
    return "price_changed" if costs_more else ""


def _product(
    record: CatalogRecord, identity: Identity, link: filled.Link, locale: str | None
) -> Product:
    product_id = record["product_id"]
    name, category, price, url, image_url, rating = _texts(*shown(record), locale)
    signed = link(url or identity.shop_url, product_id)
    return Product(product_id, name, category, price, signed, image_url, rating)


@lru_cache(maxsize=4_096)
def _texts(
    name: str,
    category: str,
    price: float,
    currency: str,
    rating: float | None,
    url: str | None,
    image_url: str | None,
    locale: str | None,
) -> tuple[str, str, str, str, str, str]:
    """What templates show of a product, the same in each mail to people of a locale."""
    return (
        clean(name) or "This product",
        clean(category, 60),
        price_text(price, currency, locale),
        url if url is not None and is_web_url(url) else "",
        image_url if image_url is not None and is_web_url(image_url) else "",
        "" if rating is None else number_text(rating, locale, 1),
    )


def _number(text: str | None) -> float | None:
    """A number that a decision tells; None where it tells none."""
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if isfinite(number) else None


def _percent(text: str) -> str:
    try:
        return f"{float(text):g}"
    except ValueError:
        return ""
