"""Figures of people who count several times: the same as if each stood there so often."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.weighted import Ranked, Recalibrated, Together

PEOPLE = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=30
)


def by_hand(scores: np.ndarray, bought: np.ndarray) -> float:
    pairs = [
        (1.0 if one > other else 0.5 if one == other else 0.0)
        for one in scores[bought]
        for other in scores[~bought]
    ]
    return float(np.mean(pairs)) if pairs else np.nan


@given(PEOPLE)
@settings(deadline=None)
def test_a_weight_is_so_many_people(people: list[tuple[int, int, int]]) -> None:
    scores, orders, times = (
        np.array(column, dtype=np.float64) for column in zip(*people, strict=True)
    )
    again = np.repeat(np.arange(len(people)), times.astype(int))
    if not len(again):
        return
    weights, once = times[None, :], np.ones((1, len(again)))
    auc, lift = Ranked(scores, orders > 0).figures(weights)
    all_of_them = Ranked(scores[again], orders[again] > 0).figures(once)
    assert auc == pytest.approx(all_of_them[0], nan_ok=True)
    assert lift == pytest.approx(all_of_them[1], nan_ok=True)
    assert auc[0] == pytest.approx(by_hand(scores[again], orders[again] > 0), nan_ok=True)
    correlation, ratio = Together(scores, orders).figures(weights)
    if np.ptp(scores[again]) and np.ptp(orders[again]):
        assert correlation[0] == pytest.approx(np.corrcoef(scores[again], orders[again])[0, 1])
    if orders[again].sum():
        assert ratio[0] == pytest.approx(scores[again].sum() / orders[again].sum())


def test_the_lift_of_the_top_tenth() -> None:
    scores = np.arange(20.0)
    bought = np.zeros(20, dtype=np.bool_)
    bought[[19, 3, 4, 5]] = True
    _, lift = Ranked(scores, bought).figures(np.ones((1, 20)))
    assert lift[0] == pytest.approx((1 / 4) / 0.1)
    _, lift = Ranked(np.zeros(20), bought).figures(np.ones((1, 20)))
    assert lift[0] == pytest.approx(1.0)  # of all equal a tenth


def test_what_is_not_defined_is_no_number() -> None:
    ones = np.ones((1, 3))
    for bought in (np.zeros(3, dtype=np.bool_), np.ones(3, dtype=np.bool_)):
        assert np.isnan(Ranked(np.arange(3.0), bought).figures(ones)[0]).all()
    assert np.isnan(Together(np.ones(3), np.arange(3.0)).figures(ones)[0]).all()
    assert np.isnan(Together(np.ones(3), np.zeros(3)).figures(ones)[1]).all()
    assert np.isnan(Recalibrated(np.full(3, 0.4), np.array([0.0, 1.0, 1.0])).line).all()
    apart = Recalibrated(np.array([0.1, 0.2, 0.8, 0.9]), np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.isnan(apart.figures(np.ones((2, 4)))).all()


def test_calibrated_chances_lie_on_the_line() -> None:
    luck = np.random.default_rng(1)
    logs = luck.normal(-1.0, 1.0, 60_000)
    came = (luck.random(60_000) < 1.0 / (1.0 + np.exp(-logs))).astype(np.float64)
    said = 1.0 / (1.0 + np.exp(-logs))
    assert Recalibrated(said, came).line == pytest.approx([1.0, 0.0], abs=0.05)
    too_bold = 1.0 / (1.0 + np.exp(-(2.0 * logs + 0.5)))
    assert Recalibrated(too_bold, came).line == pytest.approx([0.5, -0.25], abs=0.05)
    one = Recalibrated(said, came)
    drawn = luck.multinomial(60_000, np.full(60_000, 1 / 60_000), size=2).astype(np.float64)
    assert one.figures(drawn) == pytest.approx(np.tile(one.line, (2, 1)), abs=0.06)
