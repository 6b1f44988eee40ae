"""Refunds: whatever is paid back, in any order and number, all sums are as if it never was paid."""

from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import bounds
from models.decay import EMPTY
from models.learning.population import Population
from models.learning.relearning import Fate, Relearning
from models.person import encoding
from models.step import Record
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life

CODEC = Codec(BundledRegistry())
WINDOW_MS = 7 * DAY_MS
COUNTS = ("purchases", "attributed_purchases")
AMOUNTS = ("revenue", "discount", "reward", "attributed_revenue")


def sums(life: Life) -> dict[str, dict[str, float]]:
    """What all outcome records of a decision add up to."""
    added: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for outcome in life.outcomes:
        CODEC.encode("outcome", outcome)
        for name in (*COUNTS, *AMOUNTS):
            added[outcome["decision_id"]][name] += outcome[name]
    return added


def shopper() -> Life:
    """Someone whose cart is decided about every second day."""
    return Life().reachable()


def lives_on(life: Life, day: int) -> None:
    life.pass_time(NOON_MS + day * DAY_MS)
    if day % 2 == 0 and day < 20:
        life.profile.flows.clear()
        life.happens("cart", NOON_MS + day * DAY_MS, product_id=f"tent-{day}")
        life.pass_time(NOON_MS + day * DAY_MS + 2 * HOUR_MS)


ORDERS = st.lists(
    st.tuples(st.integers(0, 21), st.integers(1, 5_000), st.integers(0, 300)),
    min_size=1,
    max_size=bounds.ORDERS - 1,
)
REFUNDS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 45), st.one_of(st.none(), st.integers(1, 3_000))),
    max_size=6,
)


@settings(deadline=None, max_examples=40)
@given(ORDERS, REFUNDS, st.booleans())
def test_sums_are_as_if_what_was_paid_back_had_never_been_paid(
    orders: list[tuple[int, int, int]],
    refunds: list[tuple[int, int, int | None]],
    repeated: bool,  # noqa: FBT001
) -> None:
    life = shopper()
    refunds = [refund for refund in refunds if refund[0] < len(orders)]
    for day in range(60):
        lives_on(life, day)
        for number, (when, total, discount) in enumerate(orders):
            if when == day:
                at_ms = NOON_MS + day * DAY_MS + 3 * HOUR_MS + number
                paid: Record = {"total": total / 100.0, "discount": discount / 100.0}
                life.happens("purchase", at_ms, order_id=f"o-{number}", **paid)
        for number, (order, when, cents) in enumerate(refunds):
            if when == day:
                at_ms = NOON_MS + day * DAY_MS + (number % 2) * 5 * HOUR_MS
                back = None if cents is None else cents / 100.0
                for _ in range(1 + repeated):
                    told: Record = {"order_id": f"o-{order}", "total": back}
                    life.happens("refund", at_ms, event_id=f"r-{number}", **told)
    left = []
    for number, (when, total, discount) in enumerate(orders):
        backs = [cents for order, _, cents in refunds if order == number]
        rest = 0 if None in backs else max(0, total - sum(cents or 0 for cents in backs))
        at_ms = NOON_MS + when * DAY_MS + 3 * HOUR_MS + number
        left.append((at_ms, rest / 100.0, discount * rest / total / 100.0))
    profile, standing = life.profile, [order for order in left if order[1]]
    assert profile.purchases == len(standing)
    assert profile.revenue == pytest.approx(sum(total for _, total, _ in left), abs=1e-6)
    assert profile.purchases or (profile.revenue, profile.revenue_level) == (0.0, EMPTY)
    assert not profile.pending
    added = sums(life)
    assert added
    for decision in life.decisions:
        decided_ms = decision["decided_at"]
        covered = [o for o in standing if decided_ms <= o[0] < decided_ms + WINDOW_MS]
        found = added[decision["decision_id"]]
        assert found["purchases"] == len(covered)
        for name, place in (("revenue", 1), ("discount", 2)):
            assert found[name] == pytest.approx(sum(o[place] for o in covered), abs=1e-6)
        sent = 0.002 if decision["action"] == "send" else 0.0
        worth = sum(0.3 * total - discount for _, total, discount in covered) - sent
        assert found["reward"] == pytest.approx(worth, abs=1e-6)
        assert 0 <= found["attributed_purchases"] <= found["purchases"]


@settings(deadline=None, max_examples=25)
@given(ORDERS, REFUNDS)
def test_the_population_learns_as_if_paid_back_orders_had_never_been(
    orders: list[tuple[int, int, int]], refunds: list[tuple[int, int, int | None]]
) -> None:
    life = shopper()
    for day in range(60):
        lives_on(life, day)
        at_ms = NOON_MS + day * DAY_MS + 3 * HOUR_MS
        for number, (when, total, _) in enumerate(orders):
            if when == day:
                life.happens("purchase", at_ms, order_id=f"o-{number}", total=total / 100.0)
        for order, when, cents in refunds:
            if when == day:
                back = None if cents is None else cents / 100.0
                life.happens("refund", at_ms + HOUR_MS, order_id=f"o-{order}", total=back)
    memory, right = Relearning(Population()), Population()
    added = sums(life)
    for heard in life.outcomes:
        assert memory.hear(heard) is not Fate.FORGOTTEN or not _chosen(life, heard)
        if not heard["corrects"]:
            left = int(added[heard["decision_id"]]["purchases"])
            right.learn({**heard, "purchases": left})
    assert memory.population.to_bytes() == right.to_bytes()


def _chosen(life: Life, correction: Record) -> bool:
    """Whether there had been a choice: without one, nothing is ever learned."""
    told = next(d for d in life.decisions if d["decision_id"] == correction["decision_id"])
    return bool(told["propensity"] < 1.0)


def decided(life: Life) -> Record:
    lives_on(life, 0)
    return life.decisions[-1]


def test_a_refund_within_the_window_corrects_nothing_and_lowers_what_waits() -> None:
    life = shopper()
    decision = decided(life)
    life.happens("purchase", NOON_MS + DAY_MS, order_id="o", total=80.0, discount=8.0)
    life.happens("refund", NOON_MS + 2 * DAY_MS, order_id="o", total=20.0)
    life.pass_time(NOON_MS + 10 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert (outcome["purchases"], outcome["revenue"], outcome["discount"]) == (1, 60.0, 6.0)


def test_a_refund_after_the_window_is_a_correction_named_after_its_event() -> None:
    life = shopper()
    decision = decided(life)
    life.happens("click", NOON_MS + 3 * HOUR_MS, decision_id=decision["decision_id"])
    life.happens("purchase", NOON_MS + DAY_MS, order_id="o", total=80.0, discount=8.0)
    life.pass_time(NOON_MS + 30 * DAY_MS)
    life.emitted.clear()
    life.happens("refund", NOON_MS + 30 * DAY_MS, order_id="o", event_id="back-1")
    (found,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert (found["corrects"], found["action"]) == ("back-1", "correct")
    assert (found["purchases"], found["revenue"], found["discount"]) == (-1, -80.0, -8.0)
    assert found["reward"] == pytest.approx(8.0 - 0.3 * 80.0)
    assert (found["evidence"], found["propensity"]) == (False, 1.0)
    sent = decision["action"] == "send"
    assert found["attributed_purchases"] == (-1 if sent else 0)
    assert CODEC.decode(CODEC.encode("outcome", found)) == ("outcome", found)


def test_a_refund_is_no_sign_of_life() -> None:
    life = shopper()
    life.happens("purchase", NOON_MS, order_id="o", total=80.0)
    seen = (life.profile.last_ms, life.profile.activity, life.profile.visits)
    life.happens("refund", NOON_MS + DAY_MS, order_id="o")
    assert (life.profile.last_ms, life.profile.activity, life.profile.visits) == seen


@pytest.mark.parametrize("later", [True, False])
def test_a_refund_without_its_order_is_told_after_a_day(*, later: bool) -> None:
    life = shopper()
    life.happens("refund", NOON_MS, order_id="o", total=30.0)
    if later:
        life.happens("purchase", NOON_MS - HOUR_MS, NOON_MS + HOUR_MS, order_id="o", total=80.0)
        assert (life.profile.purchases, life.profile.revenue) == (1, 50.0)
    life.pass_time(NOON_MS + 2 * DAY_MS)
    assert life.refused == ([] if later else ["unknown_order"])
    life.happens(
        "purchase", NOON_MS + 3 * DAY_MS, order_id="o" if not later else "other", total=80.0
    )
    assert life.profile.revenue == (130.0 if later else 50.0)


def test_more_paid_back_than_paid_takes_no_more_than_was_paid() -> None:
    life = shopper()
    life.happens("purchase", NOON_MS, order_id="o", total=10.0)
    life.happens("purchase", NOON_MS, order_id="other", total=25.0)
    for number in range(3):
        life.happens("refund", NOON_MS + number, order_id="o", total=8.0)
    assert (life.profile.purchases, life.profile.revenue) == (1, 25.0)
    assert life.refused == []


def test_an_order_without_a_price_can_be_taken_back_once() -> None:
    life = shopper()
    for order in ("free", "paid"):
        life.happens("purchase", NOON_MS, order_id=order, total=0.0 if order == "free" else 9.0)
    for number in range(2):
        life.happens("refund", NOON_MS + number, order_id="free")
    assert (life.profile.purchases, life.profile.revenue) == (1, 9.0)


def test_an_order_counts_for_the_decision_that_another_waited_for() -> None:
    life = Life().reachable()
    decision = decided(life)
    life.happens("purchase", NOON_MS + DAY_MS, order_id="o", total=80.0)
    pending = next(p for p in life.profile.pending if p.decision_id == decision["decision_id"])
    pending.arm = "wait/9"
    follower = {**decision, "decision_id": "f" * 32, "episode_id": decision["decision_id"]}
    _await(life, follower)
    life.happens("refund", NOON_MS + 2 * DAY_MS, order_id="o")
    (found,) = [p for p in life.profile.pending if p.decision_id == "f" * 32]
    assert (found.purchases, found.revenue) == (0, 0.0)
    assert not [o for o in life.outcomes if o["corrects"]]


def _await(life: Life, decision: Record) -> None:
    from models.decision.features import NAMES
    from models.feedback import outcomes
    from models.step import Step

    step = Step(life.subscriber, decision["decided_at"])
    outcomes.await_outcome(decision, life.profile, step, life.world, [0] * len(NAMES))


def test_an_anonymous_order_is_refunded_to_whom_it_turns_out_to_be() -> None:
    anonymous, known = Life(subscriber="anon:cookie-1"), Life().reachable()
    anonymous.happens("purchase", NOON_MS, order_id="o-1", total=30.0)
    anonymous.happens("refund", NOON_MS, order_id="o-2", total=5.0)
    known.happens("purchase", NOON_MS, order_id="o-2", total=20.0)
    known.happens("refund", NOON_MS, order_id="o-1", total=10.0)
    anonymous.happens("identify", NOON_MS + 1, anonymous_id="cookie-1", subscriber_id="sub-1")
    (merge,) = [record for name, record in anonymous.emitted if name == "merge"]
    known.apply("merge", merge, NOON_MS + 2)
    assert (known.profile.purchases, known.profile.revenue) == (2, 35.0)
    known.pass_time(NOON_MS + 3 * DAY_MS)
    assert known.refused == []


def test_many_orders_in_many_windows_stay_bounded() -> None:
    life = shopper()
    for number in range(60):
        at_ms = NOON_MS + number * 4 * HOUR_MS
        life.profile.flows.clear()
        life.happens("cart", at_ms, product_id="tent-1")
        life.pass_time(at_ms + 2 * HOUR_MS)
        life.happens("purchase", at_ms + 3 * HOUR_MS, order_id=str(number), total=9.5)
        life.happens("refund", at_ms + 3 * HOUR_MS, order_id=f"stray-{number}")
    orders = life.profile.past().orders
    assert len(orders) == bounds.ORDERS
    assert max(len(order.decisions) for order in orders) == 16 * bounds.PENDING
    assert len(encoding.encode(life.profile)) < 8_192


def test_orders_come_back_as_they_were_stored() -> None:
    life = shopper()
    decided(life)
    life.happens("purchase", NOON_MS + DAY_MS, order_id="o", total=80.0)
    again: Any = encoding.decode(encoding.encode(life.profile))
    assert again.past().orders == life.profile.past().orders
    assert again.past().orders[0].decisions
