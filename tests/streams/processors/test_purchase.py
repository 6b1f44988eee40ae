from typing import Any

import pytest

from models.decay import value
from models.person.half_lives import REVENUE_HALF_LIFE_MS
from tests.models.life import NOON_MS, Life


def _line(product_id: str, price: float = 10.0, **fields: Any) -> dict[str, Any]:
    return {"product_id": product_id, "category": None, "price": price, "quantity": 1, **fields}


def test_an_order_is_counted_and_its_products_remembered() -> None:
    life = Life()
    life.happens("purchase", NOON_MS, items=[_line("tent-1", 80.0, category="tents")], total=80.0)
    profile = life.profile
    assert (profile.purchases, profile.revenue) == (1, 80.0)
    assert profile.last_purchase_ms == NOON_MS
    assert value(profile.revenue_level, NOON_MS, REVENUE_HALF_LIFE_MS) == pytest.approx(80.0)
    assert list(profile.bought) == ["tent-1"]
    assert set(profile.categories) == {"tents"}


def test_an_order_clears_what_lay_in_the_cart_and_no_more() -> None:
    life = Life()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.happens("cart", NOON_MS + 10, product_id="rope-1")
    life.happens("purchase", NOON_MS + 5, now_ms=NOON_MS + 11, total=80.0)
    assert [item.product_id for item in life.profile.cart] == ["rope-1"]


def test_large_orders_and_many_of_them_stay_bounded() -> None:
    life = Life()
    for number in range(30):
        lines = [_line(f"p-{number}-{line}", 1e12) for line in range(50)]
        life.happens("purchase", NOON_MS + number, items=lines, total=1e12)
    assert len(life.profile.bought) == 10
    assert life.profile.revenue == 1e7
