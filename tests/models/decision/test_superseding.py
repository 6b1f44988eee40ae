"""A mail under way ends with what ends its flow, and nothing else does."""

from typing import Any

import pytest

from models.decision.superseding import ENDING, may_end
from models.person.encoding import decode, encode
from models.step import Step
from models.world import World
from streams import processors
from streams.registry import discover
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, event
from tests.models.programmes import programme_of

CART = "cart_abandonment"


def with_cart_reminder(**changes: Any) -> tuple[Life, int]:
    """A person whose cart reminder was decided and is under way, and when that was."""
    life = Life(deliver=False).reachable()
    life.happens("cart", NOON_MS, product_id="tent-1", **changes)
    life.pass_time(NOON_MS + 2 * HOUR_MS)
    [decision] = life.sent
    assert decision["flow"] == CART
    return life, decision["decided_at"]


def cancelled(life: Life) -> dict[str, int]:
    assert life.contact is not None
    assert life.contact["address"] == "a@example.org"
    found: dict[str, int] = life.contact["cancelled"]
    return found


def test_who_buys_while_the_reminder_is_under_way_gets_none() -> None:
    life, decided_ms = with_cart_reminder()
    assert cancelled(life) == {}
    life.happens("purchase", decided_ms + 1_000, total=5.0)
    assert cancelled(life) == {CART: decided_ms}


def test_an_order_that_was_made_before_the_decision_and_told_after_it_counts() -> None:
    life, decided_ms = with_cart_reminder()
    life.happens("purchase", NOON_MS + 1_000, now_ms=decided_ms + 1_000, total=5.0)
    assert cancelled(life) == {CART: decided_ms}


def test_who_empties_the_cart_gets_no_reminder_of_it() -> None:
    life, decided_ms = with_cart_reminder()
    life.happens("cart", decided_ms + 1_000, product_id="tent-1", action="remove")
    assert cancelled(life) == {CART: decided_ms}


def test_what_happened_before_it_was_started_ends_nothing() -> None:
    life, decided_ms = with_cart_reminder()
    life.happens("purchase", NOON_MS - 1_000, now_ms=decided_ms + 1_000, total=5.0)
    assert cancelled(life) == {}


@pytest.mark.parametrize("status", ["accepted", "unknown", "expired"])
def test_a_mail_of_which_the_end_is_known_is_past_superseding(status: str) -> None:
    life, decided_ms = with_cart_reminder()
    told = life.sent[0]["decision_id"]
    life.happens("delivery", decided_ms + 500, decision_id=told, status=status)
    before = life.contact
    life.happens("purchase", decided_ms + 1_000, total=5.0)
    assert life.contact is before, "not even written"


def test_a_mail_that_has_expired_needs_no_superseding() -> None:
    life, decided_ms = with_cart_reminder()
    life.happens("purchase", decided_ms + DAY_MS, total=5.0)
    assert cancelled(life) == {}


def test_mail_of_other_flows_goes_on() -> None:
    life = Life(deliver=False).reachable()
    life.happens("purchase", NOON_MS, total=5.0)
    assert "welcome" not in cancelled(life)


def test_notes_that_no_mail_needs_any_more_go_with_the_next() -> None:
    life, decided_ms = with_cart_reminder()
    assert life.contact is not None
    live, stale = decided_ms - 1, decided_ms - DAY_MS
    life.contact["cancelled"] = {"browse_abandonment": stale, "former": live}
    life.happens("purchase", decided_ms + 1_000, total=5.0)
    assert cancelled(life) == {CART: decided_ms, "former": live}


def test_without_a_contact_record_none_is_made_up() -> None:
    life, decided_ms = with_cart_reminder()
    step = Step("sub-1", decided_ms + 1_000)
    bought = event("purchase", decided_ms + 1_000, "bought", total=5.0)
    for function in discover(processors).events["purchase"]:
        function(bought, life.profile, step, life.world)
    assert not step.contact_changed


def test_whoever_turns_out_to_be_somebody_gets_nothing_more_by_what_they_did_before() -> None:
    life, decided_ms = with_cart_reminder()
    life.subscriber = "anon:c1"
    life.happens("identify", decided_ms + 1_000, subscriber_id="sub-1", anonymous_id="c1")
    assert cancelled(life) == {CART: decided_ms}


def test_an_order_made_before_it_was_known_by_whom_ends_the_mail_too() -> None:
    life, decided_ms = with_cart_reminder()
    other = Life(life.world, "anon:c1")
    other.happens("purchase", decided_ms - 1_000, total=5.0, subscriber_id=None, anonymous_id="c1")
    life.happens("merge", decided_ms + 1_000, profile=encode(other.profile))
    assert cancelled(life) == {CART: decided_ms}


@pytest.mark.parametrize("name", sorted(ENDING))
def test_whoever_has_no_mail_under_way_needs_no_contact_record(name: str) -> None:
    life = Life().reachable()
    life.happens("cart", NOON_MS, product_id="tent-1")
    asked = event(name, NOON_MS + HOUR_MS, "e1")
    life.profile.close_past()
    assert not may_end(name, asked, life.profile, NOON_MS + HOUR_MS, life.world)
    assert isinstance(life.profile.kept_past, bytes), "the costly part stays closed"


@pytest.mark.parametrize(
    ("name", "fields", "needed"),
    [
        ("purchase", {}, True),
        ("cart", {"action": "remove"}, True),
        ("identify", {}, True),
        ("milestone", {"name": "setup_finished"}, False),
        ("browse", {}, False),
    ],
)
def test_a_record_that_may_end_a_mail_under_way_needs_the_contact_record(
    name: str, fields: dict[str, Any], *, needed: bool
) -> None:
    life, decided_ms = with_cart_reminder()
    profile = decode(encode(life.profile))
    asked = event(name, decided_ms + 1, "e1", **fields)
    assert may_end(name, asked, profile, decided_ms + 1, life.world) is needed
    late_ms = decided_ms + DAY_MS
    assert not may_end(name, asked, profile, late_ms, life.world)


def test_a_milestone_ends_the_mail_that_asks_for_it() -> None:
    world = World(programme_of(BUNDLED.read_text(encoding="utf-8")).at_once())
    life = Life(world, deliver=False).reachable()
    [flow] = [f for f in world.programme.flows.values() if f.name == "setup_unfinished"]
    life.happens("milestone", NOON_MS, name=flow.milestone)
    life.pass_time(NOON_MS + 2 * DAY_MS)
    mails = [made for made in life.sent if made["flow"] == flow.name]
    assert mails
    life.happens("milestone", mails[0]["decided_at"] + 1_000, name=flow.until)
    assert cancelled(life)[flow.name] == mails[0]["decided_at"]
