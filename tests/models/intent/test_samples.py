"""Sampled moments: when people are looked at, what counts, and attempts to leak."""

from itertools import pairwise

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from models.intent import person, samples
from models.intent.kept import Kept, Sample
from models.intent.samples import LATE_MS, TIMER
from models.person import encoding
from models.step import Record
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life

CODEC = Codec(BundledRegistry())


def labels(life: Life) -> list[Record]:
    return [record for name, record in life.emitted if name == "label"]


def kept(life: Life) -> Kept:
    found = life.profile.past().intent
    assert found is not None
    return found


def opened(life: Life) -> Sample:
    sample = kept(life).sample
    assert sample is not None
    return sample


def sampled(subscriber: str = "sub-1") -> Life:
    """Someone who ordered twice and is being looked at, for a week."""
    life = Life(subscriber=subscriber).reachable()
    life.happens("purchase", NOON_MS - 9 * DAY_MS, order_id="o1", total=40.0)
    life.happens("purchase", NOON_MS - 2 * DAY_MS, order_id="o2", total=60.0)
    while (sample := kept(life).sample) is None or sample.days != 7 or sample.at_ms < NOON_MS:
        if TIMER not in life.timers:
            reject()  # one who draws only longer samples until they are long gone
        life.pass_time(life.timers[TIMER])
    life.emitted.clear()
    return life


def the_label(life: Life) -> Record:
    life.pass_time(life.timers[TIMER])
    (label,) = labels(life)
    CODEC.encode("label", label)
    return label


def bought(life: Life, at_ms: int, now_ms: int | None = None) -> None:
    life.happens("purchase", at_ms, now_ms=now_ms, order_id=f"o{at_ms}", total=10.0)


def test_a_sample_is_told_once_its_days_and_a_day_for_late_events_are_over() -> None:
    life = sampled()
    at_ms, told_ms = opened(life).at_ms, life.timers[TIMER]
    assert at_ms + 7 * DAY_MS + LATE_MS <= told_ms <= at_ms + 7 * DAY_MS + LATE_MS + 2_000
    bought(life, at_ms + 3 * DAY_MS)
    label = the_label(life)
    assert (label["sampled_at"], label["days"], label["orders"]) == (at_ms, 7, [1])
    assert label["matured_at"] == told_ms
    assert set(label["seen"]) == set(person.NAMES)
    assert label["seen"]["buyer"] == 1.0
    assert 0.0 < label["expected"] < 1.0


def test_as_much_is_told_of_those_who_order_as_of_those_who_do_not() -> None:
    """Told at once, orders would come to be known before what didn't happen."""
    orders, none = sampled(), sampled()
    bought(orders, opened(orders).at_ms + HOUR_MS)
    assert orders.timers[TIMER] == none.timers[TIMER]
    assert the_label(none)["orders"] == [0]


# --- attempts to leak ------------------------------------------------------------------------


def test_an_order_after_the_days_does_not_count_though_the_label_still_waits() -> None:
    life = sampled()
    bought(life, opened(life).at_ms + 7 * DAY_MS)
    assert the_label(life)["orders"] == [0]


def test_an_order_from_before_the_moment_told_late_is_neither_label_nor_feature() -> None:
    life, undisturbed = sampled(), sampled()
    at_ms = opened(life).at_ms
    bought(life, at_ms - 1, now_ms=at_ms + DAY_MS)
    assert kept(life).orders == kept(undisturbed).orders + 1  # the history has it
    assert the_label(life) == the_label(undisturbed)


def test_an_order_within_the_days_told_late_counts_while_the_label_waits() -> None:
    life = sampled()
    at_ms = opened(life).at_ms
    bought(life, at_ms + 6 * DAY_MS, now_ms=at_ms + 7 * DAY_MS + LATE_MS // 2)
    assert the_label(life)["orders"] == [1]


def test_an_order_told_when_the_label_has_left_changes_no_label() -> None:
    life = sampled()
    at_ms = opened(life).at_ms
    assert the_label(life)["orders"] == [0]
    bought(life, at_ms + DAY_MS, now_ms=life.now_ms)
    sample = kept(life).sample
    assert sample is None or sum(sample.orders) == 0
    assert len(labels(life)) == 1


def test_what_happens_after_the_moment_changes_nothing_that_was_seen() -> None:
    life, undisturbed = sampled(), sampled()
    at_ms = opened(life).at_ms
    for hour in range(5):
        life.happens("browse", at_ms + hour * HOUR_MS, product_id=f"p{hour}", price=9.0)
    life.happens("cart", at_ms + 6 * HOUR_MS, product_id="p1", price=9.0)
    bought(life, at_ms + 7 * HOUR_MS)
    told, other = the_label(life), the_label(undisturbed)
    for name in ("seen", "age_days", "idle_days", "expected"):
        assert told[name] == other[name]


def test_an_event_of_the_future_is_seen_as_of_now_and_never_counted_twice() -> None:
    """A clock that runs ahead: the order is in what is seen, so it must not be in the label."""
    life = sampled()
    told_ms = life.timers[TIMER]
    bought(life, told_ms + 2 * DAY_MS, now_ms=told_ms - HOUR_MS)
    life.pass_time(told_ms)
    assert opened(life).idle_hours == 0
    assert sum(opened(life).orders) == 0


def test_a_machine_s_clicks_are_taken_out_again() -> None:
    life = sampled()
    at_ms = opened(life).at_ms
    life.profile.messages.clear()
    life.happens("browse", at_ms + HOUR_MS, product_id="p1")
    life.pass_time(at_ms + DAY_MS)
    mail = life.profile.messages[-1]
    click = {"decision_id": life.sent[-1]["decision_id"], "user_agent": None}
    clicked_ms = mail.sent_ms + 2 * HOUR_MS
    life.happens("click", clicked_ms, url="a", **click)
    assert opened(life).clicks == 1
    life.happens("click", clicked_ms + 100, url="b", **click)  # two links at once
    assert opened(life).clicks == 0
    assert kept(life).clicks(clicked_ms)[0] == pytest.approx(0.0, abs=1e-3)


# --- who, how often, how much ----------------------------------------------------------------


def test_nobody_is_looked_at_for_browsing_nor_who_is_not_known() -> None:
    life = Life(subscriber="anon:cookie")
    life.happens("browse", NOON_MS, product_id="p")
    bought(life, NOON_MS + HOUR_MS)
    assert TIMER not in life.timers
    life = Life()
    life.happens("browse", NOON_MS, product_id="p")
    assert TIMER not in life.timers
    bought(life, NOON_MS + HOUR_MS)
    assert NOON_MS < life.timers[TIMER] <= NOON_MS + 7 * DAY_MS + 2 * HOUR_MS


def test_most_samples_are_of_a_week_some_of_longer_and_people_differ_in_when() -> None:
    days, firsts = [], set()
    for number in range(80):
        life = Life(subscriber=f"sub-{number}")
        bought(life, NOON_MS)
        firsts.add(life.timers[TIMER])
        life.pass_time(life.timers[TIMER])
        days.append(opened(life).days)
    assert len(firsts) > 70
    assert {7, 28, 112} == set(days)
    assert 45 <= days.count(7) <= 75


def test_of_people_away_ever_fewer_are_taken_and_in_the_end_none() -> None:
    life = sampled()
    told = []
    while TIMER in life.timers:
        life.pass_time(life.timers[TIMER])
        told.append(labels(life)[-1]["matured_at"])
    gaps = [two - one for one, two in pairwise(told) if two > one]
    assert gaps[-1] > 100 * DAY_MS
    assert len(labels(life)) < 25
    assert life.now_ms - life.profile.last_ms > 730 * DAY_MS
    bought(life, life.now_ms + DAY_MS)
    assert TIMER in life.timers  # back again


def test_an_anonymous_person_s_orders_come_along_and_the_open_sample_is_dropped() -> None:
    anonymous = Life(subscriber="anon:cookie")
    bought(anonymous, NOON_MS - 60 * DAY_MS)
    life = sampled()
    before = kept(life).orders
    life.happens("merge", life.now_ms, profile=encoding.encode(anonymous.profile))
    assert kept(life).sample is None
    assert kept(life).orders == before + 1
    assert kept(life).first_seconds * 1_000 == NOON_MS - 60 * DAY_MS
    life.pass_time(life.timers[TIMER])
    assert labels(life) == []
    assert kept(life).sample is not None  # looked at anew


def test_a_lost_timer_is_set_again_and_a_stale_one_does_nothing() -> None:
    life = sampled()
    due_ms = life.timers.pop(TIMER)
    bought(life, due_ms - HOUR_MS)
    assert TIMER not in life.timers  # it isn't late yet
    bought(life, due_ms + 8 * DAY_MS)
    life.timers["sample:next"] = due_ms
    life.fire(TIMER, due_ms + 8 * DAY_MS)
    assert labels(life) == []


@given(st.lists(st.integers(-3 * DAY_MS, 12 * DAY_MS), max_size=8), st.integers(0, 10**9))
@settings(max_examples=30, deadline=None)
def test_labels_are_what_happened_in_the_days_by_its_own_time(
    ahead: list[int], subscriber: int
) -> None:
    life = sampled(f"sub-{subscriber}")
    at_ms, told_ms = opened(life).at_ms, life.timers[TIMER]
    for offset in sorted(ahead):
        arrives = max(at_ms + offset, at_ms)
        if arrives < told_ms:
            bought(life, at_ms + offset, now_ms=arrives)
    label = the_label(life)
    days = {(at_ms + offset) // DAY_MS for offset in ahead if 0 <= offset < 7 * DAY_MS}
    assert label["orders"][0] <= len(days)
    assert label["orders"][0] >= len(days) - 1  # the moment's own day may be an earlier order's


def test_a_profile_from_before_has_its_rhythm_from_its_sums() -> None:
    life = Life()
    life.profile.purchases, life.profile.revenue = 4, 100.0
    life.profile.first_ms, life.profile.last_purchase_ms = NOON_MS - 90 * DAY_MS, NOON_MS
    history = person.history_of(life.profile)
    assert (history.orders, history.spent) == (4, 100.0)
    assert history.gap_days() == pytest.approx(30.0, abs=0.5)


def test_it_is_small() -> None:
    life = sampled()
    with_intent = len(encoding.encode(life.profile))
    life.profile.past().intent = None
    assert with_intent - len(encoding.encode(life.profile)) <= 90
    assert samples.TIMER.partition(":")[0] == samples.TIMER_PREFIX
