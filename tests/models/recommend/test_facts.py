"""What events say about products: nothing of whose they are, nothing of machines."""

from typing import Any

import pytest

from models import decay
from models.person.half_lives import ACTIVITY_HALF_LIFE_MS
from models.person.profile import Profile
from models.recommend.facts import ACTIVITY, BASKET, BEFORE_MS, told
from tests.schemas.samples import NOW_MS, sample


def person(**fields: Any) -> Profile:
    return Profile(visit_ms=NOW_MS - 60_000, **fields)


def test_a_view_a_cart_and_an_order() -> None:
    profile = person()
    profile.bought.update({"sock": NOW_MS - 1_000, "hat": NOW_MS - BEFORE_MS, "shoe-42": NOW_MS})
    found = {name: told(name, sample(name), profile, "ann") for name in ("browse", "purchase")}
    view, order = found["browse"], found["purchase"]
    assert view is not None
    assert order is not None
    assert (view["kind"], view["products"], view["before"]) == ("view", ["shoe-42"], [])
    assert (order["kind"], order["products"], order["before"]) == (
        *("purchase", ["shoe-42"]),
        ["sock"],  # not what was bought long ago, nor the basket itself
    )
    assert view["session"] == order["session"]  # the shop's own session
    cart = told("cart", sample("cart"), profile, "ann")
    assert cart is not None
    assert cart["kind"] == "cart"
    assert "ann" not in repr(found)


def test_without_a_session_of_the_shop_a_visit_is_one() -> None:
    def session(subscriber: str, **fields: Any) -> bytes:
        event = sample("browse", session_id=None)
        found = told("browse", event, Profile(**fields), subscriber)
        assert found is not None
        return bytes(found["session"])

    assert session("ann", visit_ms=5) == session("ann", visit_ms=5) != session("ann", visit_ms=6)
    assert session("ann", visit_ms=5) != session("bea", visit_ms=5)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("browse", {"product_id": None}),
        ("browse", {"product_id": "x" * 41}),
        ("cart", {"action": "remove"}),
        ("cart", {"action": "checkout_started", "product_id": None}),
        ("purchase", {"items": []}),
        ("search", {}),
    ],
)
def test_what_says_nothing_of_a_product(name: str, changes: dict[str, Any]) -> None:
    assert told(name, sample(name, **changes), person(), "ann") is None


def test_whoever_does_more_than_a_shopper_can_is_left_out() -> None:
    def active(events: float) -> Profile:
        level = decay.raised(decay.EMPTY, events, NOW_MS, ACTIVITY_HALF_LIFE_MS)
        return person(activity=level)

    assert told("browse", sample("browse"), active(ACTIVITY * 0.99), "ann") is not None
    assert told("browse", sample("browse"), active(ACTIVITY * 1.01), "ann") is None


def test_of_a_huge_order_some_products_are_told() -> None:
    line = sample("purchase")["items"][0]
    lines = [{**line, "product_id": f"p{n}"} for n in range(1_000)]
    found = told("purchase", sample("purchase", items=lines + lines), person(), "ann")
    assert found is not None
    assert found["products"] == [f"p{n}" for n in range(BASKET)]
