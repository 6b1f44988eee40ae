"""What every event teaches about a person: when they were here and what they like."""

from models import bounds, decay
from models.catalog import Catalog
from models.decision.triggers import start
from models.person import rhythm
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS, CATEGORY_HALF_LIFE_MS
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.step import Record, Step
from models.world import World

_PRICE_MEMORY = 20
"""How many of the last prices the mean price follows, about."""
_PRICES = 1_000
"""Prices counted at most."""


def here(event: Record, profile: Profile, step: Step, world: World) -> int:
    """Note that the person did something in the shop; returns when, epoch milliseconds."""
    rhythm.here(profile, event["occurred_at"])
    return active(event, profile, step, world)


def active(event: Record, profile: Profile, step: Step, world: World) -> int:
    """Note that the person did something, wherever; returns when, epoch milliseconds."""
    at_ms: int = event["occurred_at"]
    if at_ms - profile.last_ms > rhythm.NEW_VISIT_MS:
        profile.visit_ms = at_ms
    if at_ms > profile.last_ms:  # noqa: PLR1730 - max() costs several times as much
        profile.last_ms = at_ms
    if not 0 < profile.first_ms <= at_ms:
        profile.first_ms = at_ms
    profile.activity = decay.raised(profile.activity, 1.0, at_ms, ACTIVITY_HALF_LIFE_MS)
    start(Trigger.ACTIVITY, at_ms, event["event_id"], profile, step, world)
    return at_ms


def likes(profile: Profile, category: str | None, weight: float, at_ms: int) -> None:
    """Raise the affinity to a category; the weakest of too many goes."""
    if not category:
        return
    known = profile.categories
    name = category if category in known else bounds.name(category)
    level = decay.raised(known.get(name, decay.EMPTY), weight, at_ms, CATEGORY_HALF_LIFE_MS)
    known[name] = level
    if len(known) > bounds.CATEGORIES:
        del known[min(known, key=lambda other: (known[other], other))]


def looks_at_price(profile: Profile, price: float | None) -> None:
    """Let the mean price and its spread follow a price; missing ones and 0 teach nothing."""
    if price is None or not price > 0.0:
        return
    price = min(price, bounds.MONEY)
    seen = profile.price_seen
    distance = price - profile.price_mean
    share = 1.0 / (seen + 1 if seen < _PRICE_MEMORY else _PRICE_MEMORY)
    profile.price_mean += share * distance
    if seen:
        profile.price_spread += share * (abs(distance) - profile.price_spread)
    if seen < _PRICES:
        profile.price_seen = seen + 1


def note_seen(products: dict[str, int], product_id: str | None, at_ms: int, most: int) -> None:
    """Keep a product among the last ones seen, once, with its newest time."""
    if product_id in products:
        products[product_id] = max(products[product_id], at_ms)
    elif product_id is not None and at_ms > 0 and bounds.known_id(product_id):
        products[product_id] = at_ms
        if len(products) > most:
            oldest_ms = min(products.values())  # a key for min() costs several times as much
            for oldest, seen_ms in products.items():
                if seen_ms == oldest_ms:
                    del products[oldest]
                    break


def category_of(event: Record, catalog: Catalog) -> str | None:
    """The category an event names, else the catalog's for its product, else None."""
    named: str | None = event["category"]
    if named is None and (record := catalog.find(event["product_id"])) is not None:
        named = record.category
    return named


def price_of(event: Record, catalog: Catalog) -> float | None:
    """The price an event names, else the catalog's for its product, else None."""
    named: float | None = event["price"]
    if named is None and (record := catalog.find(event["product_id"])) is not None:
        named = record.price
    return named
