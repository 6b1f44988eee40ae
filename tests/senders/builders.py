"""What the tests of senders are about: a contact, a decision, a product, an identity."""

from typing import Any

from senders.links.tokens import Links
from senders.mail.content import Identity

NOW_MS = 1_700_000_000_000
HOUR_MS = 3_600_000
SECRET = "a-secret-for-tests-only"
LINKS = Links("https://mail.sender.example/", [SECRET])
IDENTITY = Identity("Fernweh & Co", "Lindenstr. 12\n10969 Berlin", "https://shop.example.com/")


def contact(**changes: Any) -> dict[str, Any]:
    """Ann, who consented an hour ago."""
    return {
        "subscriber_id": "ann",
        "address": "ann@inbox.example",
        "locale": "en-GB",
        "attributes": {"first_name": "Ann"},
        "consent": {"marketing": {"granted": True, "at": NOW_MS - HOUR_MS}},
        "preferences": {},
        "cancelled": {},
        **changes,
    }


def decision(**changes: Any) -> dict[str, Any]:
    """A cart reminder for Ann."""
    return {
        "decision_id": "d1",
        "subscriber_id": "ann",
        "flow": "cart_abandonment",
        "message": "cart_reminder",
        "kind": "marketing",
        "stream": "marketing",
        "offer": "none",
        "content": {"products": "lamp,throw"},
        "segments": [],
        "attributes": {},
        "slots": [],
        "decided_at": NOW_MS,
        "expires_at": NOW_MS + HOUR_MS,
        "topic": None,
        "resend_unknown": False,
        **changes,
    }


def product(product_id: str = "lamp", **changes: Any) -> dict[str, Any]:
    """A product in stock."""
    return {
        "product_id": product_id,
        "name": f"The {product_id}",
        "category": "lighting",
        "price": 1234.5,
        "currency": "EUR",
        "stock": 3,
        "rating": 4.56,
        "url": f"https://shop.example.com/p/{product_id}",
        "image_url": None,
        "kind": "product",
        "text": None,
        "about": (),
        "ends_at": None,
        "updated_at": 0,
        **changes,
    }


def article(article_id: str = "how-to", **changes: Any) -> dict[str, Any]:
    """Something to read about lighting."""
    told = {"kind": "article", "name": "Light for late readers", "about": ("lighting",)}
    return product(article_id, **{**told, "stock": 0, "price": 0.0, "text": "Sit down.", **changes})


def review(review_id: str = "praise", **changes: Any) -> dict[str, Any]:
    """What a customer said of the lamp."""
    told = {"kind": "review", "text": "It lights the whole room.", "about": ("lamp",)}
    return product(
        review_id, **{**told, "stock": 0, "price": 0.0, "rating": 5.0, "url": None, **changes}
    )
