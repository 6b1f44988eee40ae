"""What of a decision is still true when its mail leaves, a pure function of the catalog by then.

A mail is decided minutes or hours before. What has sold out, ended, changed or been deleted since
is left out of it, and a wording that claims it gives way to the slot's first, which claims nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from senders.mail.records import Catalog, article_of, available, review_of
from senders.plain import clean


@dataclass(frozen=True, slots=True)
class Told:
    """What a mail tells.

    Attributes:
        content: The decision's content, without what is true no more.
        instead: Slots that are worded otherwise than decided, each with the variant.
    """

    content: dict[str, str]
    instead: dict[str, str]


def told(
    decision: Mapping[str, Any], contact: Mapping[str, Any], catalog: Catalog, now_ms: int
) -> Told:
    """What a decision's mail may tell now.

    Args:
        decision: A decision to send.
        contact: The person's contact record.
        catalog: Everything by id, as it is now.
        now_ms: The pipeline's time, epoch milliseconds.
    """
    content = dict(decision["content"])
    _settle_hero(content, catalog, now_ms)
    if article_of(content, catalog) is None:
        content.pop("article", None)
        if content.get("action") == "learn":
            content["action"] = "shop"
    if review_of(content, catalog) is None:
        content.pop("review", None)
    # No mail leaves after its offer's end: see the decision's expiry.
    ends = content.get("ends_at") or content.get("offer_ends_at", "")
    has = {**content, "name": first_name(contact), "ends_soon": ends}
    instead = {
        slot["slot"]: slot["first"]
        for slot in decision["slots"]
        if not all(has.get(need) for need in slot["needs"])
    }
    return Told(content | instead, instead)


def first_name(contact: Mapping[str, Any]) -> str:
    """The person's first name as they told it, or empty."""
    return clean(contact["attributes"].get("first_name", ""), 40)


def named_products(content: Mapping[str, str]) -> list[str]:
    """Ids of the products a decision is about, each once, the hero first."""
    listed = content.get("products", content.get("product_ids", "")).split(",")
    named = [part.strip() for part in [content.get("hero", ""), *listed]]
    return [product_id for product_id in dict.fromkeys(named) if product_id]


def _settle_hero(content: dict[str, str], catalog: Catalog, now_ms: int) -> None:
    """Have the next product that can be bought be the hero where it can't be, and no false hurry.

    What was said of one hero's stock and end says nothing of another's.
    """
    decided = content.get("hero")
    if decided is None:
        return
    there = available(named_products(content), catalog)
    hero = there[0] if there else None
    content["hero"] = hero["product_id"] if hero is not None else ""
    same = hero is not None and hero["product_id"] == decided
    if not (hero is not None and same and 0 < hero["stock"] <= _number(content, "low_stock")):
        content.pop("low_stock", None)
    ends_ms = _number(content, "ends_at")
    if not (hero is not None and same and hero["ends_at"] == ends_ms and now_ms < ends_ms):
        content.pop("ends_at", None)
        content.pop("ends_on", None)


def _number(content: Mapping[str, str], name: str) -> int:
    """A whole number that the content holds; 0 for none."""
    text = content.get(name, "")
    return int(text) if text.isdecimal() else 0
