import pytest

from models.errors import RefusedEventError
from models.person import encoding
from models.person.profile import Profile
from tests.models.life import DAY_MS, HOUR_MS, MINUTE_MS, NOON_MS, Life, event, product


def _anonymous() -> Life:
    life = Life(subscriber="anon:cookie-1")
    life.happens("browse", NOON_MS, product_id="tent-1", category="tents", price=80.0)
    life.happens("browse", NOON_MS + 1, product_id="rope-1", category="ropes", price=20.0)
    life.happens("cart", NOON_MS + MINUTE_MS, product_id="tent-1", price=80.0, quantity=2)
    life.happens("search", NOON_MS + MINUTE_MS)
    return life


def _identify(anonymous: Life, at_ms: int, subscriber: str = "sub-1", number: int = 1) -> None:
    record = event(
        "identify",
        at_ms,
        f"identify-{number}",
        subscriber_id=subscriber,
        anonymous_id="cookie-1",
    )
    anonymous.apply("identify", record, at_ms)


def _merge(anonymous: Life, known: Life) -> None:
    for name, record in anonymous.emitted:
        if name == "merge":
            known.apply("merge", record, record["occurred_at"])


def test_what_an_anonymous_person_did_moves_over() -> None:
    anonymous, known = _anonymous(), Life().reachable()
    known.happens("browse", NOON_MS - DAY_MS, product_id="tent-9", category="tents")
    _identify(anonymous, NOON_MS + 2 * MINUTE_MS)
    _merge(anonymous, known)
    profile = known.profile
    assert profile.browses == 3
    assert profile.searches == 1
    assert profile.last_browse_ms == NOON_MS + 1
    assert set(profile.viewed) == {"tent-9", "tent-1", "rope-1"}
    assert [(item.product_id, item.quantity) for item in profile.cart] == [("tent-1", 2)]
    assert set(profile.categories) == {"tents", "ropes"}
    assert profile.price_mean == pytest.approx((80.0 + 20.0) / 2)


def test_a_cart_left_open_before_signing_in_is_reminded_of() -> None:
    anonymous, known = _anonymous(), Life().reachable()
    assert anonymous.timers == {}
    _identify(anonymous, NOON_MS + 2 * MINUTE_MS)
    _merge(anonymous, known)
    assert known.timers["flow:cart_abandonment"] == NOON_MS + MINUTE_MS + HOUR_MS
    known.pass_time(NOON_MS + 2 * HOUR_MS)
    assert [d["flow"] for d in known.decisions] == ["cart_abandonment"]


def test_a_cart_from_before_the_last_purchase_does_not_come_back() -> None:
    anonymous, known = _anonymous(), Life().reachable()
    known.happens("purchase", NOON_MS + HOUR_MS, total=10.0)
    _identify(anonymous, NOON_MS + 2 * HOUR_MS)
    _merge(anonymous, known)
    assert known.profile.cart == []
    assert "flow:cart_abandonment" not in known.timers


def test_the_anonymous_profile_keeps_only_who_it_is() -> None:
    anonymous = _anonymous()
    _identify(anonymous, NOON_MS + HOUR_MS)
    assert anonymous.profile.identified_as == "sub-1"
    assert anonymous.profile == Profile(dedupe=anonymous.profile.dedupe, identified_as="sub-1")
    assert not encoding.decode(encoding.encode(anonymous.profile)).viewed


def test_identifying_again_hands_nothing_over_twice() -> None:
    anonymous = _anonymous()
    _identify(anonymous, NOON_MS + HOUR_MS, number=1)
    _identify(anonymous, NOON_MS + HOUR_MS, number=2)
    _identify(anonymous, NOON_MS + HOUR_MS, "sub-2", number=3)
    assert [name for name, _ in anonymous.emitted] == ["merge"]
    assert anonymous.profile.identified_as == "sub-2"


def test_consent_stays_with_the_subscriber_but_a_newer_withdrawal_comes_along() -> None:
    for at_ms, granted in ((NOON_MS - 90 * DAY_MS, True), (NOON_MS, False)):
        anonymous, known = Life(subscriber="anon:cookie-1"), Life().reachable()
        anonymous.happens("browse", at_ms - 1)
        anonymous.happens("consent", at_ms, action="opt_out")
        _identify(anonymous, NOON_MS + 1)
        _merge(anonymous, known)
        assert known.profile.consent["marketing"].granted is granted
        assert known.contact is not None
        assert known.contact["consent"]["marketing"]["granted"] is granted


def test_a_withdrawal_comes_along_before_the_older_opt_in_that_it_takes_back() -> None:
    anonymous, known = Life(subscriber="anon:cookie-1"), Life()
    known.happens("profile", NOON_MS, address="a@example.org")
    anonymous.happens("browse", NOON_MS)
    anonymous.happens("consent", NOON_MS + 2, action="opt_out")
    _identify(anonymous, NOON_MS + 3)
    _merge(anonymous, known)
    known.happens("consent", NOON_MS + 1, now_ms=NOON_MS + 4)
    assert known.decisions == []
    assert not known.profile.consent["marketing"].granted
    known.happens("consent", NOON_MS + 5)
    assert [decision["flow"] for decision in known.decisions] == ["welcome"]


def test_an_opt_in_of_someone_anonymous_is_not_the_subscribers() -> None:
    anonymous, known = Life(subscriber="anon:cookie-1"), Life()
    anonymous.happens("browse", NOON_MS)
    anonymous.happens("consent", NOON_MS + 1)
    _identify(anonymous, NOON_MS + 2)
    known.happens("profile", NOON_MS, address="a@example.org")
    _merge(anonymous, known)
    assert known.profile.consent == {}
    assert known.decisions == []


def test_an_anonymous_person_with_an_address_takes_their_waiting_decisions_along() -> None:
    anonymous = Life(subscriber="anon:cookie-1")
    anonymous.happens("consent", NOON_MS)
    anonymous.happens("profile", NOON_MS + 1, address="a@example.org")
    anonymous.happens("cart", NOON_MS + 2, product_id="tent-1")
    assert len(anonymous.profile.pending) == 1
    assert len(anonymous.timers) == 4
    _identify(anonymous, NOON_MS + 3)
    assert anonymous.timers == {}
    assert len(anonymous.outcomes) == 1


def test_a_merge_that_carries_no_profile_is_refused() -> None:
    known = Life()
    for data in (b"", b"\x01\xc1", encoding.encode(Profile(kept_past=b"\xc1"))):
        with pytest.raises(RefusedEventError) as caught:
            known.apply("merge", event("merge", NOON_MS, f"m-{data!r}", profile=data), NOON_MS)
        assert caught.value.reason == "bad_merge"


def test_identify_under_the_subscribers_own_key_does_nothing() -> None:
    known = Life().reachable()
    before = encoding.encode(known.profile)
    record = event("identify", NOON_MS, "identify-1", anonymous_id="cookie-1")
    known.apply("identify", record, NOON_MS)
    known.profile.dedupe = encoding.decode(before).dedupe
    assert encoding.encode(known.profile) == before


def _orders(life: Life, *at_ms: int) -> None:
    for number, when_ms in enumerate(at_ms):
        item = {"product_id": "filter", "category": None, "price": 5.0, "quantity": 1}
        life.happens("purchase", when_ms, order_id=f"{life.subscriber}-{number}", items=[item])


def test_an_order_of_before_moves_what_is_bought_again_and_again() -> None:
    known, anonymous = Life().reachable(), Life(subscriber="anon:cookie-1")
    _orders(known, NOON_MS, NOON_MS + 30 * DAY_MS)
    due_ms = known.timers["flow:replenishment"]
    _orders(anonymous, NOON_MS + 55 * DAY_MS)
    _identify(anonymous, NOON_MS + 56 * DAY_MS)
    _merge(anonymous, known)
    assert known.timers["flow:replenishment"] > due_ms + 20 * DAY_MS


def test_what_was_bought_before_is_not_waited_for() -> None:
    known, anonymous = Life().reachable(), Life(subscriber="anon:cookie-1")
    known.world.catalog.put(product("filter"))
    known.happens("wish", NOON_MS, product_id="filter", action="add", price=5.0)
    assert any(wait.about == "filter" for wait in known.profile.past().waits)
    _orders(anonymous, NOON_MS + DAY_MS)
    _identify(anonymous, NOON_MS + 2 * DAY_MS)
    _merge(anonymous, known)
    assert not any(wait.about == "filter" for wait in known.profile.past().waits)


def test_caps_of_flows_count_the_mails_of_both() -> None:
    known, anonymous = Life().reachable(), _anonymous()
    known.profile.past().flow_mails = {"win_back": [NOON_MS]}
    anonymous.profile.past().flow_mails = {"win_back": [NOON_MS - DAY_MS]}
    _identify(anonymous, NOON_MS)
    _merge(anonymous, known)
    assert known.profile.past().flow_mails == {"win_back": [NOON_MS - DAY_MS, NOON_MS]}
