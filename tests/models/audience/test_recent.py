from hypothesis import given
from hypothesis import strategies as st

from models import bounds
from models.audience import order_rhythm, recent
from models.decay import DAY_MS
from models.past import Past

TIMES = st.lists(st.integers(0, 10**12), max_size=30)


@given(TIMES)
def test_the_newest_are_kept_in_order_whatever_order_they_came_in(times: list[int]) -> None:
    kept: list[int] = []
    for at_ms in times:
        recent.note(kept, at_ms)
    assert kept == sorted(at_ms // 1_000 for at_ms in times)[-bounds.RECENT :]


@given(TIMES, TIMES)
def test_two_of_one_person_are_as_one(left: list[int], right: list[int]) -> None:
    apart: tuple[list[int], list[int]] = ([], [])
    together: list[int] = []
    for kept, times in zip(apart, (left, right), strict=True):
        for at_ms in times:
            recent.note(kept, at_ms)
            recent.note(together, at_ms)
    assert recent.merged(*apart) == together


def test_what_never_was_is_taken_back_from_the_newest_on() -> None:
    kept = [1, 2, 3, 4]
    recent.take_back(kept, 3_999, 2)
    assert kept == [1, 4]
    recent.take_back(kept, 3_999, 5)
    assert kept == [4]


def test_the_mean_interval_follows_the_last_few() -> None:
    past, at_ms = Past(), DAY_MS
    for days in (10, 10, 30):
        order_rhythm.note(past, at_ms, at_ms + days * DAY_MS)
        at_ms += days * DAY_MS
    assert past.order_intervals == 3
    assert abs(past.order_interval_ms - 50 * DAY_MS // 3) <= 3
    for _ in range(40):
        order_rhythm.note(past, at_ms, at_ms + 5 * DAY_MS)
        at_ms += 5 * DAY_MS
    assert past.order_intervals == 6
    assert abs(past.order_interval_ms - 5 * DAY_MS) < DAY_MS // 10


def test_first_orders_errands_and_late_events_tell_no_interval() -> None:
    past = Past()
    for before_ms, at_ms in ((0, DAY_MS), (DAY_MS, DAY_MS + 5), (9 * DAY_MS, DAY_MS)):
        order_rhythm.note(past, before_ms, at_ms)
    assert past == Past()


def test_merged_intervals_are_weighed_by_how_many_there_were() -> None:
    past = Past(order_interval_ms=10 * DAY_MS, order_intervals=1)
    order_rhythm.merge(past, Past(order_interval_ms=40 * DAY_MS, order_intervals=2))
    assert (past.order_interval_ms, past.order_intervals) == (30 * DAY_MS, 3)
    order_rhythm.merge(past, Past())
    assert past.order_intervals == 3
