from collections.abc import Callable

import pytest

from models.decision import fences
from models.decision.look import look
from models.decision.moment import Config, Facts, Shown, TriggerSeen
from tests.models.life import BUNDLED, DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life, product

CART = "flow:cart_abandonment"
Change = Callable[[Facts], None]


def _seen() -> tuple[Facts, Config]:
    life = Life().reachable()
    flow = life.world.programme.flows["cart_abandonment"]
    trigger = TriggerSeen("timer", flow.timer, NOON_MS)
    moment = look(flow, trigger, NOON_MS, "sub-1", life.profile, NOON_MS, life.world)
    return moment.facts, moment.config


def _set(**fields: object) -> Change:
    def change(facts: Facts) -> None:
        for name, value in fields.items():
            setattr(facts, name, value)

    return change


def test_the_page_for_marketers_names_every_fence() -> None:
    page = (BUNDLED.parents[1] / "docs" / "programme.md").read_text(encoding="utf-8")
    for code, _ in fences.FENCES:
        assert f"`{code}`" in page, code


def test_nothing_stands_in_the_way_of_a_reachable_person_at_noon() -> None:
    assert fences.hit(*_seen()) == []


@pytest.mark.parametrize(
    ("code", "change"),
    [
        ("no_contact", _set(has_address=False)),
        ("no_consent", _set(consent=False)),
        ("suppressed", _set(suppressed="bounced")),
        ("too_late", _set(late_ms=DAY_MS + 1)),
        ("quiet_hours", _set(minute=21 * 60)),
        ("quiet_hours", _set(minute=7 * 60 + 59)),
        ("cap_day", _set(mails_day=1)),
        ("cap_week", _set(mails_week=3)),
        ("frequency", _set(too_often=True)),
        ("paused_by_person", _set(paused=True)),
        ("topic_off", _set(topic_off=True)),
        ("not_personal", _set(about_person=True)),
        ("unengaged", _set(unengaged=True)),
        ("out_of_stock", _set(shown=[Shown("a", sold_out=True, bought=False)])),
        (
            "recently_bought",
            _set(
                shown=[
                    Shown("a", sold_out=True, bought=False),
                    Shown("b", sold_out=False, bought=True),
                ]
            ),
        ),
    ],
)
def test_each_fence_has_its_code(code: str, change: Change) -> None:
    facts, config = _seen()
    change(facts)
    assert fences.hit(facts, config) == [code]


@pytest.mark.parametrize(
    "change",
    [
        _set(late_ms=DAY_MS),
        _set(minute=21 * 60 - 1),
        _set(minute=8 * 60),
        _set(mails_week=2),
        _set(
            shown=[
                Shown("a", sold_out=True, bought=False),
                Shown("b", sold_out=False, bought=False),
            ]
        ),
    ],
)
def test_and_its_edge(change: Change) -> None:
    facts, config = _seen()
    change(facts)
    assert fences.hit(facts, config) == []


def _cart_in(life: Life, at_ms: int) -> list[str]:
    """Decide a fresh cart at an hour of choice; returns the reasons."""
    life.profile.flows.clear()
    life.happens("cart", at_ms - HOUR_MS, product_id=f"tent-{at_ms}")
    life.pass_time(at_ms)
    reasons: list[str] = life.decisions[-1]["reasons"]
    return reasons


def _mail(life: Life, at_ms: int) -> None:
    """Decide until a mail is sent: exploration sometimes holds."""
    for minute in range(60):
        if _cart_in(life, at_ms + minute * MINUTE_MS) == ["chosen"] and (
            life.decisions[-1]["action"] == "send"
        ):
            return
    pytest.fail("sixty decisions in a row held")


def test_mails_under_way_count_until_they_expire() -> None:
    life = Life(deliver=False).reachable()
    _mail(life, NOON_MS)
    sent_ms = life.sent[-1]["decided_at"]
    assert _cart_in(life, sent_ms + HOUR_MS) == ["cap_day"]
    assert life.sent[-1]["expires_at"] == sent_ms + 4 * HOUR_MS
    assert _cart_in(life, sent_ms + 5 * HOUR_MS) == ["chosen"]


@pytest.mark.parametrize("status", ["rejected", "expired", "not_allowed", "unrenderable"])
def test_mails_that_never_arrived_count_for_no_cap(status: str) -> None:
    life = Life(deliver=False).reachable()
    _mail(life, NOON_MS)
    sent = life.sent[-1]
    at_ms = sent["decided_at"]
    life.happens("delivery", at_ms + 1, decision_id=sent["decision_id"], status=status)
    assert _cart_in(life, at_ms + HOUR_MS) == ["chosen"]


@pytest.mark.parametrize("status", ["accepted", "unknown"])
def test_mails_that_arrived_or_may_have_count(status: str) -> None:
    life = Life(deliver=False).reachable()
    _mail(life, NOON_MS)
    sent = life.sent[-1]
    at_ms = sent["decided_at"]
    life.happens("delivery", at_ms + 1, decision_id=sent["decision_id"], status=status)
    assert _cart_in(life, at_ms + 6 * HOUR_MS) == ["cap_day"]


def test_the_week_has_its_cap() -> None:
    life = Life().reachable()
    for day in range(3):
        _mail(life, NOON_MS + day * 36 * HOUR_MS - (day % 2) * 12 * HOUR_MS)
    assert _cart_in(life, NOON_MS + 5 * DAY_MS) == ["cap_week"]
    assert _cart_in(life, NOON_MS + 9 * DAY_MS) == ["chosen"]


@pytest.mark.parametrize(
    ("status", "reasons"),
    [
        ("bounced", ["suppressed"]),
        ("complained", ["no_consent", "suppressed"]),
        ("suppressed", ["suppressed"]),
    ],
)
def test_a_bounce_or_complaint_rules_out_more_mail(status: str, reasons: list[str]) -> None:
    life = Life().reachable()
    life.happens("delivery", NOON_MS, decision_id="any", status=status)
    assert _cart_in(life, NOON_MS + 2 * HOUR_MS) == reasons


def test_another_address_lifts_a_bounce_but_not_a_complaint() -> None:
    for status, reasons in (
        ("bounced", ["chosen"]),
        ("complained", ["no_consent", "suppressed"]),
    ):
        life = Life().reachable()
        life.happens("delivery", NOON_MS, decision_id="any", status=status)
        life.happens("profile", NOON_MS + 1, address="new@example.org")
        assert _cart_in(life, NOON_MS + 2 * HOUR_MS) == reasons


def test_what_was_just_bought_is_not_advertised() -> None:
    life = Life().reachable()
    life.world.catalog.put(product("tent-1"))
    item = {"product_id": "tent-1", "category": None, "price": 50.0, "quantity": 1}
    life.happens("purchase", NOON_MS, items=[item], total=50.0)
    life.happens("browse", NOON_MS + HOUR_MS, product_id="tent-1")
    life.pass_time(NOON_MS + 6 * HOUR_MS)
    (decision,) = [d for d in life.decisions if d["flow"] == "browse_abandonment"]
    assert decision["reasons"] == ["recently_bought"]
