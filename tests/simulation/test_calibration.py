"""Calibration: numbers that can be checked by hand, and a shop whose model knows the truth."""

import json
from math import exp, log
from random import Random

import pytest

from models.decision.features import EXPECTED_CLICK
from simulation import calibration
from simulation.calibration import Calibration, Tally, judge, report
from simulation.compare import play
from simulation.compare import report as compared
from tests.simulation.tiny import lively, task


def logit(chance: float) -> float:
    return log(chance / (1.0 - chance))


def told(*groups: tuple[float, int, int], truth: float | None = None) -> Tally:
    """Groups of (predicted probability, predictions, positives)."""
    tally = Tally()
    for chance, count, positives in groups:
        for number in range(count):
            real = positives / count if truth is None else truth
            tally.note(logit(chance), real, happened=number < positives)
    return tally


def test_two_groups_that_come_true_have_slope_one_and_the_rates_as_they_are() -> None:
    found = judge(told((0.1, 100, 10), (0.5, 100, 50)))
    assert found["predictions"] == 200
    assert found["positives"] == 60
    assert found["base_rate"] == pytest.approx(0.3)
    assert found["predicted_rate"] == pytest.approx(0.3)
    assert found["slope"]["mean"] == pytest.approx(1.0, abs=1e-6)
    assert found["intercept"] == pytest.approx(0.0, abs=1e-6)
    assert found["slope_true"] == pytest.approx(1.0, abs=1e-6)
    # Squared error .1*.9 and .5*.5 by halves, against .3*.7.
    assert found["brier_skill"] == pytest.approx(1.0 - (0.09 + 0.25) / 2.0 / 0.21)
    assert found["best_brier_skill"] == pytest.approx(found["brier_skill"])
    assert found["top_decile"] == pytest.approx(0.5 / 0.3)
    assert found["best_top_decile"] == pytest.approx(0.5 / 0.3)


def test_the_line_through_two_groups_is_the_line_through_their_log_odds() -> None:
    found = judge(told((0.2, 1_000, 100), (0.4, 1_000, 150)))
    slope = (logit(0.15) - logit(0.1)) / (logit(0.4) - logit(0.2))
    assert found["slope"]["mean"] == pytest.approx(slope)
    assert found["intercept"] == pytest.approx(logit(0.1) - slope * logit(0.2))
    # Variance of a log-odds: 1 / (n p q), of both ends, by the distance between the two.
    error = (1 / (1_000 * 0.1 * 0.9) + 1 / (1_000 * 0.15 * 0.85)) ** 0.5
    wide = 2 * 1.96 * error / (logit(0.4) - logit(0.2))
    assert found["slope"]["high"] - found["slope"]["low"] == pytest.approx(wide, rel=1e-6)


def test_deciles_divide_a_group_on_their_border_and_compare_only_with_enough_positives() -> None:
    found = judge(told((0.1, 950, 95), (0.8, 50, 45)))
    deciles = found["deciles"]
    assert [one["predictions"] for one in deciles] == pytest.approx([100.0] * 10)
    assert deciles[0]["positives"] == pytest.approx(10.0)
    assert deciles[0]["predicted_by_actual"] is None
    # Half of the highest tenth are the eager ones, half the others.
    assert deciles[-1]["positives"] == pytest.approx(45 + 5)
    assert deciles[-1]["predicted"] == pytest.approx((0.8 + 0.1) / 2)
    assert deciles[-1]["predicted_by_actual"] == pytest.approx(0.45 / 0.5)


def test_the_true_probabilities_are_judged_beside_the_predictions() -> None:
    tally = Tally()
    for number in range(100):
        tally.note(logit(0.3), 0.9 if number < 10 else 0.1, happened=number < 10)
    found = judge(tally)
    assert found["slope"] is None, "one prediction for all tells no slope"
    assert found["top_decile"] == pytest.approx(1.0)
    assert found["best_top_decile"] == pytest.approx(10.0)
    assert found["true_rate"] == pytest.approx(0.18)
    assert found["top_decile_true"] == pytest.approx(1.0)
    assert found["best_top_decile_true"] == pytest.approx(0.9 / 0.18)


@pytest.mark.parametrize("positives", [0, 40])
def test_without_any_difference_in_what_happens_nothing_is_said(positives: int) -> None:
    found = judge(told((0.2, 20, min(positives, 20)), (0.4, 20, min(positives, 20))))
    assert found["slope"] is None
    assert found["brier_skill"] is None
    json.dumps(found, allow_nan=False)


def test_what_predictions_separate_without_fail_has_no_slope() -> None:
    assert judge(told((0.2, 20, 0), (0.4, 20, 20)))["slope"] is None


def test_the_regression_finds_a_line_far_from_where_it_begins() -> None:
    random, tally = Random(1), Tally()
    for _ in range(20_000):
        log_odds = random.gauss(0.0, 1.5)
        chance = 1.0 / (1.0 + exp(4.0 - 0.5 * log_odds))
        tally.note(log_odds, chance, happened=random.random() < chance)
    found = judge(tally)
    assert found["slope_true"] == pytest.approx(0.5, abs=0.01)
    assert found["slope"]["low"] < 0.5 < found["slope"]["high"]
    assert found["intercept"] == pytest.approx(-4.0, abs=0.2)


def test_runs_add_up_and_parts_nobody_predicted_are_absent() -> None:
    one, two = Calibration(), Calibration()
    for run, happened in ((one, True), (two, False)):
        run.note("click", {EXPECTED_CLICK: -1.0}, 0.2, happened=happened)
        run.note("leave", {}, 0.2, happened=happened)
    found = report([one, two])
    assert set(found) == {"click"}
    assert found["click"]["predictions"] == 2
    assert found["click"]["base_rate"] == pytest.approx(0.5)
    assert one.parts["click"].predicted[-100][0] == 1.0, "the runs stay as they are"


def test_a_comparison_tells_of_the_products_probabilities() -> None:
    some = task(lively(clicks=0.5, conversion=0.5, unsubscribes=0.1), "product", "hold")
    seen = play(some, [1, 2])
    found = compared(some, seen)["calibration"]
    assert set(found) == set(calibration.PARTS)
    json.dumps(found, allow_nan=False)
    mails = sum(one.total("product", "mails") for one in seen)
    assert found["click"]["predictions"] == found["leave"]["predictions"] == mails
    clicks = sum(one.total("product", "expected_clicks") for one in seen)
    assert found["click"]["true_rate"] * mails == pytest.approx(clicks)
    assert found["order"]["predictions"] == found["click"]["positives"]
    late = compared(some, seen)["calibration_second_half"]
    weeks = len(seen[0].weeks["product"])
    mails = sum(week["mails"] for one in seen for week in one.weeks["product"][-(weeks // 2) :])
    assert late["click"]["predictions"] == mails


def test_a_comparison_tells_of_orders_foretold_and_of_no_truth() -> None:
    some = task(lively(weeks=3, orders=0.3), "product")
    found = compared(some, play(some, [1]))
    told, late = found["buys_soon"], found["buys_soon_second_half"]
    json.dumps(told, allow_nan=False)
    assert told["predictions"] >= late["predictions"] > 0
    assert 0 < told["positives"] < told["predictions"]
    assert {"brier_skill", "base_rate", "predicted_rate", "slope"} <= told.keys()
    assert "slope_true" not in told
    assert all("true" not in decile for decile in told["deciles"])


def test_without_the_product_nothing_is_said() -> None:
    some = task(lively(people=10, weeks=1), "hold")
    assert compared(some, play(some, [1]))["calibration"] == {}
