"""Intent as it is read: numbers that hold together, wants, tiers, and where interest moves."""

from math import exp

import pytest

from models.audience.lifecycle import HIGH, LOW, MEDIUM
from models.catalog import Catalog
from models.intent import facts
from models.intent.facts import MOST_DAYS, churn_days, intent
from models.intent.intent import Intent
from models.intent.model import IntentModel
from models.person.profile import Profile
from tests.models.intent.labels import label
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life, product


def told(life: Life, now_ms: int = NOON_MS, model: IntentModel | None = None) -> Intent:
    return intent(life.profile, model or IntentModel(), now_ms, life.world.catalog)


def buyer(*days_ago: int) -> Life:
    life = Life()
    for number, days in enumerate(days_ago):
        life.happens("purchase", NOON_MS - days * DAY_MS, order_id=f"o{number}", total=20.0)
    return life


def test_with_nothing_learned_who_ordered_lately_and_often_is_likelier_to() -> None:
    often, once, long_ago = buyer(28, 21, 14, 7), buyer(7), buyer(300)
    chances = [told(life).buys_soon for life in (often, once, long_ago)]
    assert chances == sorted(chances, reverse=True)
    assert all(0.0 < chance < 1.0 for chance in chances)
    assert told(often).days_to_order < told(long_ago).days_to_order <= MOST_DAYS
    assert told(once).churns < told(long_ago).churns  # of neither a rhythm is known


def test_churn_is_against_the_person_s_own_rhythm() -> None:
    assert churn_days(0.0) == 182.0
    assert churn_days(60.0) == 120.0
    assert (churn_days(1.0), churn_days(900.0)) == (28.0, 365.0)


def test_chances_times_and_churn_are_of_one_curve() -> None:
    hazards = [0.1, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0]
    assert facts._by(7.0, hazards) == pytest.approx(0.1)
    assert facts._by(10.5, hazards) == pytest.approx(0.15)
    days = facts._even_days(hazards)
    assert exp(-facts._by(days, hazards)) == pytest.approx(0.5)
    assert facts._even_days([1e-4] * 7) == MOST_DAYS


def test_wants_are_everybody_s_until_clicks_say_otherwise() -> None:
    life = Life().reachable()
    life.world.catalog.put({**product("guide"), "kind": "article"})
    before, model = told(life), IntentModel()
    assert before.wants_offer == pytest.approx(model.offer_share, abs=1e-3)
    assert before.wants_education == pytest.approx(model.reading_share, abs=1e-3)
    life.happens("cart", NOON_MS, product_id="p", price=20.0)
    life.pass_time(NOON_MS + 2 * DAY_MS)
    sent = life.sent[-1]
    click = {"decision_id": sent["decision_id"], "product_id": "guide"}
    for hour in (1, 5, 9):
        life.happens("click", sent["decided_at"] + hour * HOUR_MS, **click)
    after = told(life, life.now_ms)
    assert after.wants_education > before.wants_education + 0.2
    offers = not sent["arm"].endswith("/none")
    assert (after.wants_offer > before.wants_offer) == offers


def test_what_everybody_clicks_is_learned() -> None:
    model = IntentModel()
    for number in range(200):
        model.learn(label(f"l{number}", clicks=2, offer_clicks=2, reading_clicks=1))
    assert model.offer_share > 0.9
    assert 0.4 < model.reading_share < 0.6


@pytest.mark.parametrize(
    ("seen_days", "browses", "click_days", "tier"),
    [
        (1, 8, None, HIGH),
        (1, 1, 3, HIGH),
        (1, 1, None, MEDIUM),
        (10, 8, 10, MEDIUM),
        (29, 8, 29, LOW),
        (None, 0, None, LOW),
    ],
)
def test_tiers(seen_days: int | None, browses: int, click_days: int | None, tier: str) -> None:
    life = Life()
    for number in range(browses):
        at_ms = NOON_MS - (seen_days or 0) * DAY_MS - number * 60_000
        life.happens("browse", at_ms, product_id=f"p{number}")
    if click_days is not None:
        life.happens("click", NOON_MS - click_days * DAY_MS)
    assert told(life).engagement == tier


def test_toward_is_what_has_more_of_the_last_looks_than_of_months() -> None:
    life = Life()
    for number in range(6):
        life.world.catalog.put(product(f"tent-{number}", category="tents"))
        life.world.catalog.put(product(f"rope-{number}", category="ropes"))
        life.happens("browse", NOON_MS - (40 - number) * DAY_MS, product_id=f"tent-{number}")
    assert told(life).toward == ""  # no looks of late
    for number in range(4):
        life.happens("browse", NOON_MS - DAY_MS + number, product_id=f"rope-{number}")
    assert told(life).toward == "ropes"
    assert intent(life.profile, IntentModel(), NOON_MS).toward == ""
    for number in range(6):
        life.happens("browse", NOON_MS - HOUR_MS + number, product_id=f"tent-{number}")
    assert told(life).toward != "ropes"


def test_nobody_of_whom_nothing_is_known_has_an_intent_too() -> None:
    nobody = intent(Profile(), IntentModel(), NOON_MS, Catalog())
    assert 0.0 < nobody.buys_soon < 0.1
    assert (nobody.engagement, nobody.toward) == (LOW, "")
