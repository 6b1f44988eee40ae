"""What has come while a flow was under way has its turn also where the flow was ended."""

from typing import Any

import pytest

from models.waiting.wait import entry_of
from models.world import World
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product
from tests.models.programmes import plain_of, programme_of_plain
from tests.models.waiting.test_arrive import EVENING_MS, told

SECOND = entry_of("back_in_stock", "tent-2")


def two_are_back(cancel: list[str], **changes: Any) -> Life:
    """Two tents came back in the evening; the first is to be told of in the morning."""
    plain = plain_of(BUNDLED.read_text(encoding="utf-8"))
    plain["flows"]["back_in_stock"].update({"cancel": cancel, **changes})
    life = Life(World(programme_of_plain(plain).at_once()))
    for product_id in ("tent-1", "tent-2"):
        life.world.catalog.put(product(product_id, stock=0))
    life.reachable()
    for product_id in ("tent-1", "tent-2"):
        life.happens("wish", NOON_MS, product_id=product_id, action="notify")
        life.world.catalog.put(product(product_id, stock=9))
    for product_id in ("tent-1", "tent-2"):
        told(life, "back_in_stock", product_id, EVENING_MS)
    assert life.profile.armed["back_in_stock"].about == "tent-1"
    assert SECOND in life.listed
    return life


@pytest.mark.parametrize(
    ("ends", "name", "fields"),
    [
        ("purchase", "purchase", {"total": 9.0}),
        ("cart", "cart", {"product_id": "rope-1"}),
        ("cart_emptied", "cart", {"action": "remove", "product_id": "rope-1"}),
    ],
)
def test_the_next_has_its_turn_when_the_one_before_is_ended(
    ends: str, name: str, fields: dict[str, Any]
) -> None:
    life = two_are_back([ends, "opt_out"])
    life.happens(name, EVENING_MS + HOUR_MS, **fields)
    assert life.profile.armed["back_in_stock"].about == "tent-2"
    assert SECOND not in life.listed
    life.pass_time(NOON_MS + DAY_MS)
    decided = [d["content"]["about"] for d in life.decisions if d["flow"] == "back_in_stock"]
    assert decided == ["tent-2"]


def test_a_milestone_that_ends_it_gives_the_next_its_turn() -> None:
    life = two_are_back(["opt_out"], until="moved_away")
    life.happens("milestone", EVENING_MS + HOUR_MS, name="moved_away")
    assert life.profile.armed["back_in_stock"].about == "tent-2"
    assert SECOND not in life.listed


def test_the_next_is_told_even_where_the_clock_is_behind_the_order() -> None:
    life = two_are_back(["purchase", "opt_out"])
    life.happens("purchase", EVENING_MS + HOUR_MS, now_ms=EVENING_MS + 1, total=9.0)
    assert life.profile.armed["back_in_stock"].about == "tent-2"


def test_an_order_that_ends_nothing_gives_nobody_a_turn() -> None:
    life = two_are_back(["opt_out"])
    life.happens("purchase", EVENING_MS + HOUR_MS, total=9.0)
    assert life.profile.armed["back_in_stock"].about == "tent-1"
    assert SECOND in life.listed


def test_who_leaves_the_list_is_told_when_they_are_back_on_it() -> None:
    life = two_are_back(["opt_out"])
    life.happens("consent", EVENING_MS + HOUR_MS, action="opt_out")
    assert "back_in_stock" not in life.profile.armed
    life.happens("consent", NOON_MS + DAY_MS)
    assert [d["content"]["about"] for d in life.decisions] == ["tent-2"]
