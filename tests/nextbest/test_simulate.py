"""`nextbest simulate`: one JSON object or tables, and refusals that say what to do."""

import json

import pytest
from typer.testing import CliRunner

from nextbest.cli import app
from simulation.errors import ScenarioError, UnknownPolicyError

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


def test_tables_name_policies_and_the_share() -> None:
    result = CliRunner().invoke(app, ["simulate", *SMALL])
    assert result.exit_code == 0, result.output
    for words in ("product", "oracle", "share of oracle - random", "week"):
        assert words in result.stdout


def test_control_brings_the_product_it_is_measured_by() -> None:
    result = CliRunner().invoke(app, ["simulate", "--policy", "control", "--json", *SMALL])
    assert set(json.loads(result.stdout)["policies"]) == {"product", "control"}


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--scenario", "nowhere.yaml"], ScenarioError),
        (["--people", "2"], ScenarioError),
        (["--policy", "wishful"], UnknownPolicyError),
    ],
)
def test_what_cannot_be_run_is_refused(words: list[str], error: type[Exception]) -> None:
    result = CliRunner().invoke(app, ["simulate", *words])
    assert isinstance(result.exception, error)


def test_no_seed_at_all_is_refused() -> None:
    assert CliRunner().invoke(app, ["simulate", "--seeds", "0"]).exit_code == 2
