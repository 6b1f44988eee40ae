"""A log passed and judged: what is found, that nothing of the days judged is known, odd logs."""

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.purchase_log import PurchaseLog
from evaluation.purchase_pass import Pass
from evaluation.purchases import NothingToJudgeError, evaluate
from evaluation.purchases_result import PurchasesResult, Score
from models.intent import stored
from tests.evaluation.purchases_log import FIRST, made, read

ROWS = st.lists(
    st.tuples(st.integers(0, 80), st.integers(0, 5), st.sampled_from([-4.0, 0.0, 3.0, 1e300])),
    min_size=1,
    max_size=60,
)


def log_of(rows: list[tuple[int, int, float]]) -> PurchaseLog:
    unique = list(dict.fromkeys(rows))
    return PurchaseLog(sorted(unique, key=lambda row: row[0]), [f"c{n}" for n in range(6)])


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> PurchasesResult:
    log = read(tmp_path_factory.mktemp("made"), made(600))
    return evaluate(log, FIRST + 179, 120)


def test_who_orders_again_is_found(result: PurchasesResult) -> None:
    assert result.will_buy_auc is not None
    assert result.will_buy_auc > 0.75
    assert result.predicted_by_actual == pytest.approx(1.0, abs=0.35)
    assert result.top_decile_lift is not None
    assert result.top_decile_lift > 1.5
    assert (result.until, result.horizon_days) == ("2020-06-28", 120)
    assert result.judged_days <= 120
    assert result.customers == 600
    assert 0 < result.buyers < result.orders


def test_the_others_stand_beside_it(result: PurchasesResult) -> None:
    assert list(result.baselines) == ["recency", "decayed_sum", "bg_nbd"]
    for name, found in result.baselines.items():
        assert found.will_buy_auc is not None
        assert found.auc_gain == pytest.approx(result.will_buy_auc - found.will_buy_auc)  # type: ignore[operator]
        assert (found.calibration is None) == (name != "bg_nbd")
        assert (found.predicted_by_actual is None) == (name != "bg_nbd")


def test_intervals_hold_their_figures(result: PurchasesResult) -> None:
    for score in (result, *result.baselines.values()):
        for name in (one.name for one in fields(Score) if one.name.endswith("_ci95")):
            interval, value = getattr(score, name), getattr(score, name.removesuffix("_ci95"))
            assert (interval is None) == (value is None)
            assert interval is None or interval[0] <= value <= interval[1]


def test_tenths_hold_everybody_and_go_up(result: PurchasesResult) -> None:
    assert result.calibration is not None
    tenths = result.calibration.tenths
    assert sum(tenth.customers for tenth in tenths) == result.customers
    chances = [tenth.chance for tenth in tenths]
    assert chances == sorted(chances)
    bought = sum(tenth.customers * tenth.bought for tenth in tenths)
    assert round(bought) == result.buyers


@given(ROWS, ROWS, st.integers(5, 60))
@settings(max_examples=40, deadline=None)
def test_what_comes_later_changes_nothing(
    rows: list[tuple[int, int, float]], later: list[tuple[int, int, float]], until: int
) -> None:
    alone, longer = Pass([f"c{n}" for n in range(6)]), Pass([f"c{n}" for n in range(6)])
    known = [row for row in rows if row[0] <= until]
    after = [(day + until + 1, who, value) for day, who, value in later]
    alone.run(log_of(known).rows if known else [], until)
    longer.run(log_of(known + after).rows, until)
    assert stored.to_bytes(alone.model) == stored.to_bytes(longer.model)
    assert alone.histories == longer.histories


def test_a_window_teaches_on_the_day_it_closes_and_not_before() -> None:
    found = {}
    for last_day in range(60, 80):
        for order in (0, 5):
            passed = Pass(["c0"])
            passed.run([(0, 0, 1.0), (last_day - order, 0, 1.0)], last_day)
            found[last_day, order] = passed.model.learned
    assert found[79, 0] > found[60, 0] > 0
    # Learned are windows of people, never orders: when they came changes nothing of how many.
    assert all(found[day, 0] == found[day, 5] for day in range(60, 80))


def test_people_are_looked_at_each_four_weeks_on_days_of_their_own() -> None:
    """By the first windows of a week, which close first."""
    learned = []
    for until in range(28 + 6):
        passed = Pass([f"c{n}" for n in range(100)])
        passed.run([(0, who, 1.0) for who in range(100)], until)
        learned.append(passed.model.learned)
    assert learned[6] == 0  # nobody's first week is over
    a_day = [two - one for one, two in pairwise(learned[6:14])]
    assert sum(a_day) == pytest.approx(100 * 7 / 28, abs=15)
    assert max(a_day) < 15


def test_of_luck_nothing_is_found() -> None:
    luck = np.random.default_rng(5)
    pairs = zip(luck.integers(0, 400, 3_000), luck.integers(0, 400, 3_000), strict=True)
    rows = sorted({(int(day), int(who), 1.0) for day, who in pairs})
    result = evaluate(PurchaseLog(rows, [f"c{n}" for n in range(400)]), 250, 30)
    assert result.will_buy_auc == pytest.approx(0.5, abs=0.08)


@pytest.mark.parametrize(
    ("rows", "until", "days"),
    [
        ([(0, 0, 5.0), (30, 0, 5.0)], 3, 400),  # one customer, a horizon longer than the log
        ([(0, 0, 5.0), (0, 1, 5.0), (40, 1, -5.0)], 20, 20),  # refunds only, later
        ([(day, day, 1.0) for day in range(6)], 2, 3),  # nobody comes back
        ([(0, 0, 0.0), (0, 0, -1.0), (1, 1, -9.0), (50, 2, 3.0)], 10, 10),
        ([(0, 0, 5.0), (100_000, 0, 5.0)], 99_000, 36_500),
    ],
)
def test_odd_logs_have_a_result(rows: list[tuple[int, int, float]], until: int, days: int) -> None:
    result = evaluate(log_of(rows), until, days)
    assert result.judged_days == min(days, rows[-1][0] - until)
    assert result.calibration is not None
    for tenth in result.calibration.tenths:
        assert 0.0 <= tenth.chance <= 1.0
        assert tenth.expected_orders >= 0.0


@pytest.mark.parametrize(
    ("until", "said"), [(10, "no day after --until"), (-1, "nobody bought until then")]
)
def test_nothing_to_judge_says_where_the_log_lies(until: int, said: str) -> None:
    with pytest.raises(NothingToJudgeError, match=f"{said}.*from 1970-01-01 to 1970-01-11"):
        evaluate(log_of([(0, 0, 1.0), (10, 0, 1.0)]), until, 30)


def test_the_same_seed_draws_the_same_intervals(tmp_path: Path) -> None:
    log = read(tmp_path, made(80))
    one, two, other = (evaluate(log, FIRST + 200, 60, seed=seed) for seed in (4, 4, 5))
    assert one == two
    assert one != other
    assert replace(one, will_buy_auc_ci95=None).will_buy_auc == other.will_buy_auc
