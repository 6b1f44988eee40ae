"""Plots of foretold orders: drawn from a result, refused where it is none."""

import dataclasses
import json
from pathlib import Path

import pytest

from bench.purchase_plots import main
from evaluation.purchases import evaluate
from tests.evaluation.purchases_log import FIRST, made, read


@pytest.mark.parametrize(("customers", "drawn"), [(120, 2), (1, 1)])
def test_a_result_is_drawn(tmp_path: Path, customers: int, drawn: int) -> None:
    lines = [*made(customers), "late,2021-01-01,1"]
    result = evaluate(read(tmp_path, lines), FIRST + 200, 60)
    path = tmp_path / "result.json"
    path.write_text(json.dumps(dataclasses.asdict(result)), encoding="utf-8")
    assert main([str(path), "--output", str(tmp_path / "figures")]) == 0
    found = sorted((tmp_path / "figures").iterdir())
    assert len(found) == drawn
    assert found[0].name == "purchases-calibration.svg"
    assert "<svg" in found[0].read_text(encoding="utf-8")


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"baselines": {}}'])
def test_what_is_no_result_is_refused(
    tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "result.json"
    path.write_text(text, encoding="utf-8")
    assert main([str(path), "--output", str(tmp_path)]) == 2
    assert "is no result" in capsys.readouterr().err
