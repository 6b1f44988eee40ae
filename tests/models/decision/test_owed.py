"""Transactional mail: owed whatever somebody consented to, without promotion, and no teacher."""

from typing import Any

import pytest

from models.decision import moment
from models.decision.features import NAMES
from models.decision.replay import replay
from models.learning.population import Population
from models.world import World
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life
from tests.models.programme.test_streams import OWED
from tests.models.programmes import plain_of, programme_of_plain

CODEC = Codec(BundledRegistry())
ITEMS: list[dict[str, Any]] = [
    {"product_id": "tent-1", "category": None, "price": 50.0, "quantity": 2},
    {"product_id": "rope-1", "category": None, "price": None, "quantity": 1},
]


def world(**changes: Any) -> World:
    plain = plain_of(BUNDLED.read_text(encoding="utf-8"))
    plain["flows"]["order"] = {**OWED, **changes}
    return World(programme_of_plain(plain).at_once())


def someone(subscriber: str = "sub-1", **changes: Any) -> Life:
    """Somebody with an address who consented to nothing."""
    life = Life(world(**changes), subscriber=subscriber)
    life.happens("profile", NOON_MS - DAY_MS, address="a@example.org")
    return life


def buys(life: Life, at_ms: int, order: str = "o-1", **more: Any) -> None:
    life.happens("purchase", at_ms, order_id=order, items=ITEMS, total=130.5, **more)


def orders(life: Life) -> list[dict[str, Any]]:
    return [decision for decision in life.decisions if decision["flow"] == "order"]


def test_an_order_is_confirmed_at_once_to_somebody_who_consented_to_nothing() -> None:
    life = someone()
    buys(life, NOON_MS)
    (decision,) = orders(life)
    assert (decision["action"], decision["decided_at"]) == ("send", NOON_MS)
    assert (decision["kind"], decision["stream"], decision["topic"]) == (
        "transactional",
        "transactional",
        None,
    )
    assert decision["content"] == {
        "order_id": "o-1",
        "order_total": "130.50",
        "order_items": "tent-1:2:50.00,rope-1:1:",
    }
    assert decision["offer"] == "none"
    assert decision["engagement"] == 1.0


@pytest.mark.parametrize("learning", [True, False])
def test_it_is_never_held_back_to_explore(learning: bool) -> None:  # noqa: FBT001
    for number in range(200):
        life = someone(f"sub-{number}")
        life.world.policy = life.world.policy.__class__(learning=learning)
        buys(life, NOON_MS)
        (decision,) = orders(life)
        assert decision["action"] == "send"
        assert decision["propensity"] == 1.0
        assert [candidate["arm"] for candidate in decision["candidates"]] == ["confirmation/none"]


def test_nothing_that_they_did_is_in_the_record_and_it_can_be_repeated() -> None:
    life = someone()
    life.happens("browse", NOON_MS - HOUR_MS, category="tents", product_id="tent-9")
    buys(life, NOON_MS)
    (decision,) = orders(life)
    assert not set(NAMES) & set(decision["features"])
    assert (decision["segments"], decision["attributes"], decision["intent"]) == ([], {}, None)
    assert b"tent-9" not in decision["replay"]
    data = CODEC.encode("decision", decision)
    assert CODEC.encode("decision", replay(CODEC.decode(data)[1])) == data


def test_each_order_has_its_own_in_whatever_order_they_are_told() -> None:
    life = someone()
    buys(life, NOON_MS, "o-1")
    buys(life, NOON_MS + 1, "o-2")
    buys(life, NOON_MS - MINUTE_MS, "o-0", now_ms=NOON_MS + 2)
    assert [decision["content"]["order_id"] for decision in orders(life)] == ["o-1", "o-2", "o-0"]
    assert len({decision["decision_id"] for decision in orders(life)}) == 3


def test_no_outage_makes_a_blast_of_them() -> None:
    life = someone()
    buys(life, NOON_MS, now_ms=NOON_MS + DAY_MS + 1)
    (decision,) = orders(life)
    assert (decision["action"], decision["reasons"]) == ("hold", ["too_late"])
    assert decision["arm"] == "hold"
    assert {c["arm"]: c["fence"] for c in decision["candidates"]} == {
        "hold": None,
        "confirmation/none": "too_late",
    }


def test_an_address_that_is_told_later_gets_it_then() -> None:
    life = Life(world())
    buys(life, NOON_MS)
    assert orders(life) == []
    life.happens("profile", NOON_MS + MINUTE_MS, address="a@example.org")
    life.pass_time(NOON_MS + MINUTE_MS)
    (decision,) = orders(life)
    assert (decision["action"], decision["decided_at"]) == ("send", NOON_MS + MINUTE_MS)
    assert decision["content"]["order_id"] == "o-1"


def test_one_that_is_never_told_is_a_hold_that_says_so() -> None:
    life = Life(world())
    buys(life, NOON_MS)
    life.pass_time(NOON_MS + DAY_MS)
    (decision,) = orders(life)
    assert (decision["action"], decision["reasons"]) == ("hold", ["no_contact"])


def test_an_order_of_somebody_not_known_is_confirmed_to_who_they_turn_out_to_be() -> None:
    guest = Life(world(), subscriber="anon:cookie-1")
    who: dict[str, Any] = {"subscriber_id": None, "anonymous_id": "cookie-1"}
    buys(guest, NOON_MS, **who)
    guest.happens("identify", NOON_MS + 1, subscriber_id="sub-1", anonymous_id="cookie-1")
    (merge,) = [record for name, record in guest.emitted if name == "merge"]
    known = someone()
    known.apply("merge", merge, NOON_MS + 2)
    known.pass_time(NOON_MS + 2)
    (decision,) = orders(known)
    assert decision["content"]["order_items"].startswith("tent-1:2")


@pytest.mark.parametrize(
    ("status", "bounce", "action"),
    [
        ("bounced", "hard", "hold"),
        ("bounced", None, "hold"),
        ("bounced", "soft", "send"),
        ("complained", None, "send"),
        ("suppressed", None, "send"),
    ],
)
def test_only_an_address_that_is_dead_keeps_it(
    status: str, bounce: str | None, action: str
) -> None:
    life = someone()
    life.happens("consent", NOON_MS - DAY_MS)
    life.happens("delivery", NOON_MS - HOUR_MS, decision_id="x", status=status, bounce=bounce)
    buys(life, NOON_MS)
    (decision,) = orders(life)
    assert decision["action"] == action
    if action == "hold":
        assert decision["reasons"] == ["suppressed"]


def test_a_complaint_hides_no_dead_address_and_another_one_is_as_good_as_new() -> None:
    life = someone()
    for number, status in enumerate(["complained", "bounced"]):
        life.happens("delivery", NOON_MS + number, decision_id="x", status=status)
    buys(life, NOON_MS + 2, "o-1")
    life.happens("profile", NOON_MS + 3, address="new@example.org")
    buys(life, NOON_MS + 4, "o-2")
    assert [decision["action"] for decision in orders(life)] == ["hold", "send"]


def test_neither_does_it_count_for_caps_nor_do_caps_hold_for_it() -> None:
    life = Life(world()).reachable()
    for number in range(6):
        buys(life, NOON_MS + number * MINUTE_MS, f"o-{number}")
    assert [decision["action"] for decision in orders(life)] == ["send"] * 6
    life.happens("cart", NOON_MS + HOUR_MS, product_id="tent-5")
    life.pass_time(NOON_MS + 2 * HOUR_MS)
    (cart,) = [d for d in life.decisions if d["flow"] == "cart_abandonment"]
    assert cart["reasons"] == ["chosen"]
    assert life.profile.accepted == 2, "the welcome and the cart's"


def test_however_many_there_are_the_week_knows_its_other_mails() -> None:
    life = Life(world()).reachable()
    for day in range(3):
        at_ms = NOON_MS - (3 - day) * 30 * HOUR_MS
        life.happens("cart", at_ms, product_id="tent-1")
        life.profile.flows.clear()
        life.pass_time(at_ms + HOUR_MS)
    marketing = [d for d in life.sent if d["kind"] == "marketing"]
    for number in range(30):
        buys(life, NOON_MS + number * MINUTE_MS, f"o-{number}")
    kept = {m.decision for m in life.profile.messages if not m.owed}
    assert {d["decision_id"][:16] for d in marketing} <= kept
    assert sum(m.owed for m in life.profile.messages) == 2


def test_its_outcome_teaches_nobody_and_its_click_says_nothing_of_taste() -> None:
    life = Life(world()).reachable()
    buys(life, NOON_MS)
    (decision,) = orders(life)
    before = dict(life.profile.categories)
    life.happens(
        "click", NOON_MS + HOUR_MS, decision_id=decision["decision_id"], category="insurance"
    )
    assert life.profile.last_ms == NOON_MS + HOUR_MS, "a sign of life"
    assert (life.profile.clicks, life.profile.categories) == (0, before)
    assert "click_follow_up" not in life.profile.armed
    buys(life, NOON_MS + 2 * HOUR_MS, "o-2")
    life.pass_time(NOON_MS + 20 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert (outcome["accepted"], outcome["evidence"]) == (True, False)
    assert outcome["attributed_purchases"] == 0
    assert not Population().learn(outcome)


def test_quiet_hours_hold_only_where_the_flow_has_its_own() -> None:
    night = NOON_MS + 10 * HOUR_MS
    life = someone()
    buys(life, night)
    assert [decision["decided_at"] for decision in orders(life)] == [night]
    quiet = someone(quiet_hours={"from": "21:00", "to": "08:00"})
    buys(quiet, night)
    quiet.pass_time(night + DAY_MS)
    (decision,) = orders(quiet)
    assert decision["decided_at"] == NOON_MS + 20 * HOUR_MS
    assert decision["content"]["order_id"] == "o-1"


def test_an_order_of_very_many_lines_is_confirmed_without_them() -> None:
    life = someone()
    items = [{**ITEMS[0], "product_id": f"product-{n:030}"} for n in range(100)]
    life.happens("purchase", NOON_MS, order_id="o-1", items=items, total=5.0)
    (decision,) = orders(life)
    assert decision["content"] == {"order_id": "o-1", "order_total": "5.00"}


def test_a_programme_that_confirms_no_orders_keeps_nothing_for_it() -> None:
    life = Life()
    life.happens("purchase", NOON_MS, order_id="o-1", items=ITEMS, total=5.0)
    assert {armed.about for armed in life.profile.armed.values()} == {""}


def test_a_moment_from_before_there_were_kinds_is_of_marketing() -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.pass_time(NOON_MS + HOUR_MS)
    seen = moment.from_bytes(life.decisions[-1]["replay"])
    assert (seen.config.kind, seen.config.owed, seen.facts.told) == ("marketing", False, {})
