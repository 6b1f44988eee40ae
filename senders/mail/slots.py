"""What fills a mail per person, as templates show it: article, review, and call to action."""

from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from senders.links.tokens import is_web_url
from senders.mail.records import Catalog, article_of, available, review_of
from senders.plain import clean, excerpt

LONGEST_TEXT: Final = 240
"""Characters of an article or a review that a mail shows; the link leads to the rest."""

Link = Callable[[str, str | None], str]
"""Signs a link to a page, about the product, article or review of an id."""


class Article(msgspec.Struct, frozen=True):
    """Something to read.

    Attributes:
        text: How it begins, or empty.
        url: A signed link to it.
        image_url: Its picture, or empty.
    """

    id: str
    title: str
    text: str
    url: str
    image_url: str


class Review(msgspec.Struct, frozen=True):
    """What a customer said.

    Attributes:
        text: How it begins.
        rating: What they gave, 0 to 5 with one decimal where it has any, or empty.
        about: Name of the product.
        url: A signed link to it, or to the product.
    """

    id: str
    text: str
    rating: str
    about: str
    url: str


class Action(msgspec.Struct, frozen=True):
    """What the mail calls to.

    Attributes:
        kind: `shop`, `learn` or `finish`; empty where the decision doesn't say.
        url: A signed link to where it is done.
    """

    kind: str
    url: str


def article(content: Mapping[str, str], catalog: Catalog, link: Link) -> Article | None:
    """The article that a decision's content names; None where it can't be read any more."""
    record = article_of(content, catalog)
    if record is None:
        return None
    return Article(
        id=record["product_id"],
        title=clean(record["name"]),
        text=excerpt(record["text"] or "", LONGEST_TEXT),
        url=link(record["url"], record["product_id"]),
        image_url=record["image_url"] if is_web_url(record["image_url"]) else "",
    )


def review(
    content: Mapping[str, str], catalog: Catalog, shop_url: str, link: Link
) -> Review | None:
    """The review that a decision's content names; None where it proves nothing any more."""
    found = review_of(content, catalog)
    if found is None:
        return None
    record, product = found
    page = next((each for each in found if is_web_url(each["url"])), None)
    rating = record["rating"]
    return Review(
        id=record["product_id"],
        text=excerpt(record["text"], LONGEST_TEXT),
        rating="" if rating is None else f"{rating:.1f}".removesuffix(".0"),
        about=clean(product["name"]),
        url=link(page["url"], page["product_id"])
        if page is not None
        else link(shop_url, product["product_id"]),
    )


def action(
    content: Mapping[str, str], shop_url: str, cart_url: str, read: Article | None
) -> Action:
    """What the mail calls to: to read the article, to finish what is in the cart, or to shop."""
    kind = content.get("action", "")
    if kind == "learn":
        return Action(kind, read.url) if read is not None else Action("shop", shop_url)
    return Action(kind, cart_url if kind == "finish" else shop_url)


def stock_left(content: Mapping[str, str], catalog: Catalog) -> str:
    """How many of the hero are left where those are few, as text; else empty."""
    hero = available([content.get("hero", "")], catalog)
    return str(hero[0]["stock"]) if hero and content.get("low_stock") else ""
