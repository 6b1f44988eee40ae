"""Made-up people, products and decisions: what messages are looked at with before anyone gets one.

Fixed, so that two runs show the same. Nobody is behind them: their links are signed for a person
of the name `SUBSCRIBER`, whom no event ever names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from schemas.catalog_entry import ARTICLE, PRODUCT, REVIEW
from senders.links.tokens import Links
from senders.mail.content import Identity, template_variables
from senders.mail.truth import told

NOW_MS: Final = 1_798_000_000_000
"""23 December 2026, in the morning."""
DAY_MS: Final = 86_400_000
SUBSCRIBER: Final = "nextbest-test"
"""The subscriber key of samples and tests."""
BASE: Final = "https://mail.shop.example"
LINKS: Final = Links(BASE, ["signs samples and opens nothing real"])
SHOP: Final = "https://www.shop.example/"
IDENTITY: Final = Identity(
    "Fernweh & Co", "Fernweh & Co GmbH\nLindenstr. 12\n10969 Berlin, Germany", SHOP, f"{SHOP}cart"
)
PICTURES: Final = f"{SHOP}pictures/"


def _record(record_id: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "product_id": record_id,
        "name": name,
        "category": "Lighting",
        "price": 89.0,
        "currency": "EUR",
        "stock": 40,
        "rating": 4.6,
        "url": f"{SHOP}p/{record_id}",
        "image_url": f"{PICTURES}{record_id}.jpg",
        "kind": PRODUCT,
        "text": None,
        "about": (),
        "ends_at": None,
        "updated_at": NOW_MS,
        **fields,
    }


_RECORDS: Final = (
    _record("lamp", "Lumi reading lamp", price=1234.5, stock=3, ends_at=NOW_MS + 2 * DAY_MS),
    _record("throw", "Wool throw", category="Bedroom", price=59.0, rating=4.8),
    _record("mug", "Mug", category="Kitchen", price=9.5, rating=None),
    _record(
        "shelf",
        "Three-tier walnut wall shelf with hidden fittings, 120 centimetres, oiled by hand",
        category="Living room",
        price=12_499.0,
        image_url=None,
    ),
    _record("rug", "Hand-knotted rug, 200 by 300", category="Living room", price=649.0),
    _record(
        "light",
        "Light for late readers",
        kind=ARTICLE,
        stock=0,
        rating=None,
        text="Where to put a lamp so that it lights the page and nobody else in the room: three "
        "arrangements that work, and one that never does.",
    ),
    _record(
        "praise",
        "",
        kind=REVIEW,
        stock=0,
        rating=5.0,
        url=None,
        text="Warm, quiet light, and it turned my reading corner into the best seat at home.",
        about=("lamp",),
    ),
)
CATALOG: Final[Mapping[str, dict[str, Any]]] = MappingProxyType(
    {record["product_id"]: record for record in _RECORDS}
)

_PRODUCTS: Final = {"products": "lamp,throw,mug,shelf", "hero": "lamp", "category": "Lighting"}
_REST: Final = {"article": "light", "review": "praise", "action": "shop"}
_ENDS: Final = {"ends_at": str(NOW_MS + 2 * DAY_MS), "ends_on": "2026-12-24"}
_URGENT: Final = {"low_stock": "5", **_ENDS}
DROP: Final = {"about": "lamp", "price": "1234.5", "price_lowest_30d": "1499.0"}
ORDER: Final = {
    "order_id": "FW-2026-10417",
    "order_items": "lamp:1:1234.5,shelf:2:12499,mug:12:9.5",
    "order_total": "26346.5",
    "order_currency": "EUR",
}
_OFFER: Final = {"discount_percent": "10"}
_CODE: Final = {**_OFFER, "code": "GIFT-7K2M", "code_expires": "2026-12-24"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A case that a message may be sent in.

    Attributes:
        name: What it is called.
        content: The decision's content.
        offer: The offer; `none` for none.
        person: What is otherwise of the contact.
        segments: Those the person is in.
    """

    name: str
    content: Mapping[str, str] = field(default_factory=dict)
    offer: str = "none"
    person: Mapping[str, Any] = field(default_factory=dict)
    segments: tuple[str, ...] = ()


FULL: Final = Sample(
    "full", {**_PRODUCTS, **_REST, **_URGENT}, segments=("renewal_due", "vip", "active")
)
CALM: Final = Sample("calm", {**_PRODUCTS, **_REST})
FEW: Final = Sample("few", {**_PRODUCTS, "low_stock": "5"})
ENDING: Final = Sample("ending", {**_PRODUCTS, **_ENDS})
OFFERED: Final = Sample("offer", {**_PRODUCTS, **_OFFER}, offer="small")
CODED: Final = Sample("code", {**_PRODUCTS, **_CODE}, offer="gift")
BARE: Final = Sample(
    "bare", {}, person={"attributes": {}, "locale": None, "time_zone": "Nowhere/Atlantis"}
)
GERMAN: Final = Sample(
    "german", {**_PRODUCTS, "action": "finish"}, person={"locale": "de-DE", "time_zone": None}
)
LONG: Final = Sample(
    "long",
    {"products": "shelf,rug", "hero": "shelf", "category": "Living room", "action": "finish"},
    person={"attributes": {"first_name": "Wolfeschlegelsteinhausenbergerdorff"}},
)
SAMPLES: Final = (FULL, CALM, FEW, ENDING, OFFERED, CODED, BARE, GERMAN, LONG)


def contact_of(sample: Sample) -> dict[str, Any]:
    """The sample's contact record."""
    return {
        "subscriber_id": SUBSCRIBER,
        "address": "ann@inbox.example",
        "locale": "en-GB",
        "time_zone": "Europe/Berlin",
        "attributes": {"first_name": "Ann"},
        "consent": {"marketing": {"granted": True, "at": NOW_MS - DAY_MS}},
        "preferences": {},
        **sample.person,
    }


def decision_of(sample: Sample, message: str, kind: str = "marketing") -> dict[str, Any]:
    """The sample's decision of a message."""
    return {
        "decision_id": "00000000000000000000000000000000",
        "subscriber_id": SUBSCRIBER,
        "flow": "sample",
        "arm": message,
        "message": message,
        "offer": sample.offer,
        "content": dict(sample.content),
        "segments": list(sample.segments),
        "attributes": {
            "last_category": "Lighting",
            "lifecycle": "active",
            "engagement": "high",
            "first_seen": "2026-03-01",
            "renews_at": "2026-12-30",
        }
        if sample.content
        else {},
        "slots": [],
        "expires_at": NOW_MS + DAY_MS,
        "kind": kind,
    }


def variables_of(
    sample: Sample,
    message: str,
    kind: str = "marketing",
    *,
    identity: Identity = IDENTITY,
    links: Links = LINKS,
) -> dict[str, Any]:
    """What the message's templates get in this case."""
    decision, contact = decision_of(sample, message, kind), contact_of(sample)
    true = told(decision, contact, CATALOG, NOW_MS)
    saying = {**decision, "content": true.content}
    return template_variables(saying, contact, CATALOG, identity, links)
