"""What segments may be made of: every fact about a person, in one table.

Another fact is another line: how it is tested (`models.audience.kinds`), which records may change
it, and what it is, in the words of the page for marketers. A fact that is missing from the right
records would leave memberships stale, which a property test finds.
"""

from typing import NamedTuple

from models import bounds
from models.audience import answers, lifecycle, recent
from models.audience.kinds import Age, Count, Decayed, Flag, Kind, Number, Stage, Text
from models.audience.likely import Likely, LikelyText
from models.audience.limits import AMOUNTS, COUNTS, SHARES
from models.audience.parts import By, Records
from models.decay import DAY_MS
from models.intent import person, wants
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS, REVENUE_HALF_LIFE_MS
from models.person.memory import Order
from models.person.profile import Profile


class Fact(NamedTuple):
    """A fact.

    Attributes:
        kind: How it is tested.
        by: The records that may raise and lower it, beside `merge` and `profile`.
        what: What it is.
    """

    kind: Kind
    by: By
    what: str


def _orders(profile: Profile) -> list[Order]:
    if not profile.purchases:
        return []
    return [order for order in profile.past().orders if order.at_ms and not order.gone]


def _order_times(profile: Profile) -> list[int]:
    return recent.kept(sorted(order.at_ms // recent.SECOND_MS for order in _orders(profile)))


def _discounted(profile: Profile) -> float | None:
    orders = _orders(profile)
    return sum(1 for order in orders if order.discount > 0) / len(orders) if orders else None


def _favourite(profile: Profile) -> str:
    levels = profile.categories
    return min(levels, key=lambda name: (-levels[name], name)) if levels else ""


def _interval_ms(profile: Profile) -> int:
    return round(person.history_of(profile).gap_days() * DAY_MS) if profile.purchases else 0


def _cart_value(profile: Profile) -> float:
    return sum(item.price * item.quantity for item in profile.cart)


_CLICKS: Records = frozenset({"click", "delivery"})
"""A delivery may tell that a machine had clicked."""
_IN_SHOP: Records = frozenset({"browse", "cart", "search", "purchase", "wish"})
_ACTS: Records = _IN_SHOP | _CLICKS
_CART: Records = frozenset({"cart", "purchase"})
_TOLD: Records = frozenset({"profile", "consent"})
_NONE: Records = frozenset()


def _only(*records: str) -> By:
    """Raised by these, and never lowered."""
    return By(frozenset(records))


def _both(records: Records) -> By:
    """Raised and lowered by these."""
    return By(records, records)


_ORDERS = _both(frozenset({"purchase", "refund"}))  # a refund may have come before its order
_MAILS = _both(_CLICKS | {"decision"})  # a mail decided may push out the oldest
_SEEN = By(_ACTS, _CLICKS)
_THOUGHT = _both(frozenset({"decision"}))
"""Of what changes with everything; see `Part.asks`."""

# Whoever does something in the shop is active from then on, if not new, and stays new; only a click
# that wasn't theirs, taken back, leads the other way.
_STAGE_ENTERED = dict.fromkeys(lifecycle.STAGES, _NONE) | {
    "active": _ACTS,
    "at_risk": _CLICKS,
    "dormant": _CLICKS,
}
_STAGE_LEFT = dict.fromkeys(lifecycle.STAGES, _ACTS) | {"new": _CLICKS, "active": _CLICKS}

FACTS: dict[str, Fact] = {
    "browses": Fact(
        Count(lambda p: p.browses, lambda p: p.recent_browses),
        _only("browse"),
        "products looked at",
    ),
    "carts": Fact(
        Count(lambda p: p.carts, lambda p: p.recent_carts),
        _only("cart"),
        "changes of the cart, the beginning of a checkout included",
    ),
    "clicks": Fact(
        Count(lambda p: p.clicks, lambda p: p.recent_clicks), _both(_CLICKS), "clicks in mails"
    ),
    "searches": Fact(
        Count(lambda p: p.searches, lambda p: p.recent_searches), _only("search"), "searches"
    ),
    "orders": Fact(
        Count(lambda p: p.purchases, _order_times, bounds.ORDERS), _ORDERS, "orders not paid back"
    ),
    "since_first_seen": Fact(Age(lambda p: p.first_ms), _both(_ACTS), "since they were first seen"),
    "since_seen": Fact(Age(lambda p: p.last_ms), _SEEN, "since they last did anything"),
    "since_browse": Fact(Age(lambda p: p.last_browse_ms), _only("browse"), "since the last look"),
    "since_cart": Fact(Age(lambda p: p.last_cart_ms), _only("cart"), "since the cart last changed"),
    "since_click": Fact(
        Age(lambda p: p.last_click_ms), _both(_CLICKS), "since the last click in a mail"
    ),
    "since_order": Fact(
        Age(lambda p: p.last_purchase_ms), _only("purchase"), "since the last order"
    ),
    "since_search": Fact(Age(lambda p: p.last_search_ms), _only("search"), "since the last search"),
    "order_rhythm": Fact(
        Age(lambda p: p.last_purchase_ms, _interval_ms),
        _ORDERS,
        "since the last order, in multiples of the person's own mean interval between orders; "
        "1 is when the next one is due",
    ),
    "revenue": Fact(Number(lambda p: p.revenue), _ORDERS, "paid in all"),
    "spent_lately": Fact(
        Decayed(lambda p: p.revenue_level, REVENUE_HALF_LIFE_MS),
        _ORDERS,
        "paid, each amount counting half after 90 days",
    ),
    "activity": Fact(
        Decayed(lambda p: p.activity, ACTIVITY_HALF_LIFE_MS),
        _SEEN,
        "things done, each counting half after a week",
    ),
    "price_level": Fact(
        Number(lambda p: p.price_mean if p.price_seen else None),
        _both(_IN_SHOP),
        "mean price of what they look at",
    ),
    "discounted_orders": Fact(
        Number(_discounted, SHARES), _ORDERS, "share of the last six orders that had a discount"
    ),
    "offers_received": Fact(
        Number(answers.offers, COUNTS), _MAILS, "of the last ten mails, those that carried an offer"
    ),
    "clicked_mails": Fact(
        Number(answers.clicked, COUNTS), _MAILS, "of the last ten mails, those that were clicked"
    ),
    "offer_clicks": Fact(
        Number(wants.on_offers, SHARES),
        _both(_CLICKS),
        "share of the clicks in mails, each counting half after 180 days, that was in mails with "
        "an offer",
    ),
    "content_clicks": Fact(
        Number(wants.on_content, SHARES),
        _both(_CLICKS),
        "share of the clicks that led to an article or a review, or was in mails of type "
        "`education` or `content`",
    ),
    "favourite_category": Fact(Text(_favourite), _both(_ACTS), "the category liked most"),
    "last_category": Fact(
        Text(lambda p: p.last_category), _only("browse"), "the category looked at last"
    ),
    "cart_items": Fact(
        Number(lambda p: len(p.cart), COUNTS), _both(_CART), "products that lie in the cart"
    ),
    "cart_value": Fact(Number(_cart_value), _both(_CART), "what the cart comes to"),
    "checkout_started": Fact(
        Flag(lambda p: p.checkout_ms > 0), _both(_CART), "whether checkout of it has begun"
    ),
    "has_address": Fact(Flag(lambda p: p.has_address), _both(_TOLD), "whether an address is known"),
    "language": Fact(Text(lambda p: p.locale), _both(_TOLD), "the language tag, as told"),
    "cluster": Fact(
        Number(lambda p: p.cluster if p.cluster >= 0 else None, COUNTS),
        _both(frozenset({"decision"})),
        "number of the cluster they were found in when something was last decided for them",
    ),
    "lifecycle": Fact(
        Stage(lifecycle.stage, lifecycle.STAGES, _STAGE_ENTERED, _STAGE_LEFT),
        _both(_ACTS),
        "stage: " + ", ".join(lifecycle.STAGES),
    ),
    "engagement": Fact(
        Stage(lifecycle.engagement, lifecycle.TIERS),
        _both(_ACTS),
        "tier: " + ", ".join(lifecycle.TIERS),
    ),
    "buys_soon": Fact(Likely(lambda i: i.buys_soon), _THOUGHT, "chance of an order within 7 days"),
    "churns": Fact(
        Likely(lambda i: i.churns),
        _THOUGHT,
        "chance that no order comes within twice their own mean time between orders",
    ),
    "days_to_order": Fact(
        Likely(lambda i: i.days_to_order, AMOUNTS),
        _THOUGHT,
        "days within which an order is as likely as not; 365 where it isn't within a year",
    ),
    "wants_offer": Fact(
        Likely(lambda i: i.wants_offer),
        _THOUGHT,
        "chance that the next click in a mail is in one with an offer",
    ),
    "wants_education": Fact(
        Likely(lambda i: i.wants_education),
        _THOUGHT,
        "chance that the next click in a mail is on something to read",
    ),
    "toward": Fact(LikelyText(lambda i: i.toward), _THOUGHT, "the category they are moving toward"),
}
