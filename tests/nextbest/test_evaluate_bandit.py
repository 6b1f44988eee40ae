"""`nextbest evaluate bandit`: one JSON object or tables, and refusals that say what to do."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.rounds import RoundsError
from nextbest.cli import app
from tests.evaluation.rounds_log import made, write

COMMAND = ["evaluate", "bandit"]


def test_json_is_one_object_and_the_same_again(tmp_path: Path) -> None:
    words = [*COMMAND, str(write(tmp_path, made(300))), "--seed", "7", "--json"]
    first = CliRunner().invoke(app, words)
    assert first.exit_code == 0, first.output
    found = json.loads(first.stdout)
    assert set(found) >= {
        *("value", "value_second_half", "ci95", "rounds", "matched", "action_share", "uniform"),
        "constants",
    }
    assert found["rounds"] == 300
    assert set(found["constants"]) == {"a", "b", "c"}
    assert CliRunner().invoke(app, words).stdout == first.stdout


@pytest.mark.parametrize("even", [True, False])
def test_tables_show_each_test(tmp_path: Path, *, even: bool) -> None:
    rounds = [*made(200, even=even, group="men"), *made(200, seed=2, group="women")]
    result = CliRunner().invoke(app, [*COMMAND, str(write(tmp_path, rounds))])
    assert result.exit_code == 0, result.output
    for words in ("rounds.jsonl", "men", "women", "always a", "Its choices", "matched"):
        assert words in result.stdout


def test_costs_are_by_action_and_may_hold_an_equals_sign(tmp_path: Path) -> None:
    rounds = [{**line, "actions": ["a", "b", "c", "x=1"]} for line in made(100, even=False)]
    path = str(write(tmp_path, rounds))
    result = CliRunner().invoke(
        app, [*COMMAND, path, "--cost", "x=1=.5", "--cost", "a=1", "--json"]
    )
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["constants"]["a"]["value"] < 0.0


@pytest.mark.parametrize("cost", ["a", "a=", "=1", "a=much", "a=nan", "a=inf"])
def test_a_cost_that_is_none_is_refused(tmp_path: Path, cost: str) -> None:
    path = str(write(tmp_path, made(5)))
    assert CliRunner().invoke(app, [*COMMAND, path, "--cost", cost]).exit_code == 2


def test_bad_lines_end_it_unless_skipped(tmp_path: Path) -> None:
    rounds = made(60)
    rounds[1]["propensity"] = 0
    path = str(write(tmp_path, rounds))
    assert isinstance(CliRunner().invoke(app, [*COMMAND, path]).exception, RoundsError)
    result = CliRunner().invoke(app, [*COMMAND, path, "--skip-bad"])
    assert result.exit_code == 0
    assert "bad_propensity 1" in result.stdout
