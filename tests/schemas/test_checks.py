"""Events that make no sense are refused, each with its reason; the odd but right ones pass."""

import math
import timeit
from typing import Any

import pytest

from schemas.checks import AHEAD_MS, check_event, check_product
from schemas.field_checks import MAX_ID_LENGTH, OLDEST_MS, InvalidEventError
from tests.schemas.samples import EVENT_NAMES, NOW_MS, sample


def reason_of(name: str, /, **changes: Any) -> str:
    with pytest.raises(InvalidEventError) as caught:
        check_event(name, sample(name, **changes), NOW_MS)
    return caught.value.reason


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_samples_pass(name: str) -> None:
    check_event(name, sample(name), NOW_MS)


@pytest.mark.parametrize("name", EVENT_NAMES)
def test_common_to_all(name: str) -> None:
    assert reason_of(name, event_id="") == "no_event_id"
    assert reason_of(name, subscriber_id=None, anonymous_id=None) == "no_subscriber"
    assert reason_of(name, subscriber_id="", anonymous_id="") == "no_subscriber"
    assert reason_of(name, occurred_at=OLDEST_MS - 1) == "ancient"
    assert reason_of(name, occurred_at=-1) == "ancient"
    assert reason_of(name, occurred_at=NOW_MS // 1000) == "ancient"  # seconds
    assert reason_of(name, occurred_at=NOW_MS + AHEAD_MS + 1) == "future"
    assert reason_of(name, occurred_at=NOW_MS * 1000) == "future"  # microseconds


def test_the_bounds_of_time_are_in() -> None:
    check_event("browse", sample("browse", occurred_at=OLDEST_MS), NOW_MS)
    check_event("browse", sample("browse", occurred_at=NOW_MS + AHEAD_MS), NOW_MS)


BAD_IDS = ["a\nb", "a\0", "\x1b[31m", "a\u2028b", "x" * (MAX_ID_LENGTH + 1), "\ud800", "a\r"]


@pytest.mark.parametrize("bad", BAD_IDS)
def test_ids(bad: str) -> None:
    assert reason_of("browse", event_id=bad) == "bad_id"
    assert reason_of("browse", subscriber_id=bad) == "bad_id"
    assert reason_of("browse", subscriber_id=None, anonymous_id=bad) == "bad_id"
    assert reason_of("browse", anonymous_id=bad) == "bad_id"
    assert reason_of("browse", product_id=bad) == "bad_id"
    assert reason_of("browse", category=bad) == "bad_id"
    assert reason_of("cart", session_id=bad) == "bad_id"
    assert reason_of("click", decision_id=bad) == "bad_id"
    assert reason_of("purchase", order_id=bad) == "bad_id"
    assert reason_of("purchase", items=[{**item(), "product_id": bad}]) == "bad_id"
    assert reason_of("delivery", decision_id=bad) == "bad_id"
    assert reason_of("profile", attributes={bad: "x"}) == "bad_id"


def test_a_subscriber_may_not_look_anonymous() -> None:
    # The two would share one key, and with it one profile.
    assert reason_of("browse", subscriber_id="anon:cookie-1") == "bad_id"


def test_the_anonymous_and_the_unusual_pass() -> None:
    check_event("browse", sample("browse", subscriber_id=None, anonymous_id="c"), NOW_MS)
    check_event("browse", sample("browse", product_id=None, category=None, price=None), NOW_MS)
    check_event("browse", sample("browse", subscriber_id="Zoë 王 +1"), NOW_MS)
    check_event("purchase", sample("purchase", items=[], total=0.0), NOW_MS)
    check_event("search", sample("search", query=""), NOW_MS)


@pytest.mark.parametrize("price", [-0.01, math.nan, math.inf, -math.inf, 1e13])
def test_prices(price: float) -> None:
    assert reason_of("browse", price=price) == "bad_price"
    assert reason_of("cart", price=price) == "bad_price"
    assert reason_of("purchase", total=price) == "bad_price"
    assert reason_of("purchase", discount=price) == "bad_price"
    assert reason_of("purchase", items=[{**item(), "price": price}]) == "bad_price"


@pytest.mark.parametrize("total", [-0.01, math.nan, math.inf, 1e13])
def test_a_refund_is_of_an_order_and_of_a_finite_amount_or_of_all(total: float) -> None:
    check_event("refund", sample("refund", total=None), NOW_MS)
    assert reason_of("refund", total=total) == "bad_price"
    assert reason_of("refund", order_id="") == "bad_id"


@pytest.mark.parametrize("value", [-0.01, math.nan, math.inf, 1e13])
def test_a_milestone_is_worth_a_finite_amount_from_0(value: float) -> None:
    check_event("milestone", sample("milestone", value=0.0), NOW_MS)
    assert reason_of("milestone", value=value) == "bad_value"


@pytest.mark.parametrize("name", ["", "x" * 257, "two\nlines"])
def test_a_milestone_has_a_name_of_some_length(name: str) -> None:
    assert reason_of("milestone", name=name) == "bad_id"


def item() -> dict[str, Any]:
    first: dict[str, Any] = sample("purchase")["items"][0]
    return first


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001])
def test_quantities(quantity: int) -> None:
    assert reason_of("cart", quantity=quantity) == "bad_quantity"
    assert reason_of("purchase", items=[{**item(), "quantity": quantity}]) == "bad_quantity"


def test_orders_are_bounded() -> None:
    assert reason_of("purchase", items=[item()] * 1001) == "too_many"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ann",
        "ann@",
        "@example.com",
        "ann@example",
        "ann example.com",
        "a@b@c.example",
        "a@-.de",
    ],
)
def test_addresses_that_are_none(address: str) -> None:
    assert reason_of("profile", address=address) == "bad_address"


def test_a_refused_address_is_not_repeated() -> None:
    with pytest.raises(InvalidEventError) as caught:
        check_event("profile", sample("profile", address="secret name@example.com"), NOW_MS)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "ann@example.com",
        "ann+shop@mail.example.com",
        "ann@bücher.example",
        "ann@xn--bcher-kva.example",
        "jörg@example.com",
        "shopper-1@inbox.test",
    ],
)
def test_addresses(address: str) -> None:
    check_event("profile", sample("profile", address=address), NOW_MS)


def test_a_profile_may_tell_nothing() -> None:
    nothing = sample("profile", address=None, locale=None, time_zone=None, attributes={})

    check_event("profile", nothing, NOW_MS)


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "Europe", "../etc/passwd", "Europe/Vienna\0"])
def test_time_zones_that_are_none(zone: str) -> None:
    assert reason_of("profile", time_zone=zone) == "bad_time_zone"


@pytest.mark.parametrize("locale", ["", "d", "de_", "deutsch bitte", "ä", "12", "de-" + "a" * 40])
def test_locales_that_are_none(locale: str) -> None:
    assert reason_of("profile", locale=locale) == "bad_locale"


@pytest.mark.parametrize("locale", ["de", "de-AT", "de_AT", "zh-Hant-TW", "gsw"])
def test_locales(locale: str) -> None:
    check_event("profile", sample("profile", locale=locale), NOW_MS)


@pytest.mark.parametrize(
    "proof",
    [
        None,
        {"source": "", "text_version": "1", "confirmed_at": None},
        {"source": "form", "text_version": "", "confirmed_at": NOW_MS},
    ],
)
def test_an_opt_in_needs_its_proof(proof: dict[str, Any] | None) -> None:
    assert reason_of("consent", proof=proof) == "no_proof"
    check_event("consent", sample("consent", action="opt_out", proof=proof), NOW_MS)
    check_event("consent", sample("consent", action="preferences", proof=proof), NOW_MS)


def test_identify_needs_both() -> None:
    assert reason_of("identify", anonymous_id=None) == "no_anonymous"
    assert reason_of("identify", subscriber_id=None) == "no_subscriber"


def test_deliveries() -> None:
    assert reason_of("delivery", decision_id="") == "no_decision"
    assert reason_of("delivery", status="lost") == "bad_status"
    assert reason_of("delivery", instead={"subject": "x" * 2049}) == "bad_text"


def test_texts_are_bounded() -> None:
    assert reason_of("search", query="x" * 2049) == "bad_text"
    assert reason_of("click", url="https://" + "x" * 2048) == "bad_text"
    assert reason_of("consent", preferences={"topic": "x" * 2049}) == "bad_text"
    assert reason_of("profile", attributes={"name": "a\0"}) == "bad_text"
    assert reason_of("profile", attributes={str(n): "" for n in range(1001)}) == "too_many"


@pytest.mark.parametrize("name", ["catalog", "decision", "tick", "merge", "nothing"])
def test_what_is_no_event(name: str) -> None:
    with pytest.raises(InvalidEventError) as caught:
        check_event(name, {}, NOW_MS)
    assert caught.value.reason == "not_an_event"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"product_id": ""}, "bad_id"),
        ({"product_id": "category:tents"}, "bad_id"),
        ({"kind": "category"}, "bad_id"),
        ({"kind": "category", "product_id": "category:"}, "bad_id"),
        ({"kind": "service"}, "bad_kind"),
        ({"category": ""}, "bad_id"),
        ({"price": math.nan}, "bad_price"),
        ({"price": math.inf}, "bad_price"),
        ({"price": -0.01}, "bad_price"),
        ({"price": 1e13}, "bad_price"),
        ({"brand": "a\nb"}, "bad_id"),
        ({"tags": ["x"] * 101}, "too_many"),
        ({"about": ["x" * 257]}, "bad_id"),
        ({"text": "x" * 3000}, "bad_text"),
        ({"since": NOW_MS * 1000}, "bad_time"),
        ({"ends_at": -1}, "bad_time"),
        ({"stock": -1}, "bad_stock"),
        ({"rating": 5.1}, "bad_rating"),
        ({"rating": math.nan}, "bad_rating"),
        ({"url": "x" * 3000}, "bad_text"),
    ],
)
def test_products(changes: dict[str, Any], reason: str) -> None:
    check_product(sample("catalog"))
    with pytest.raises(InvalidEventError) as caught:
        check_product(sample("catalog", **changes))
    assert caught.value.reason == reason


def test_prices_are_in_the_shops_currency() -> None:
    crowns = sample("catalog", currency="DKK")
    check_product(crowns)
    check_product(crowns, "DKK")
    with pytest.raises(InvalidEventError, match="'DKK', the shop's in EUR") as caught:
        check_product(crowns, "EUR")
    assert caught.value.reason == "other_currency"


def test_what_is_not_sold_needs_neither_price_nor_stock() -> None:
    for kind in ("article", "review"):
        check_product(sample("catalog", kind=kind, price=0.0, stock=0, currency=""), "EUR")


def test_the_check_is_cheap() -> None:
    # About 1.3 µs; it runs on every event of every product app. Ten times that is a mistake.
    browse = sample("browse")
    best = min(timeit.repeat(lambda: check_event("browse", browse, NOW_MS), number=2000, repeat=5))

    assert best / 2000 < 15e-6
