"""Who begins to wait for what, and what of it is listed."""

from typing import Any

import pytest

from models.waiting.wait import entry_of
from tests.models.life import DAY_MS, NOON_MS, Life, product
from tests.models.waiting.test_arrive import EVENING_MS, told

BACK = entry_of("back_in_stock", "tent-1")
CHEAPER = entry_of("price_drop", "tent-1")
NEW = entry_of("new_arrival", "tents")
ITEM = {"product_id": "tent-1", "category": None, "price": 50.0, "quantity": 1}


def shopper(subscriber: str = "sub-1", *, reachable: bool = True, **fields: Any) -> Life:
    """Someone in front of a shop with one tent."""
    life = Life(subscriber=subscriber)
    life.world.catalog.put(product("tent-1", **fields))
    return life.reachable() if reachable else life


@pytest.mark.parametrize(
    ("name", "fields", "stock", "waits"),
    [
        ("browse", {}, 5, set()),
        ("browse", {}, 0, {BACK}),
        ("cart", {}, 5, {CHEAPER}),
        ("cart", {}, 0, {CHEAPER, BACK}),
        ("wish", {}, 5, {CHEAPER, NEW}),
        ("wish", {"action": "notify"}, 0, {BACK}),
        ("wish", {"action": "notify"}, 5, {CHEAPER, NEW}),
        ("purchase", {}, 5, {NEW}),
    ],
)
def test_who_waits_is_told_by_what_they_do_and_by_the_catalog(
    name: str, fields: dict[str, Any], stock: int, waits: set[str]
) -> None:
    life = shopper(stock=stock)
    if name == "purchase":
        fields = {"items": [{**ITEM, "product_id": "rope-1", "category": "tents"}], "total": 9.0}
    else:
        fields = {"product_id": "tent-1", **fields}
    life.happens(name, NOON_MS, **fields)
    assert life.listed == waits


def test_a_second_look_wants_the_product_at_the_price_it_has_then() -> None:
    life = shopper(price=50.0)
    life.happens("browse", NOON_MS, product_id="tent-1")
    assert life.listed == set()
    life.world.catalog.put(product("tent-1", price=45.0))
    life.happens("browse", NOON_MS + 1, product_id="tent-1")
    assert [(wait.about, wait.price) for wait in life.profile.waits] == [("tent-1", 45)]


def test_what_is_bought_or_no_longer_wished_for_is_not_waited_for() -> None:
    for name, fields in (
        ("purchase", {"items": [ITEM], "total": 50.0}),
        ("wish", {"action": "remove"}),
    ):
        life = shopper()
        life.happens("cart", NOON_MS, product_id="tent-1")
        life.happens(name, NOON_MS + 1, **fields)
        assert CHEAPER not in life.listed
        assert [w for w in life.profile.waits if w.about == "tent-1"] == []


def test_an_event_that_the_order_overtook_wants_nothing() -> None:
    life = shopper()
    life.happens("purchase", NOON_MS, items=[ITEM], total=50.0)
    life.happens("wish", NOON_MS - 1, now_ms=NOON_MS + 1)
    assert CHEAPER not in life.listed


def test_someone_who_cannot_be_mailed_is_remembered_and_listed_once_they_can() -> None:
    life = shopper(reachable=False)
    life.happens("wish", NOON_MS)
    assert life.listed == set()
    assert {wait.entry for wait in life.profile.waits} == {CHEAPER, NEW}
    life.happens("consent", NOON_MS + 1)
    life.happens("profile", NOON_MS + 2, address="a@example.org")
    assert life.listed == {CHEAPER, NEW}
    life.happens("consent", NOON_MS + 3, action="opt_out")
    assert life.listed == set()
    assert len(life.profile.waits) == 2


def test_what_an_anonymous_person_waits_for_is_carried_to_who_they_turn_out_to_be() -> None:
    unknown = shopper("anon:cookie-1", reachable=False)
    unknown.happens("wish", NOON_MS, subscriber_id=None, anonymous_id="c")
    unknown.happens("identify", NOON_MS + 1, subscriber_id="sub-1", anonymous_id="cookie-1")
    (merge,) = [record for name, record in unknown.emitted if name == "merge"]
    assert unknown.profile.waits == []
    known = shopper()
    known.apply("merge", merge, NOON_MS + 2)
    assert known.listed == {CHEAPER, NEW}


def test_a_decision_is_when_it_is_looked_at_what_they_like_most() -> None:
    life = shopper()
    life.happens("browse", NOON_MS, product_id="tent-1")
    assert life.listed == set()
    life.pass_time(NOON_MS + DAY_MS)
    assert life.decisions
    assert life.listed == {NEW}


def test_what_is_told_at_once_is_a_decision_too() -> None:
    life = shopper(stock=0)
    life.happens("browse", NOON_MS, product_id="tent-1")
    assert life.listed == {BACK}
    life.world.catalog.put(product("tent-1", stock=3))
    assert told(life, "back_in_stock", "tent-1", NOON_MS + 1)
    assert life.listed == {NEW}


def test_what_is_told_after_the_quiet_hours_is_none_yet() -> None:
    life = shopper(stock=0)
    life.happens("browse", NOON_MS, product_id="tent-1")
    life.world.catalog.put(product("tent-1", stock=3))
    assert not told(life, "back_in_stock", "tent-1", EVENING_MS)
    assert life.listed == set()


def test_only_the_two_categories_liked_most_are_waited_in() -> None:
    life = shopper()
    for number, category in enumerate(("ropes", "boots", "tents", "boots", "ropes", "boots")):
        life.world.catalog.put(product(f"{category}-9", category=category))
        life.happens("search", NOON_MS + number, category=category)
    life.happens("wish", NOON_MS + 9, action="notify", product_id="unheard-of")
    assert life.listed == {entry_of("new_arrival", "boots"), entry_of("new_arrival", "ropes")}


def test_a_product_or_category_that_cannot_be_named_in_the_list_is_not_waited_for() -> None:
    life = shopper()
    for product_id in ("x" * 41, "a\x1fb", "a\nb"):
        life.world.catalog.put(product(product_id, stock=0, category="odd\x1f"))
        life.happens("wish", NOON_MS, product_id=product_id)
    assert life.profile.waits == []


def test_without_a_flow_that_tells_of_it_nothing_is_waited_for() -> None:
    life = shopper(stock=0)
    del life.world.programme.started_by["back_in_stock"]
    life.happens("browse", NOON_MS + DAY_MS, product_id="tent-1")
    assert life.profile.waits == []
