"""`nextbest simulate`: one JSON object or tables, and refusals that say what to do."""

import json

import pytest
from typer.testing import CliRunner

from nextbest.cli import app
from simulation.ablation import PARTS
from simulation.errors import ScenarioError, UnknownPartError, UnknownPolicyError

SMALL = ["--people", "30", "--weeks", "1"]


def test_json_is_one_object_and_the_same_again() -> None:
    def once() -> dict[str, object]:
        result = CliRunner().invoke(app, ["simulate", "--seed", "3", "--json", *SMALL])
        assert result.exit_code == 0, result.output
        found: dict[str, object] = json.loads(result.stdout)
        del found["seconds"]
        return found

    found = once()
    assert found["scenario"] == "default"
    assert found["seeds"] == [3]
    assert once() == found


def test_each_seed_is_told_when_it_is_done() -> None:
    words = ["simulate", "--policy", "hold", "--seeds", "2", "--json", *SMALL]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert result.stderr == "seed 1: 1 of 2\nseed 2: 2 of 2\n"
    assert json.loads(result.stdout)["seeds"] == [1, 2]


def test_tables_name_policies_and_the_share() -> None:
    result = CliRunner().invoke(app, ["simulate", *SMALL])
    assert result.exit_code == 0, result.output
    for words in ("product", "oracle", "share of oracle - random", "week"):
        assert words in result.stdout


def test_control_brings_the_product_it_is_measured_by() -> None:
    result = CliRunner().invoke(app, ["simulate", "--policy", "control", "--json", *SMALL])
    assert set(json.loads(result.stdout)["policies"]) == {"product", "control"}


def test_parts_are_left_out_beside_the_product_that_misses_them() -> None:
    words = ["simulate", "--json", "--policy", "random", "--without", "person", *SMALL]
    found = json.loads(CliRunner().invoke(app, words).stdout)
    assert set(found["policies"]) == {"product", "random", "without-person"}
    assert "without-person" in found["differences"]


def test_each_part_can_be_asked_for_at_once() -> None:
    words = ["simulate", "--policy", "product", "--without", "each", *SMALL]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert all(f"product - without-{part}" in result.stdout for part in PARTS)


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--scenario", "nowhere.yaml"], ScenarioError),
        (["--people", "2"], ScenarioError),
        (["--policy", "wishful"], UnknownPolicyError),
        (["--without", "sense"], UnknownPartError),
    ],
)
def test_what_cannot_be_run_is_refused(words: list[str], error: type[Exception]) -> None:
    result = CliRunner().invoke(app, ["simulate", *words])
    assert isinstance(result.exception, error)


def test_no_seed_at_all_is_refused() -> None:
    assert CliRunner().invoke(app, ["simulate", "--seeds", "0"]).exit_code == 2
