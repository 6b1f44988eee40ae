import pytest

from models import bounds
from models.world import PolicySettings
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life

CODEC = Codec(BundledRegistry())
WINDOW_MS = 7 * DAY_MS


def _decided(life: Life) -> dict[str, object]:
    """A cart decision that sends."""
    for attempt in range(40):
        at_ms = NOON_MS + attempt
        life.profile.flows.clear()
        life.profile.messages.clear()
        life.happens("cart", at_ms - HOUR_MS, product_id=f"tent-{attempt}")
        life.pass_time(at_ms)
        decision = life.decisions[-1]
        if decision["action"] == "send":
            return decision
    pytest.fail("forty decisions in a row held")


def _outcome(life: Life, decision: dict[str, object]) -> dict[str, object]:
    life.pass_time(NOON_MS + 60 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert CODEC.decode(CODEC.encode("outcome", outcome)) == ("outcome", outcome)
    return outcome


def test_an_outcome_gathers_what_followed_within_its_window() -> None:
    life = Life().reachable()
    decision = _decided(life)
    decided_ms = decision["decided_at"]
    assert isinstance(decided_ms, int)
    life.happens("click", decided_ms + HOUR_MS, decision_id=decision["decision_id"])
    life.happens("purchase", decided_ms + 2 * HOUR_MS, total=100.0, discount=5.0)
    life.happens("purchase", decided_ms - 1, now_ms=decided_ms + 3 * HOUR_MS, total=900.0)
    life.pass_time(decided_ms + WINDOW_MS)
    life.happens("purchase", decided_ms + WINDOW_MS, total=900.0)
    outcome = _outcome(life, decision)
    assert outcome["matured_at"] == decided_ms + WINDOW_MS
    assert outcome["accepted"] is True
    assert outcome["evidence"] is True
    assert outcome["clicks"] == 1
    assert outcome["purchases"] == 1
    assert outcome["revenue"] == 100.0
    assert outcome["reward"] == pytest.approx(0.3 * 100.0 - 5.0 - 0.002)
    seen = decision["features"]
    assert isinstance(seen, dict)
    expected = {name for name in seen if name.startswith("expected_")}
    assert len(expected) == 4
    assert outcome["features"] == {name: seen[name] for name in seen if name not in expected}
    assert outcome["propensity"] == decision["propensity"]
    assert outcome["attributed_purchases"] == 1
    assert outcome["attributed_revenue"] == 100.0


def test_a_purchase_without_a_click_counts_and_is_credited_to_no_mail() -> None:
    life = Life().reachable()
    decision = _decided(life)
    life.happens("purchase", NOON_MS + 2 * HOUR_MS, total=100.0)
    outcome = _outcome(life, decision)
    assert outcome["purchases"] == 1
    assert outcome["attributed_purchases"] == 0


def test_a_hold_has_an_outcome_too() -> None:
    life = Life().reachable()
    before = dict(life.profile.weights)
    life.happens("consent", NOON_MS - DAY_MS, action="opt_out")
    life.happens("cart", NOON_MS, product_id="tent-1")
    life.pass_time(NOON_MS + HOUR_MS)
    (decision,) = life.decisions
    assert decision["reasons"] == ["no_consent"]
    life.happens("purchase", NOON_MS + 2 * HOUR_MS, total=10.0)
    outcome = _outcome(life, decision)
    assert outcome["action"] == "hold"
    assert outcome["accepted"] is False
    assert outcome["evidence"] is True
    assert outcome["reward"] == pytest.approx(3.0)
    assert life.profile.weights == before, "where there was no choice, nothing is learned"


@pytest.mark.parametrize("status", [None, "expired", "rejected", "bounced"])
def test_a_mail_that_was_never_accepted_is_no_evidence(status: str | None) -> None:
    life = Life(deliver=False).reachable()
    decision = _decided(life)
    before = dict(life.profile.weights)
    life.profile.pending[:] = life.profile.pending[-1:]
    if status is not None:
        life.happens(
            "delivery", NOON_MS + 1_000, decision_id=decision["decision_id"], status=status
        )
    outcome = _outcome(life, decision)
    assert outcome["evidence"] is False
    assert outcome["accepted"] is False
    assert life.profile.weights == before


def test_an_unsubscribe_and_a_complaint_have_their_price() -> None:
    life = Life().reachable()
    decision = _decided(life)
    life.happens("consent", NOON_MS + HOUR_MS, action="opt_out")
    life.happens(
        "delivery", NOON_MS + HOUR_MS, decision_id=decision["decision_id"], status="complained"
    )
    outcome = _outcome(life, decision)
    assert outcome["unsubscribed"] is True
    assert outcome["complained"] is True
    assert outcome["reward"] == pytest.approx(-0.002 - 2.0 - 10.0)


def test_an_opt_out_from_another_purpose_is_no_unsubscribe() -> None:
    life = Life().reachable()
    decision = _decided(life)
    life.happens("consent", NOON_MS + HOUR_MS, action="opt_out", purpose="surveys")
    assert _outcome(life, decision)["unsubscribed"] is False


def test_too_many_waiting_decisions_close_the_oldest_early_and_lose_none() -> None:
    life = Life().reachable()
    for number in range(bounds.PENDING + 3):
        life.profile.flows.clear()
        life.happens("cart", NOON_MS + number, product_id="tent-1")
        life.pass_time(NOON_MS + number + HOUR_MS)
    assert len(life.profile.pending) == bounds.PENDING
    assert len(life.outcomes) == 3
    assert all(o["matured_at"] < o["decided_at"] + WINDOW_MS for o in life.outcomes)
    waiting = [name for name in life.timers if name.startswith("outcome:")]
    assert len(waiting) == bounds.PENDING
    life.pass_time(NOON_MS + 90 * DAY_MS)
    assert sorted(o["decision_id"] for o in life.outcomes) == sorted(
        d["decision_id"] for d in life.decisions
    )


def test_the_person_learns_from_outcomes_not_from_browsing() -> None:
    life = Life().reachable()
    before = dict(life.profile.weights)
    for number in range(30):
        life.happens("browse", NOON_MS - DAY_MS + number, product_id="tent-1")
    assert life.profile.weights == before
    decision = _decided(life)
    life.happens("purchase", NOON_MS + HOUR_MS, total=50.0)
    _outcome(life, decision)
    assert life.profile.weights != before


def test_with_learning_off_nothing_is_learned_and_outcomes_still_come() -> None:
    life = Life()
    life.world.policy = PolicySettings(learning=False)
    life.reachable()
    decision = _decided(life)
    _outcome(life, decision)
    assert life.profile.weights == {}
    versions = decision["versions"]
    assert isinstance(versions, dict)
    assert versions["population"] == "off"


def test_the_last_clicked_mail_earns_the_purchase() -> None:
    life = Life().reachable()
    first = _decided(life)
    second_life_ms = NOON_MS + 2 * DAY_MS
    while len(life.sent) < 2:
        life.profile.flows.clear()
        life.happens("cart", second_life_ms, product_id="rope-1")
        second_life_ms += HOUR_MS
        life.pass_time(second_life_ms)
    second = life.sent[-1]
    life.happens("click", second_life_ms + 1, decision_id=second["decision_id"])
    life.happens("click", second_life_ms + 2, decision_id=first["decision_id"])
    life.happens("purchase", second_life_ms + 3, total=30.0)
    assert _outcome(life, first)["attributed_purchases"] == 1
    assert _outcome(life, second)["attributed_purchases"] == 0
    assert _outcome(life, second)["purchases"] == 1
