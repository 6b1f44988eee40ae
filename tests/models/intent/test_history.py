"""A person's orders as numbers: what counts, in whatever order it comes, and how it is seen."""

from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.decay import DAY_MS
from models.intent.history import NAMES, History, inputs

DAYS = st.integers(0, 4_000)
VALUES = st.floats(allow_nan=False)


def ordered(*days: int, value: float = 10.0) -> History:
    history = History()
    for day in days:
        history.order(day * DAY_MS, value)
    return history


def seen(history: History, day: int) -> dict[str, float]:
    return dict(zip(NAMES, inputs(history, day * DAY_MS)[0], strict=True))


def test_orders_of_one_day_are_one() -> None:
    history = History()
    history.order(5 * DAY_MS, 10.0)
    history.order(5 * DAY_MS + 3_600_000, 30.0)
    assert (history.orders, history.spent) == (1, 40.0)
    assert history.decayed(5 * DAY_MS)[0] == pytest.approx(1.0)
    history.order(6 * DAY_MS, 10.0)
    assert history.orders == 2


def test_what_is_paid_back_is_taken_off_and_no_order() -> None:
    history = ordered(1, 10)
    history.refund(5.0)
    assert (history.orders, history.spent) == (2, 15.0)
    history.refund(1e9)
    assert history.spent == 0.0


def test_an_order_that_comes_late_moves_the_first_not_the_last() -> None:
    late, in_order = ordered(50, 10, 30), ordered(10, 30, 50)
    assert (late.first_ms, late.last_ms, late.orders) == (10 * DAY_MS, 50 * DAY_MS, 3)
    assert late.decayed(60 * DAY_MS) == pytest.approx(in_order.decayed(60 * DAY_MS))


def test_decayed_counts_halve() -> None:
    history = ordered(0)
    month, quarter, year = history.decayed(91 * DAY_MS)
    assert quarter == pytest.approx(0.5)
    assert month < quarter < year


def test_overdue_is_against_the_person_s_own_rhythm() -> None:
    often, seldom = ordered(0, 7, 14, 21), ordered(0, 90, 180, 270)
    assert seen(often, 21 + 40)["overdue"] > 0.0 > seen(seldom, 270 + 40)["overdue"]
    assert seen(ordered(0), 500)["overdue"] == 0.0  # no rhythm is known of one order


@given(st.lists(st.tuples(DAYS, VALUES), min_size=1, max_size=20), st.integers(0, 5_000))
def test_inputs_are_finite_and_small_whatever_came(
    orders: list[tuple[int, float]], later: int
) -> None:
    history = History()
    for day, value in orders:
        history.order(day * DAY_MS, value)
    values, age, idle = inputs(history, history.last_ms + later * DAY_MS)
    assert len(values) == len(NAMES)
    assert all(isfinite(value) and abs(value) <= 4.0 for value in values)
    assert age >= idle == later
