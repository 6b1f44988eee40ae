"""What an event says about products, without saying whose it is: what recommendations learn from.

Sessions are the shop's own where events name them, else visits: events less than half an hour
apart. Whoever does more than a shopper can is left out.
"""

from collections.abc import Callable
from functools import lru_cache
from math import log2
from typing import Any, Literal

from models.bounds import known_id
from models.decay import DAY_MS
from models.digests import digest
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS
from models.person.profile import Profile
from models.step import Record

Kind = Literal["view", "cart", "purchase"]

BASKET = 20
"""Products of an order that are told of."""
BEFORE_MS = 90 * DAY_MS
"""How long before an order a product was bought that it may go with."""
ACTIVITY = 2_000.0
"""Events of one person, halving in a week: some two hundred a day for weeks. Beyond is no shopper.
"""

_MOST = log2(ACTIVITY)


def machine_like(profile: Profile, at_ms: int) -> bool:
    """Whether somebody does more than a shopper can."""
    return profile.activity - at_ms / ACTIVITY_HALF_LIFE_MS > _MOST


def told(name: str, event: Record, profile: Profile, subscriber: str) -> Record | None:
    """What an event just applied says, as `interactions` records have it; None for nothing.

    Args:
        name: The event's record name.
        profile: The person's, with the event applied.
        subscriber: The person's key, of which only a digest is told.
    """
    teller = _TELLERS.get(name)
    if teller is None or profile.impersonal:
        return None
    at_ms: int = event["occurred_at"]
    found = teller(event, profile, at_ms)
    if found is None or machine_like(profile, at_ms):
        return None
    kind, products, before = found
    session = event["session_id"] or profile.visit_ms
    return {
        "session": _visit(subscriber, session),
        "kind": kind,
        "at": at_ms,
        "products": products,
        "before": before,
    }


@lru_cache(maxsize=4_096)
def _visit(subscriber: str, session: str | int) -> bytes:
    """Stands for a visit, of which most events come close together."""
    return digest(f"{subscriber}\0{session}")


_Told = tuple[Kind, list[str], list[str]] | None


def _view(event: Record, _profile: Profile, _at_ms: int) -> _Told:
    product: str | None = event["product_id"]
    return ("view", [product], []) if product and known_id(product) else None


def _cart(event: Record, _profile: Profile, _at_ms: int) -> _Told:
    product: str | None = event["product_id"]
    if event["action"] != "add" or not product or not known_id(product):
        return None
    return "cart", [product], []


def _purchase(event: Record, profile: Profile, at_ms: int) -> _Told:
    items: list[dict[str, Any]] = event["items"]
    basket = list(dict.fromkeys(i["product_id"] for i in items if known_id(i["product_id"])))
    if not basket:
        return None
    before = [
        product
        for product, bought_ms in profile.bought.items()
        if at_ms - BEFORE_MS < bought_ms < at_ms and product not in basket
    ]
    return "purchase", basket[:BASKET], before


_TELLERS: dict[str, Callable[[Record, Profile, int], _Told]] = {
    "browse": _view,
    "cart": _cart,
    "purchase": _purchase,
}
TELLING = frozenset(_TELLERS)
"""The events that say something."""
