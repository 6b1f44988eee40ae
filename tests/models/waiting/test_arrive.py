"""What a person waited for has come: when it holds for them, and what happens then."""

from typing import Any

import pytest

from models.catalog import Catalog
from models.person.past import Message
from models.person.profile import Profile
from models.programme.flow_events import Trigger
from models.step import Record, Step
from models.waiting import waits
from models.waiting.arrive import timer_of
from models.waiting.wait import Wait, entry_of
from models.world import PolicySettings, World
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, REGISTRY, Life, product

BACK = entry_of("back_in_stock", "tent-1")
CHEAPER = entry_of("price_drop", "tent-1")
EVENING_MS = NOON_MS + 10 * HOUR_MS
"""22:00 in Berlin: quiet."""


def told(life: Life, kind: str, about: str, at_ms: int) -> list[Record]:
    """Tell the person as a fan-out does; gives the decisions that follow."""
    before, step = len(life.decisions), Step(life.subscriber, at_ms)
    REGISTRY.timers["waiting"](timer_of(kind, about), at_ms, life.profile, step, life.world)
    life._take(step)
    return life.decisions[before:]


def waiting_for(**fields: Any) -> Life:
    """Someone who can be mailed and wished for a tent at 50."""
    life = Life()
    life.world.catalog.put(
        product("tent-1", **{"price": 50.0, "updated_at": NOON_MS - 40 * DAY_MS, **fields})
    )
    life.reachable()
    life.happens("wish", NOON_MS)
    return life


def test_back_in_stock_is_decided_at_once_and_no_longer_waited_for() -> None:
    life = waiting_for(stock=0)
    assert told(life, "back_in_stock", "tent-1", NOON_MS + 1) == [], "it is still sold out"
    assert BACK in life.listed
    life.world.catalog.put(product("tent-1", stock=3))
    (decision,) = told(life, "back_in_stock", "tent-1", NOON_MS + HOUR_MS)
    assert decision["flow"] == "back_in_stock"
    assert decision["trigger"] == {
        "kind": "catalog",
        "id": f"back_in_stock:tent-1@{NOON_MS}",
        "at": NOON_MS + HOUR_MS,
    }
    assert BACK not in life.listed
    assert told(life, "back_in_stock", "tent-1", NOON_MS + 2 * HOUR_MS) == []


@pytest.mark.parametrize(("price", "drops"), [(49.0, False), (47.6, False), (47.5, True)])
def test_a_price_has_dropped_where_it_is_lower_by_as_much_as_the_programme_says(
    price: float, *, drops: bool
) -> None:
    life = waiting_for()
    life.world.catalog.put(product("tent-1", price=price, updated_at=NOON_MS))
    decisions = told(life, "price_drop", "tent-1", NOON_MS + HOUR_MS)
    assert bool(decisions) is drops
    assert (CHEAPER in life.listed) is not drops


def _now(life: Life) -> tuple[Profile, Step, World]:
    return life.profile, Step(life.subscriber, NOON_MS), life.world


def test_a_mail_of_a_lower_price_carries_the_lowest_of_the_30_days_before() -> None:
    life = waiting_for()
    life.world.policy = PolicySettings(learning=False)
    life.world.catalog.put(product("tent-1", price=40.0, updated_at=NOON_MS))
    for number in range(5):  # one of them mails, though a few explore
        life.profile.flows.clear()
        life.profile.messages.clear()
        waits.begin(Wait.of(Trigger.PRICE_DROP, "tent-1", NOON_MS, 50), *_now(life))
        told(life, "price_drop", "tent-1", NOON_MS + HOUR_MS + number)
    content = life.sent[0]["content"]
    assert content["about"] == content["products"] == "tent-1"
    assert (content["price"], content["price_lowest_30d"]) == ("40.0", "50.0")


def test_without_a_known_prior_price_nobody_is_told() -> None:
    life = waiting_for()
    life.profile.waits[0].price = 80  # wanted when the catalog of today hadn't begun
    assert told(life, "price_drop", "tent-1", NOON_MS + HOUR_MS) == []
    assert CHEAPER in life.listed


def test_where_the_prior_price_is_known_no_more_the_flow_holds_and_they_go_on_waiting() -> None:
    life = waiting_for()
    life.world.catalog.put(product("tent-1", price=40.0, updated_at=NOON_MS))
    assert told(life, "price_drop", "tent-1", EVENING_MS) == []
    assert CHEAPER not in life.listed, "it waits for the morning"
    life.world.catalog = Catalog({"tent-1": product("tent-1", price=40.0)})
    life.pass_time(NOON_MS + DAY_MS)
    assert life.decisions[0]["reasons"] == ["no_prior_price"]
    assert CHEAPER in life.listed


def test_who_can_be_mailed_only_now_is_told_of_what_has_come_already() -> None:
    life = Life()
    life.world.catalog.put(product("tent-1", stock=0))
    life.happens("wish", NOON_MS)
    life.world.catalog.put(product("tent-1", stock=1))
    life.happens("consent", NOON_MS + 1)
    life.happens("profile", NOON_MS + 2, address="a@example.org")
    assert [d["flow"] for d in life.decisions] == ["welcome", "back_in_stock"]
    assert BACK not in life.listed


def test_a_new_arrival_is_one_that_became_available_after_they_began_to_wait() -> None:
    life = waiting_for()
    for name, since_ms in (("old", NOON_MS - 1), ("new", NOON_MS + 1), ("newest", NOON_MS + 2)):
        life.world.catalog.put(product(name, since=since_ms))
    told(life, "new_arrival", "tents", NOON_MS + HOUR_MS)
    assert life.profile.armed["new_arrival"].about == "newest"
    life.pass_time(NOON_MS + 3 * HOUR_MS)
    assert [d["flow"] for d in life.decisions] == ["new_arrival"]


def test_in_quiet_hours_it_waits_and_if_it_is_gone_by_then_is_waited_for_again() -> None:
    life = waiting_for(stock=0)
    life.world.catalog.put(product("tent-1", stock=1))
    assert told(life, "back_in_stock", "tent-1", EVENING_MS) == []
    assert life.profile.armed["back_in_stock"].about == "tent-1"
    life.world.catalog.put(product("tent-1", stock=0))
    life.pass_time(NOON_MS + DAY_MS)
    (decision,) = life.decisions
    assert decision["reasons"] == ["out_of_stock"]
    assert BACK in life.listed


def test_a_deleted_product_is_as_good_as_sold_out() -> None:
    life = waiting_for(stock=0)
    life.world.catalog.put(product("tent-1", stock=1))
    told(life, "back_in_stock", "tent-1", EVENING_MS)
    life.world.catalog.remove("tent-1")
    life.pass_time(NOON_MS + DAY_MS)
    assert life.decisions[0]["reasons"] == ["out_of_stock"]


@pytest.mark.parametrize(
    ("status", "kind"), [("sold_out", "back_in_stock"), ("price_changed", "price_drop")]
)
def test_who_could_not_be_told_after_all_waits_again_and_the_mail_counts_for_no_cap(
    status: str, kind: str
) -> None:
    life = waiting_for()
    life.deliver = False
    item = life.profile.waits[0]
    life.profile.waits.remove(item)
    life.profile.messages.append(_mail(kind))
    life.world.catalog.put(product("tent-1", stock=0))
    life.happens("delivery", NOON_MS + 5, decision_id="0123456789abcdef", status=status)
    assert [wait.kind for wait in life.profile.waits if wait.about == "tent-1"] == [kind]
    assert entry_of(kind, "tent-1") in life.listed


def test_what_is_there_again_before_it_is_told_that_it_was_gone_has_its_turn() -> None:
    life = waiting_for()
    life.deliver = False
    life.profile.waits.remove(life.profile.waits[0])
    life.profile.messages.append(_mail("back_in_stock"))
    life.happens("delivery", NOON_MS + 5, decision_id="0123456789abcdef", status="sold_out")
    assert [decision["flow"] for decision in life.decisions] == ["back_in_stock"]


def _mail(flow: str) -> Message:
    return Message("0123456789abcdef", f"{flow}/none", flow, NOON_MS, NOON_MS + 9, about="tent-1")


def test_while_one_is_under_way_the_next_keeps_its_place_and_has_its_turn_afterwards() -> None:
    life = waiting_for(stock=0)
    life.world.catalog.put(product("tent-2", stock=0))
    life.happens("wish", NOON_MS + 1, product_id="tent-2", action="notify")
    for product_id in ("tent-1", "tent-2"):
        life.world.catalog.put(product(product_id, stock=9))
        told(life, "back_in_stock", product_id, EVENING_MS)
    assert life.listed >= {entry_of("back_in_stock", "tent-2")}
    life.pass_time(NOON_MS + DAY_MS)
    assert [d["flow"] for d in life.decisions] == ["back_in_stock"]
    assert life.profile.armed["back_in_stock"].about == "tent-2"
    assert entry_of("back_in_stock", "tent-2") not in life.listed
    life.pass_time(NOON_MS + 3 * DAY_MS)
    assert [d["flow"] for d in life.decisions] == ["back_in_stock"] * 2


def test_who_does_not_wait_is_taken_off_the_list_and_told_nothing() -> None:
    life = waiting_for(stock=5)
    life.listed.add(BACK)
    assert told(life, "back_in_stock", "tent-1", NOON_MS + 1) == []
    assert BACK not in life.listed
