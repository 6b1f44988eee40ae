"""`nextbest evaluate purchases`: one JSON object or a table, and refusals that say what to do."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.purchase_log import PurchaseLogError
from evaluation.purchases import NothingToJudgeError
from nextbest.cli import app
from tests.evaluation.purchases_log import made, write

COMMAND = ["evaluate", "purchases"]
WHEN = ["--until", "2020-06-28", "--horizon", "90"]


def test_json_is_one_object(tmp_path: Path) -> None:
    path = str(write(tmp_path, made()))
    result = CliRunner().invoke(app, [*COMMAND, path, *WHEN, "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    names = ("will_buy_auc", "count_correlation", "predicted_by_actual", "top_decile_lift")
    for name in names:
        assert found[name] > 0.0
        assert len(found[f"{name}_ci95"]) == 2
        assert name in found["baselines"]["bg_nbd"]
    assert len(found["calibration"]["tenths"]) == 10
    assert len(found["baselines"]["bg_nbd"]["auc_gain_ci95"]) == 2


def test_a_table_shows_all_beside_each_other(tmp_path: Path) -> None:
    lines = [*made(), "c1,2020-01-01,-3", "late,2021-01-01,3", "late,2021-01-01,3"]
    path = str(write(tmp_path, lines))
    result = CliRunner().invoke(app, [*COMMAND, path, "--until", "20200628", "--horizon", "900"])
    assert result.exit_code == 0, result.output
    for words in ("orders.csv", "learner", "recency", "decayed sum", "BG/NBD", "by tenths"):
        assert words in result.stdout
    for words in ("not 900", "left out: 1 customers", "count once: 1"):
        assert words in result.stdout


def test_a_log_that_teaches_nothing_says_so(tmp_path: Path) -> None:
    path = str(write(tmp_path, ["customer,date,value", "a,20200101,1", "b,20200104,1"]))
    result = CliRunner().invoke(app, [*COMMAND, path, "--until", "20200101", "--horizon", "3"])
    assert result.exit_code == 0, result.output
    assert "knows nothing but its start" in result.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["--horizon", "9"],
        ["--until", "2020-06-28"],
        ["--until", "soon", "--horizon", "9"],
        ["--until", "2020-06-28", "--horizon", "0"],
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, words: list[str]) -> None:
    path = str(write(tmp_path, made(5)))
    assert CliRunner().invoke(app, [*COMMAND, path, *words]).exit_code == 2


def test_bad_lines_end_it_unless_skipped(tmp_path: Path) -> None:
    path = str(write(tmp_path, [*made(), "x,2020-13-01,4"]))
    assert isinstance(CliRunner().invoke(app, [*COMMAND, path, *WHEN]).exception, PurchaseLogError)
    result = CliRunner().invoke(app, [*COMMAND, path, *WHEN, "--skip-bad"])
    assert result.exit_code == 0
    assert "bad_date 1" in result.stdout


def test_days_outside_the_log_are_told(tmp_path: Path) -> None:
    path = str(write(tmp_path, made(5)))
    words = [*COMMAND, path, "--until", "2031-01-01", "--horizon", "9"]
    assert isinstance(CliRunner().invoke(app, words).exception, NothingToJudgeError)
