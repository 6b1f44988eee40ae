"""What waited, had been decided, or was waited for before it was known who somebody is."""

from typing import Any

from models.person.profile import Armed
from models.programme.flow_events import Trigger
from models.replenishment.repeat import Repeat
from models.waiting.wait import Wait, entry_of
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life, event, product
from tests.models.waiting.test_arrive import EVENING_MS, told

BACK = "back_in_stock"


def anonymous() -> Life:
    """Someone who gave an address and consent before it was known who they are."""
    life = Life(subscriber="anon:cookie-1")
    _fill(life)
    at_ms = NOON_MS - 40 * DAY_MS
    who: dict[str, Any] = {"subscriber_id": None, "anonymous_id": "cookie-1"}
    life.happens("search", at_ms, **who)
    life.happens("consent", at_ms, **who)
    life.happens("profile", at_ms + 1, address="a@example.org", time_zone="Europe/Berlin", **who)
    life.pass_time(NOON_MS - 20 * DAY_MS)
    life.emitted.clear()
    return life


def known() -> Life:
    life = Life()
    _fill(life)
    return life.reachable()


def _fill(life: Life) -> None:
    for product_id in ("tent-1", "tent-2", "coffee"):
        life.world.catalog.put(product(product_id))


def turns_out_to_be(before: Life, after: Life, at_ms: int) -> None:
    """The anonymous person is identified, and their profile arrives."""
    fields = {"subscriber_id": "sub-1", "anonymous_id": "cookie-1"}
    before.apply("identify", event("identify", at_ms, "identify-1", **fields), at_ms)
    for name, record in before.emitted:
        if name == "merge":
            after.apply("merge", record, at_ms)


def back_in_the_evening(life: Life, product_id: str) -> None:
    life.world.catalog.put(product(product_id, stock=0))
    life.happens("wish", NOON_MS, product_id=product_id, action="notify")
    life.world.catalog.put(product(product_id, stock=9))
    assert told(life, BACK, product_id, EVENING_MS) == [], "it is quiet"
    assert life.profile.armed[BACK].about == product_id


def test_what_was_to_be_told_at_once_after_the_quiet_hours_still_is() -> None:
    before, after = anonymous(), known()
    back_in_the_evening(before, "tent-1")
    turns_out_to_be(before, after, EVENING_MS + HOUR_MS)
    assert after.profile.armed[BACK].about == "tent-1"
    after.pass_time(NOON_MS + DAY_MS)
    assert [d["content"]["about"] for d in after.decisions] == ["tent-1"]


def test_what_the_subscriber_is_told_of_already_goes_first_and_the_other_has_its_turn() -> None:
    before, after = anonymous(), known()
    back_in_the_evening(before, "tent-1")
    back_in_the_evening(after, "tent-2")
    turns_out_to_be(before, after, EVENING_MS + HOUR_MS)
    assert after.profile.armed[BACK].about == "tent-2"
    assert entry_of(BACK, "tent-1") in after.listed
    after.pass_time(NOON_MS + DAY_MS)
    assert [d["content"]["about"] for d in after.decisions if d["flow"] == BACK] == ["tent-2"]
    assert after.profile.armed[BACK].about == "tent-1"


def test_who_cannot_be_mailed_yet_is_told_once_they_can() -> None:
    before, after = anonymous(), Life()
    _fill(after)
    back_in_the_evening(before, "tent-1")
    turns_out_to_be(before, after, EVENING_MS + HOUR_MS)
    after.pass_time(NOON_MS + DAY_MS)
    assert after.decisions == []
    after.happens("consent", NOON_MS + DAY_MS)
    after.happens("profile", NOON_MS + DAY_MS + 1, address="a@example.org")
    assert [d["flow"] for d in after.decisions] == [BACK], "they were welcomed as the other"


def test_what_was_bought_meanwhile_is_waited_for_no_more() -> None:
    before, after = anonymous(), Life()
    _fill(after)
    back_in_the_evening(before, "tent-1")
    items = [{"product_id": "tent-1", "quantity": 1, "price": 50.0, "category": None}]
    after.happens("purchase", EVENING_MS + 1, items=items, total=50.0)
    turns_out_to_be(before, after, EVENING_MS + HOUR_MS)
    assert [wait.about for wait in after.profile.waits] == ["tents"], "what is new, of its kind"


def test_a_welcome_that_waited_is_no_reason_to_decide_for_who_cannot_be_mailed() -> None:
    before, after = anonymous(), Life()
    before.profile.armed["welcome"] = Armed(NOON_MS + HOUR_MS, NOON_MS)
    del before.profile.flows["welcome"]
    turns_out_to_be(before, after, NOON_MS + 1)
    assert "flow:welcome" not in after.timers
    after.happens("consent", NOON_MS + DAY_MS)
    after.happens("profile", NOON_MS + DAY_MS + 1, address="a@example.org")
    assert [d["flow"] for d in after.decisions] == ["welcome"]


def test_what_was_decided_before_puts_off_what_is_due_again() -> None:
    before, after = anonymous(), known()
    decided_ms = NOON_MS - DAY_MS
    before.profile.flows["replenishment"] = decided_ms
    after.profile.repeats.append(Repeat("coffee", 2, 30 * DAY_MS, NOON_MS - 26 * DAY_MS))
    turns_out_to_be(before, after, NOON_MS)
    assert after.timers["flow:replenishment"] == decided_ms + 7 * DAY_MS


def test_what_was_decided_before_puts_off_what_has_come() -> None:
    before, after = anonymous(), known()
    decided_ms = NOON_MS - HOUR_MS
    before.profile.flows[BACK] = decided_ms
    before.profile.waits.append(Wait.of(Trigger.BACK_IN_STOCK, "tent-1", NOON_MS - 2 * HOUR_MS))
    turns_out_to_be(before, after, NOON_MS)
    assert after.decisions == []
    assert after.timers[f"flow:{BACK}"] == decided_ms + DAY_MS


def test_a_complaint_made_before_outlasts_another_address() -> None:
    before, after = anonymous(), known()
    after.happens("delivery", NOON_MS, decision_id="d-1", status="bounced")
    before.happens("delivery", NOON_MS + 1, decision_id="d-2", status="complained")
    turns_out_to_be(before, after, NOON_MS + 2)
    after.happens("profile", NOON_MS + 3, address="b@example.org")
    assert after.profile.suppressed == "complained"


def test_a_complaint_made_before_is_known_to_what_has_come() -> None:
    before, after = anonymous(), known()
    before.profile.suppressed = "complained"
    before.profile.waits.append(Wait.of(Trigger.BACK_IN_STOCK, "tent-1", NOON_MS - 2 * HOUR_MS))
    turns_out_to_be(before, after, NOON_MS)
    assert [d["reasons"] for d in after.decisions] == [["suppressed"]]
