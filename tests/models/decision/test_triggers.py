from typing import Any

import pytest

from models.person.encoding import encode
from models.person.profile import Armed
from models.world import World
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life, product
from tests.models.programmes import programme_of

CART = "flow:cart_abandonment"
BROWSE = "flow:browse_abandonment"
EVENING_MS = NOON_MS + 8 * HOUR_MS
"""20:00 in Berlin, an hour before it is quiet."""


def _world(**changed: Any) -> World:
    text = BUNDLED.read_text(encoding="utf-8")
    for old, new in changed.items():
        assert f"  {old}:" in text
        text = text.replace(f"  {old}:", f"  {old}:\n    after: {new}", 1)
    return World(programme_of(text))


def test_consent_and_an_address_start_the_welcome_at_once_in_either_order() -> None:
    for order in (("consent", "profile"), ("profile", "consent")):
        life = Life()
        for number, name in enumerate(order):
            fields: dict[str, Any] = {"address": "a@example.org"} if name == "profile" else {}
            assert life.decisions == []
            last = life.happens(name, NOON_MS + number, **fields)
        (decision,) = life.decisions
        assert decision["flow"] == "welcome"
        assert decision["trigger"] == {"kind": "event", "id": last["event_id"], "at": NOON_MS + 1}


def test_the_welcome_comes_once() -> None:
    life = Life()
    life.happens("profile", NOON_MS, address="a@example.org")
    for day in range(3):
        life.happens("consent", NOON_MS + day * DAY_MS + 1)
        life.happens("consent", NOON_MS + day * DAY_MS + 2, action="opt_out")
    assert len(life.decisions) == 1


def test_the_welcome_of_long_ago_is_too_late() -> None:
    life = Life()
    life.happens("consent", NOON_MS, now_ms=NOON_MS + 2 * DAY_MS)
    life.happens("profile", NOON_MS + 1, now_ms=NOON_MS + 2 * DAY_MS, address="a@example.org")
    (decision,) = life.decisions
    assert decision["action"] == "hold"
    assert decision["reasons"] == ["too_late"]


def test_a_cart_left_open_is_decided_an_hour_after_it_was_last_touched() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1", price=80.0)
    assert life.timers[CART] == NOON_MS + HOUR_MS
    life.happens("cart", NOON_MS + 30 * MINUTE_MS, product_id="rope-1", price=20.0)
    assert life.timers[CART] == NOON_MS + HOUR_MS, "a burst costs one timer"
    life.pass_time(NOON_MS + HOUR_MS)
    assert life.decisions == []
    assert life.timers[CART] == NOON_MS + 90 * MINUTE_MS
    life.pass_time(NOON_MS + 2 * HOUR_MS)
    (decision,) = life.decisions
    assert decision["flow"] == "cart_abandonment"
    assert decision["trigger"]["at"] == NOON_MS + 90 * MINUTE_MS
    assert decision["decided_at"] == NOON_MS + 90 * MINUTE_MS


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("purchase", {"total": 80.0}),
        ("cart", {"action": "remove", "product_id": "tent-1"}),
        ("consent", {"action": "opt_out"}),
    ],
)
def test_what_makes_the_reminder_pointless_cancels_it(name: str, fields: dict[str, Any]) -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.happens(name, NOON_MS + MINUTE_MS, **fields)
    assert CART not in life.timers
    life.pass_time(NOON_MS + 2 * DAY_MS)
    assert [d for d in life.decisions if d["flow"] == "cart_abandonment"] == []


def test_a_cart_older_than_the_last_purchase_opens_nothing() -> None:
    life = Life().reachable()
    life.happens("purchase", NOON_MS, total=80.0)
    life.happens("cart", NOON_MS - 1, now_ms=NOON_MS + 1, product_id="tent-1")
    assert life.profile.cart == []
    assert CART not in life.timers
    assert life.profile.carts == 1


def test_a_purchase_older_than_the_cart_cancels_nothing() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.happens("purchase", NOON_MS - 1, now_ms=NOON_MS + 1, total=5.0)
    assert CART in life.timers
    assert [item.product_id for item in life.profile.cart] == ["tent-1"]


def test_putting_into_the_cart_ends_the_browse_reminder() -> None:
    life = Life().reachable()
    life.happens("browse", NOON_MS, product_id="tent-1")
    assert BROWSE in life.timers
    life.happens("cart", NOON_MS + 1, product_id="tent-1")
    assert BROWSE not in life.timers
    life.happens("browse", NOON_MS, now_ms=NOON_MS + 2, product_id="tent-1")
    assert BROWSE not in life.timers, "a browse from before the cart starts nothing"


def test_in_quiet_hours_the_decision_moves_to_their_end() -> None:
    life = Life().reachable()
    life.happens("cart", EVENING_MS + HOUR_MS, product_id="tent-1")
    life.pass_time(EVENING_MS + 3 * HOUR_MS)
    assert life.decisions == []
    eight_ms = NOON_MS + 20 * HOUR_MS
    assert life.timers[CART] == eight_ms
    life.pass_time(eight_ms)
    (decision,) = life.decisions
    assert decision["trigger"]["at"] == eight_ms
    assert decision["reasons"] == ["chosen"]


def test_quiet_hours_are_those_where_the_person_lives() -> None:
    life = Life().reachable()
    life.happens("profile", NOON_MS - 1, time_zone="Pacific/Auckland")
    life.happens("cart", NOON_MS, product_id="tent-1")  # midnight there
    life.pass_time(NOON_MS + 2 * HOUR_MS)
    assert life.decisions == []
    life.happens("profile", NOON_MS + 3 * HOUR_MS, time_zone="Not/AZone")
    life.pass_time(NOON_MS + DAY_MS)
    assert len(life.decisions) == 1


def test_a_purchase_during_the_quiet_hours_cancels_what_waited() -> None:
    life = Life().reachable()
    life.happens("cart", EVENING_MS + HOUR_MS, product_id="tent-1")
    life.pass_time(EVENING_MS + 3 * HOUR_MS)
    life.happens("purchase", EVENING_MS + 4 * HOUR_MS, total=80.0)
    life.pass_time(NOON_MS + 2 * DAY_MS)
    assert [d for d in life.decisions if d["flow"] == "cart_abandonment"] == []


def test_quiet_hours_that_end_after_the_window_hold() -> None:
    life = Life().reachable()
    life.happens("cart", EVENING_MS - 22 * HOUR_MS, product_id="tent-1")
    life.fire(CART, EVENING_MS + 2 * HOUR_MS)  # 22:00, the window ends at 23:00
    (decision,) = life.decisions
    assert decision["reasons"] == ["quiet_hours"]
    assert CART not in life.timers


def test_a_timer_fired_past_its_window_holds_as_too_late() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.fire(CART, NOON_MS + 3 * DAY_MS)
    (decision,) = life.decisions
    assert decision["reasons"] == ["too_late"]
    assert decision["propensity"] == 1.0


def test_a_flow_starts_again_only_after_its_time() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.pass_time(NOON_MS + 2 * HOUR_MS)
    life.happens("cart", NOON_MS + DAY_MS, product_id="tent-1")
    assert CART not in life.timers
    life.happens("cart", NOON_MS + 2 * DAY_MS, product_id="tent-1")
    assert CART in life.timers


def test_silence_is_what_win_back_waits_for() -> None:
    life = Life().reachable()
    for day in range(0, 60, 10):
        life.pass_time(NOON_MS + day * DAY_MS)
        life.happens("search", NOON_MS + day * DAY_MS)
    assert [d for d in life.decisions if d["flow"] == "win_back"] == []
    life.pass_time(NOON_MS + 81 * DAY_MS)
    (decision,) = [d for d in life.decisions if d["flow"] == "win_back"]
    assert decision["decided_at"] == NOON_MS + 80 * DAY_MS


def test_a_flow_may_have_to_wait_for_another() -> None:
    life = Life(_world(cart_abandonment="welcome"))
    life.happens("cart", NOON_MS, product_id="tent-1")
    assert CART not in life.timers
    life.reachable(NOON_MS + 1)
    life.happens("cart", NOON_MS + 30 * DAY_MS, product_id="tent-1")
    assert CART in life.timers


def test_a_flow_taken_out_of_the_programme_lets_its_timer_run_out() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.world.programme.flows.pop("cart_abandonment")
    life.pass_time(NOON_MS + DAY_MS)
    assert life.decisions == []
    assert "cart_abandonment" not in life.profile.armed


def test_a_lost_timer_does_not_stop_a_flow_for_good() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    del life.timers[CART]
    life.happens("cart", NOON_MS + 3 * DAY_MS, product_id="tent-1")
    assert life.timers[CART] == NOON_MS + 3 * DAY_MS + HOUR_MS


def test_an_anonymous_person_sets_no_timers() -> None:
    life = Life(subscriber="anon:cookie-1")
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.happens("browse", NOON_MS + 1, product_id="tent-1")
    assert life.timers == {}
    assert life.profile.armed["cart_abandonment"].trigger_ms == NOON_MS


def test_a_repeated_event_changes_nothing() -> None:
    life = Life().reachable()
    made = life.happens("cart", NOON_MS, product_id="tent-1")
    life.apply("cart", made, NOON_MS + 5)
    assert life.profile.carts == 1
    assert life.profile.cart[0].quantity == 1


def test_unknown_people_and_products_are_fine() -> None:
    life = Life(subscriber="never-seen")
    life.happens("browse", NOON_MS, product_id="unheard-of")
    life.happens("cart", NOON_MS + 1, product_id="unheard-of")
    life.pass_time(NOON_MS + 2 * HOUR_MS)
    (decision,) = life.decisions
    assert decision["reasons"] == ["no_contact", "no_consent"]


def test_stock_is_looked_at_when_deciding() -> None:
    life = Life().reachable()
    life.world.catalog.put(product("tent-1"))
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.world.catalog.put(product("tent-1", stock=0))
    life.pass_time(NOON_MS + 2 * HOUR_MS)
    assert life.decisions[0]["reasons"] == ["out_of_stock"]


def test_a_timer_that_fires_late_decides_as_if_it_had_been_set_again() -> None:
    late, prompt = Life().reachable(), Life().reachable()
    for life in (late, prompt):
        for minute in (0, 20, 40):
            life.happens("cart", NOON_MS + minute * 60_000, product_id="tent-1", price=80.0)
    late.fire("flow:cart_abandonment", NOON_MS + 4 * HOUR_MS)
    prompt.fire("flow:cart_abandonment", NOON_MS + HOUR_MS)
    assert not prompt.decisions, "the cart was touched since: it fires again"
    prompt.fire("flow:cart_abandonment", NOON_MS + 4 * HOUR_MS)
    assert late.decisions
    assert late.decisions == prompt.decisions
    assert late.decisions[0]["trigger"]["at"] == NOON_MS + HOUR_MS + 40 * 60_000
    assert encode(late.profile) == encode(prompt.profile)


def test_a_late_timer_waits_for_what_has_its_turn_before() -> None:
    """Cart and browse both late, the browse moved to after the cart's: the cap is the cart's."""
    life = Life().reachable()
    life.happens("cart", NOON_MS + 9 * HOUR_MS + 30 * MINUTE_MS, product_id="tent-1", price=80.0)
    life.happens("search", NOON_MS + 9 * HOUR_MS + 40 * MINUTE_MS, query="rope")
    life.profile.armed["browse_abandonment"] = Armed(
        NOON_MS + 14 * HOUR_MS, NOON_MS + 19 * HOUR_MS + 30 * MINUTE_MS
    )
    life.timers[BROWSE] = NOON_MS + 14 * HOUR_MS
    life.timers[CART] = life.profile.armed["cart_abandonment"].due_ms = NOON_MS + 20 * HOUR_MS
    life.fire(BROWSE, NOON_MS + 24 * HOUR_MS)
    assert life.decisions == [], "the cart's turn is at 20 hours, the browse's now at 23 and a half"
    assert life.timers[BROWSE] == NOON_MS + 23 * HOUR_MS + 30 * MINUTE_MS
    life.fire(CART, NOON_MS + 24 * HOUR_MS)
    life.fire(BROWSE, NOON_MS + 24 * HOUR_MS)
    assert [d["flow"] for d in life.decisions] == ["cart_abandonment", "browse_abandonment"]


@pytest.mark.parametrize(("before_ms", "starts"), [(-1, True), (0, False), (HOUR_MS, False)])
def test_what_happened_until_consent_was_withdrawn_starts_nothing(
    before_ms: int, *, starts: bool
) -> None:
    life = Life().reachable()
    life.happens("consent", NOON_MS, action="opt_out")
    life.happens("cart", NOON_MS - before_ms, product_id="tent-1", now_ms=NOON_MS + HOUR_MS)
    assert ("cart_abandonment" in life.profile.armed) is starts
