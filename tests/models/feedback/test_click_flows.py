"""A click starts a flow about the category clicked; a flow may have a cap of its own."""

from typing import Any

from models.person.messages import counted_of
from models.programme.flow_parts import AtMost
from models.world import PolicySettings, World
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product
from tests.models.programmes import plain_of, programme_of_plain

TIMER = "flow:click_follow_up"


def world(flow: str, **changes: Any) -> World:
    plain = plain_of(BUNDLED.read_text(encoding="utf-8"))
    plain["flows"][flow].update(changes)
    made = World(programme_of_plain(plain).at_once())
    made.policy = PolicySettings(learning=False)
    return made


def reader() -> Life:
    """Someone who can be mailed, in front of a shop with two categories."""
    life = Life(world("click_follow_up"))
    for name, category in (("tent-1", "tents"), ("tent-2", "tents"), ("rope-1", "ropes")):
        life.world.catalog.put(product(name, category=category))
    return life.reachable()


def test_a_click_is_followed_up_by_what_was_clicked() -> None:
    life = reader()
    life.happens("click", NOON_MS, product_id="tent-1")
    assert life.timers[TIMER] == NOON_MS + DAY_MS
    assert life.profile.armed["click_follow_up"].about == "tents"
    life.pass_time(NOON_MS + 2 * DAY_MS)
    (decision,) = life.decisions
    assert decision["flow"] == "click_follow_up"
    assert decision["content"].get("about") is None, "it is about no one product"
    assert (decision["content"]["category"], decision["content"]["products"]) == (
        "tents",
        "tent-1,tent-2",
    )


def test_the_newest_click_says_what_it_is_about() -> None:
    life = reader()
    life.happens("click", NOON_MS, product_id="tent-1")
    life.happens("click", NOON_MS + HOUR_MS, category="ropes")
    assert life.profile.armed["click_follow_up"].about == "ropes"


def test_a_click_on_nothing_in_particular_is_not_followed_up() -> None:
    life = reader()
    life.happens("click", NOON_MS, url="https://shop.example/")
    assert TIMER not in life.timers


def test_a_click_found_out_as_a_machines_is_not_followed_up() -> None:
    life = reader()
    life.happens("cart", NOON_MS - 2 * DAY_MS, product_id="tent-1", price=50.0)
    life.pass_time(NOON_MS - DAY_MS)
    mail = life.sent[-1]["decision_id"]
    urls = [f"https://shop.example/{number}" for number in range(2)]
    at_ms = NOON_MS
    life.happens("click", at_ms, decision_id=mail, product_id="tent-1", url=urls[0])
    assert TIMER in life.timers
    life.happens("click", at_ms + 100, decision_id=mail, product_id="rope-1", url=urls[1])
    assert life.profile.machine_clicks == 2
    assert TIMER not in life.timers


def test_a_purchase_ends_it() -> None:
    life = reader()
    life.happens("click", NOON_MS, product_id="tent-1")
    life.happens("purchase", NOON_MS + HOUR_MS, total=50.0)
    assert TIMER not in life.timers


def capped(times: int) -> Life:
    at_most = {"times": times, "within": "180d"}
    life = Life(world("cart_abandonment", again_after="1d", at_most=at_most, exploration=0.01))
    life.world.catalog.put(product("tent-1"))
    return life.reachable()


def abandons(life: Life, day: int) -> dict[str, Any]:
    at_ms = NOON_MS + day * DAY_MS
    life.pass_time(at_ms)
    life.happens("cart", at_ms, product_id="tent-1", price=50.0)
    life.pass_time(at_ms + 2 * HOUR_MS)
    return next(d for d in reversed(life.decisions) if d["flow"] == "cart_abandonment")


def test_a_flow_mails_no_more_often_than_its_own_cap_says() -> None:
    life = capped(2)
    reasons = [abandons(life, day)["reasons"] for day in range(0, 40, 10)]
    assert reasons == [["chosen"], ["chosen"], ["cap_flow"], ["cap_flow"]]
    assert abandons(life, 200)["reasons"] == ["chosen"], "the first was more than 180 days ago"


def test_a_mail_that_never_arrived_does_not_count() -> None:
    life = capped(1)
    life.deliver = False
    decision = abandons(life, 0)
    flow = life.world.programme.flows["cart_abandonment"]
    assert flow.at_most == AtMost(1, 180 * DAY_MS)
    assert counted_of(flow, life.profile, NOON_MS + DAY_MS) == 1
    life.happens(
        "delivery", NOON_MS + DAY_MS, decision_id=decision["decision_id"], status="expired"
    )
    assert life.profile.flow_mails == {}
