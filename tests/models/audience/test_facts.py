"""What each fact says of a person, at the edges of what it is held against."""

from typing import Any

import pytest

from models.audience.facts import FACTS
from models.intent import wants
from models.intent.kept import Kept
from models.person.past import Message
from models.person.profile import CartItem, Profile
from tests.models.audience.people import life_with, members
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, NOON_MS, Life, product


def _in(life: Life, condition: dict[str, Any], at_ms: int) -> bool:
    life.world = life_with({"it": condition}).world
    return members(life, at_ms) == ["it"]


def test_the_page_for_marketers_lists_every_fact_as_it_is() -> None:
    page = (BUNDLED.parents[1] / "docs" / "programme.md").read_text(encoding="utf-8")
    for name, fact in FACTS.items():
        assert f"| `{name}` | {fact.what} |" in page, name


def test_counts_within_a_window_are_exact() -> None:
    life = Life()
    for day in (0, 1, 6):
        life.happens("browse", NOON_MS + day * DAY_MS, product_id="tent-1")
    for condition, days, expected in (
        ({"within": "7d", "at_least": 3}, 6.999, True),
        ({"within": "7d", "at_least": 3}, 7.0, False),
        ({"within": "7d", "at_least": 2}, 7.999, True),
        ({"within": "7d", "at_least": 2}, 8.0, False),
        ({"within": "1d", "at_most": 0}, 6.999, False),
        ({"within": "1d", "at_most": 0}, 7.0, True),
        ({"within": "1d"}, 6.5, True),
        ({"within": "7d", "below": 2}, 8.0, True),
    ):
        at_ms = NOON_MS + int(days * DAY_MS)
        assert _in(life, {"browses": condition}, at_ms) is expected, (condition, days)
    assert _in(life, {"browses": 3}, NOON_MS + 90 * DAY_MS)


def test_ages_are_exact_and_never_is_no_age() -> None:
    life = Life()
    life.happens("search", NOON_MS)
    assert _in(life, {"since_search": {"at_least": "2d"}}, NOON_MS + 2 * DAY_MS)
    assert not _in(life, {"since_search": {"at_least": "2d"}}, NOON_MS + 2 * DAY_MS - 1)
    assert _in(life, {"since_search": {"below": "2d"}}, NOON_MS + 2 * DAY_MS - 1)
    assert not _in(life, {"since_search": {"below": "2d"}}, NOON_MS + 2 * DAY_MS)
    assert not _in(life, {"since_order": {"at_least": "0d"}}, NOON_MS)
    assert not _in(life, {"since_order": {"below": "900d"}}, NOON_MS)


def _orders(*days: float, discount: float = 0.0) -> Life:
    life = Life()
    for number, day in enumerate(days):
        at_ms = NOON_MS + int(day * DAY_MS)
        life.happens("purchase", at_ms, order_id=f"o-{number}", total=200.0, discount=discount)
    return life


def test_the_next_order_is_due_by_the_persons_own_rhythm() -> None:
    life = _orders(0, 10, 20)
    due = {"order_rhythm": {"at_least": 0.8, "below": 1.5}}
    assert [_in(life, due, NOON_MS + day * DAY_MS) for day in (27, 28, 34, 35)] == [
        False,
        True,
        True,
        False,
    ]
    assert not _in(_orders(0), due, NOON_MS + 10 * DAY_MS)


def test_orders_paid_back_do_not_count() -> None:
    life = _orders(0, 10)
    recent = {"orders": {"within": "30d", "at_least": 2}}
    assert _in(life, recent, NOON_MS + 11 * DAY_MS)
    life.happens("refund", NOON_MS + 11 * DAY_MS, order_id="o-1")
    assert not _in(life, recent, NOON_MS + 11 * DAY_MS)
    assert _in(life, {"orders": 1, "revenue": {"at_least": 200, "below": 200.1}}, NOON_MS)


def test_orders_at_a_discount() -> None:
    assert _in(_orders(0, 9, discount=5.0), {"discounted_orders": {"at_least": 1}}, NOON_MS)
    assert not _in(_orders(0, 9), {"discounted_orders": {"at_least": 0.1}}, NOON_MS)
    assert not _in(Life(), {"discounted_orders": {"at_most": 1}}, NOON_MS)


def test_what_of_mails_is_answered() -> None:
    life = Life()
    life.profile.messages.extend(
        [
            Message("a", "reminder/small", "f", 1, 0, "accepted", clicks=1),
            Message("b", "reminder/small", "f", 1, 0, "accepted"),
            Message("c", "reminder/small", "f", 1, 0, "rejected"),
            Message("d", "education/none", "f", 1, 0, "accepted", clicks=2),
            Message("e", "reminder/none", "f", 1, 0, "accepted", clicks=1),
        ]
    )
    assert _in(life, {"offers_received": 2, "clicked_mails": 3}, NOON_MS)


def test_shares_of_clicks_are_of_all_there_were_lately() -> None:
    kept, life = Kept(), Life()
    life.profile.past().intent = kept
    kept.click(NOON_MS, offer=False, reading=True)
    assert _in(life, {"offer_clicks": {"at_most": 0}, "content_clicks": 1}, NOON_MS)
    kept.click(NOON_MS, offer=False, reading=False)
    kept.click(NOON_MS + DAY_MS, offer=True, reading=False)
    for share in ("offer_clicks", "content_clicks"):
        assert _in(life, {share: {"at_least": 0.33, "below": 0.34}}, NOON_MS + 300 * DAY_MS)
    assert not _in(Life(), {"offer_clicks": {"at_most": 0}}, NOON_MS)


@pytest.mark.parametrize(("kind", "read"), [("article", 1), ("review", 1), ("product", 0)])
def test_a_click_on_an_article_is_reading_and_a_machines_is_not(kind: str, read: int) -> None:
    life = Life().reachable()
    life.world.catalog.put({**product("guide-1"), "kind": kind})
    message = Message("0123456789abcdef", "reminder/none", "f", NOON_MS - HOUR_MS, 0, "accepted")
    life.profile.messages.append(message)
    clicked: dict[str, Any] = {
        "decision_id": "0123456789abcdef" + "0" * 16,
        "product_id": "guide-1",
    }
    life.happens("click", NOON_MS, **clicked, url="https://shop.example/guide")
    assert wants.on_content(life.profile) == read
    assert len(life.profile.recent_clicks) == 1
    # Another link of the mail within a second: it was a machine, the first time too.
    life.happens("click", NOON_MS + 1_000, **clicked, url="https://shop.example/tent")
    assert life.profile.machine_clicks == 2
    assert wants.on_content(life.profile) is None
    assert life.profile.recent_clicks == []


def test_likes_carts_and_what_was_told() -> None:
    profile = Profile(
        first_ms=NOON_MS,
        categories={"tents": 5.0, "ropes": 4.0},
        last_category="ropes",
        cart=[CartItem("tent-1", 2, 40.0, NOON_MS)],
        checkout_ms=NOON_MS,
        has_address=True,
        locale="de-AT",
        price_mean=40.0,
        price_seen=3,
    )
    life = Life(profile=profile)
    for condition, expected in (
        ({"favourite_category": "tents"}, True),
        ({"favourite_category": ["ropes", "stoves"]}, False),
        ({"last_category": ["ropes", "stoves"]}, True),
        ({"cart_items": 1, "cart_value": {"at_least": 80}}, True),
        ({"checkout_started": True, "has_address": True}, True),
        ({"checkout_started": False}, False),
        ({"language": "de-AT"}, True),
        ({"price_level": {"at_most": 40}}, True),
    ):
        assert _in(life, condition, NOON_MS) is expected, condition
    assert not _in(Life(), {"price_level": {"at_most": 40}}, NOON_MS)


def test_the_category_looked_at_last_goes_by_the_events_time() -> None:
    life = Life()
    life.happens("browse", NOON_MS + 5, category="tents")
    life.happens("browse", NOON_MS, category="ropes")
    life.happens("browse", NOON_MS + 9)
    assert life.profile.last_category == "tents"


def test_stages_follow_each_other() -> None:
    life = Life()
    assert _in(life, {"lifecycle": "unseen"}, NOON_MS)
    life.happens("browse", NOON_MS)
    life.happens("browse", NOON_MS + 10 * DAY_MS)
    for days, stage in (
        (13, "new"),
        (14, "active"),
        (39, "active"),
        (40, "at_risk"),
        (70, "dormant"),
    ):
        assert _in(life, {"lifecycle": stage}, NOON_MS + days * DAY_MS), (days, stage)


def test_engagement_and_activity_fade() -> None:
    life = Life()
    for minute in range(20):
        life.happens("browse", NOON_MS + minute)
    for days, tier in ((0, "high"), (6, "high"), (8, "medium"), (27, "medium"), (29, "low")):
        assert _in(life, {"engagement": tier}, NOON_MS + days * DAY_MS), (days, tier)
    assert _in(life, {"activity": {"at_least": 9.9, "below": 10.1}}, NOON_MS + 7 * DAY_MS)
