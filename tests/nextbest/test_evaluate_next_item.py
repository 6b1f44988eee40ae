"""`nextbest evaluate next-item`: one JSON object or a table, and refusals that say what to do."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evaluation.session_log import SessionLogError
from nextbest.cli import app
from tests.evaluation.sessions_log import made, write

COMMAND = ["evaluate", "next-item"]


def test_json_is_one_object(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [*COMMAND, str(write(tmp_path, made())), "--json"])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    for name in ("recall_at_20", "recall_ci95", "mrr_at_20", "mrr_ci95", "microseconds_per_event"):
        assert name in found
        assert name in found["baselines"]["co_occurrence"]
    assert found["cpu_ratio"] > 0.0
    assert found["targets"] < found["events"] == len(made()) - 1


def test_a_table_shows_all_beside_each_other(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [*COMMAND, str(write(tmp_path, made())), "--new-only"])
    assert result.exit_code == 0, result.output
    for words in ("sessions.csv", "learner", "session popularity", "co-occurrence", "CPU"):
        assert words in result.stdout


@pytest.mark.parametrize("more", [[], ["--frozen"]])
def test_train_then_test(tmp_path: Path, more: list[str]) -> None:
    train, test = write(tmp_path, made(), "train.csv"), write(tmp_path, made(seed=2), "test.csv")
    words = [*COMMAND, "--train", str(train), "--test", str(test), "--json", *more]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["events"] == len(made()) + len(made(seed=2)) - 2
    assert found["sessions"] <= 150


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["LOG", "--frozen"],
        ["--train", "LOG"],
        ["--test", "LOG"],
        ["LOG", "--train", "LOG"],
        ["LOG", "--train", "LOG", "--test", "LOG"],
        ["nowhere.csv"],
    ],
)
def test_what_does_not_go_together_is_refused(tmp_path: Path, words: list[str]) -> None:
    path = str(write(tmp_path, made(3)))
    given = [path if word == "LOG" else word for word in words]
    assert CliRunner().invoke(app, [*COMMAND, *given]).exit_code == 2


def test_bad_lines_end_it_unless_skipped(tmp_path: Path) -> None:
    path = str(write(tmp_path, [*made(20), "only-a-session"]))
    assert isinstance(CliRunner().invoke(app, [*COMMAND, path]).exception, SessionLogError)
    result = CliRunner().invoke(app, [*COMMAND, path, "--skip-bad"])
    assert result.exit_code == 0
    assert "bad_line 1" in result.stdout
