"""Plots of what comes next: drawn from results by name, refused where there are none."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.next_item_plots import main


def _found(recall: float, interval: list[float] | None) -> dict[str, Any]:
    return {
        "recall_at_20": recall,
        "recall_ci95": interval,
        "mrr_at_20": recall / 2.0,
        "mrr_ci95": interval,
    }


def _result(interval: list[float] | None) -> dict[str, Any]:
    names = ("popularity", "session_popularity", "co_occurrence")
    return {
        **_found(0.6, interval),
        "baselines": {name: _found(0.1 * n, interval) for n, name in enumerate(names, 1)},
    }


@pytest.mark.parametrize(("interval", "whiskers"), [([0.05, 0.7], 8), (None, 0)])
def test_each_log_has_a_bar_for_each_recommender(
    tmp_path: Path, interval: list[float] | None, whiskers: int
) -> None:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(_result(interval)), encoding="utf-8")
    assert main([f"one={path}", f"other={path}", "--output", str(tmp_path / "made")]) == 0
    drawn = (tmp_path / "made" / "next-item-recall.svg").read_text(encoding="utf-8")
    assert drawn.count("<polyline") == whiskers
    assert all(name in drawn for name in (">one<", ">other<", ">co-occurrence<"))
    bars = drawn.count("<rect") - 1 - 4  # the background and the legend
    assert bars == 8
    assert (tmp_path / "made" / "next-item-mrr.svg").exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"baselines": {}}'])
def test_what_is_no_result_is_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.json"
    path.write_text(text, encoding="utf-8")
    assert main([f"log={path}", "--output", str(tmp_path)]) == 2
    assert "no results" in capsys.readouterr().err
    assert main(["without a name", "--output", str(tmp_path)]) == 2
