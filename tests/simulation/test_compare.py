"""Comparisons: paired, with intervals, the same with one process or two."""

import math

import pytest

from simulation import showing
from simulation.compare import REFERENCES, play, report
from simulation.policies import POLICIES
from simulation.stats import difference, estimate, quantile, share
from tests.simulation.tiny import lively, task


def test_a_report_has_every_policy_and_difference() -> None:
    whole = task(lively())
    found = report(whole, play(whole, [1]))
    assert tuple(sorted(found["policies"])) == tuple(sorted(POLICIES))
    assert set(found["differences"]) == set(REFERENCES) - set(showing.POLICIES)
    assert found["intervals_over"] == "people"
    lift = found["differences"]["hold"]["expected_value"]
    assert lift["low"] <= lift["mean"] <= lift["high"]
    values = {p: f["expected_value"]["mean"] for p, f in found["policies"].items()}
    for oracle, key in (("oracle", "gap_share"), ("oracle-at-once", "gap_share_at_once")):
        gap = values[oracle] - values["random"]
        expected = (values["product"] - values["random"]) / gap
        assert found[key]["mean"] == pytest.approx(expected)
    assert len(found["learning_curve"]) == 2
    assert found["claims"]["seeds"] == 1


def test_control_mails_about_as_much_as_the_product() -> None:
    some = task(lively(people=150), "product", "control")
    found = report(some, play(some, [1]))
    product, control = (found["policies"][p]["mails"]["mean"] for p in ("product", "control"))
    assert control == pytest.approx(product, rel=0.15)


def test_seeds_give_intervals_and_processes_change_nothing() -> None:
    some = task(lively(people=20, weeks=1), "product", "hold")
    alone, together = play(some, [1, 2], 1), play(some, [1, 2], 2)
    assert [one.weeks for one in alone] == [one.weeks for one in together]
    found = report(some, alone)
    assert found["intervals_over"] == "seeds"
    assert found["gap_share"] is None
    assert found["policies"]["product"]["mails"]["low"] is not None


def test_estimates() -> None:
    found = estimate([1.0, 2.0, 3.0])
    assert found.mean == 2.0
    assert found.low == pytest.approx(2.0 - 4.303 / math.sqrt(3.0), rel=1e-3)
    assert estimate([5.0]).low is None
    assert quantile(11) == pytest.approx(2.201, abs=3e-3)
    assert quantile(10_000) == pytest.approx(1.960, abs=1e-3)
    gap = difference([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert gap.mean == 0.0
    assert gap.low is not None
    assert gap.low < 0.0


def test_shares_of_a_gap() -> None:
    found = share([(5.0, 0.0, 10.0), (6.0, 0.0, 10.0), (4.0, 0.0, 10.0)])
    assert found is not None
    assert found.mean == pytest.approx(0.5)
    assert found.low is not None
    assert found.low < 0.5
    assert share([(1.0, 2.0, 2.0)]) is None
    assert share([(1.0, 0.0, 2.0)]) is not None
