"""Valid records, one of each name, to be changed by tests."""

from copy import deepcopy
from typing import Any

NOW_MS = 1_790_000_000_000

_WHO = {
    "event_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "occurred_at": NOW_MS,
    "subscriber_id": "ann",
    "anonymous_id": None,
}
_PRODUCT = {"product_id": "shoe-42", "category": "shoes", "price": 59.9}

SAMPLES: dict[str, dict[str, Any]] = {
    "browse": {**_WHO, **_PRODUCT, "session_id": "s-1"},
    "cart": {**_WHO, **_PRODUCT, "action": "add", "quantity": 2, "session_id": None},
    "click": {
        **_WHO,
        **_PRODUCT,
        "decision_id": "d-1",
        "url": "https://shop.example/shoe-42",
        "user_agent": "Mozilla/5.0",
        "machine": None,
    },
    "purchase": {
        **_WHO,
        "order_id": "o-1",
        "items": [{**_PRODUCT, "quantity": 1}],
        "total": 54.9,
        "discount": 5.0,
        "offer": "five-off",
        "code": "FIVE-7K2M",
        "session_id": "s-1",
    },
    "refund": {**_WHO, "order_id": "o-1", "total": 10.0},
    "search": {
        **_WHO,
        "query": "rote Schuhe",
        "category": None,
        "results": 3,
        "session_id": None,
    },
    "milestone": {**_WHO, "name": "setup_finished", "value": 12.5},
    "wish": {**_WHO, "action": "add", "product_id": "shoe-42", "price": 59.9},
    "consent": {
        **_WHO,
        "action": "opt_in",
        "purpose": "marketing",
        "preferences": {"frequency": "weekly"},
        "proof": {"source": "footer form", "text_version": "2026-03", "confirmed_at": NOW_MS},
        "decision_id": None,
    },
    "profile": {
        **_WHO,
        "address": "ann@example.com",
        "locale": "de-AT",
        "time_zone": "Europe/Vienna",
        "attributes": {"first_name": "Ann"},
    },
    "delivery": {
        **_WHO,
        "decision_id": "d-1",
        "status": "accepted",
        "smtp_code": 250,
        "detail": None,
        "provider": "example.com",
        "instead": {},
        "code": None,
        "claimed": True,
        "bounce": None,
        "enhanced": None,
        "source": None,
        "message": "cart_reminder",
        "stream": "marketing",
    },
    "open": {
        **_WHO,
        "decision_id": "d-1",
        "user_agent": "Mozilla/5.0",
        "trust": "low",
        "proxy": "apple",
    },
    "identify": {**_WHO, "anonymous_id": "cookie-1"},
    "catalog": {
        "product_id": "shoe-42",
        "name": "Shoe",
        "category": "shoes",
        "price": 59.9,
        "currency": "EUR",
        "stock": 7,
        "rating": 4.5,
        "url": "https://shop.example/shoe-42",
        "image_url": None,
        "updated_at": NOW_MS,
        "kind": "product",
        "text": None,
        "brand": "Alder",
        "tags": ["road"],
        "about": [],
        "since": NOW_MS,
        "ends_at": None,
    },
}

EVENT_NAMES = tuple(name for name in SAMPLES if name != "catalog")


def sample(name: str, /, **changes: Any) -> dict[str, Any]:
    """A valid record with fields replaced."""
    return {**deepcopy(SAMPLES[name]), **changes}
