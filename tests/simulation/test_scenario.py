"""Scenario files: complete, sourced, and refused with everything that is wrong."""

from pathlib import Path

import pytest

from simulation.errors import ScenarioError
from simulation.scenario import bundled, load_scenario


@pytest.mark.parametrize("name", bundled())
def test_every_parameter_of_a_bundled_scenario_has_a_source(name: str) -> None:
    scenario = load_scenario(name)
    assert set(scenario.sources) == set(type(scenario.parameters).model_fields)
    assert scenario.parameters.people >= 20_000


def test_the_scenarios_of_the_issue_are_there() -> None:
    wanted = {"default", "no-effect", "drift", "price-sensitive", "fatigue", "bots", "slump"}
    assert wanted | {"night-shift", "night-shift-same", "recommendations"} == set(bundled())


def write(folder: Path, parameters: str, head: str = "extends: default") -> str:
    path = folder / "shop.yaml"
    path.write_text(f"version: 1\ntitle: A shop\n{head}\nparameters:\n{parameters}")
    return str(path)


def problems(where: str) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        load_scenario(where)
    return caught.value.problems


def test_a_file_of_ones_own_may_extend_a_bundled_one(tmp_path: Path) -> None:
    source = "assumption: a small shop"
    scenario = load_scenario(write(tmp_path, f"  people: {{value: 50, source: '{source}'}}\n"))
    assert scenario.parameters.people == 50
    assert scenario.sources["people"] == source


def test_every_error_is_listed(tmp_path: Path) -> None:
    told = problems(
        write(
            tmp_path,
            "  clicks: {value: 1.5, source: 'assumption: wrong'}\n"
            "  clciks: {value: 0.5, source: 'assumption: mistyped'}\n"
            "  weeks: {value: 0, source: 'assumption: too short'}\n",
        )
    )
    assert len(told) == 3
    assert {problem.partition(":")[0] for problem in told} == {"clicks", "clciks", "weeks"}


def test_a_parameter_without_source_is_refused(tmp_path: Path) -> None:
    assert "source" in problems(write(tmp_path, "  clicks: {value: 0.5}\n"))[0]


def test_a_missing_parameter_is_refused(tmp_path: Path) -> None:
    told = problems(write(tmp_path, "  people: {value: 50, source: 'assumption: few'}\n", head=""))
    assert any(problem.startswith("clicks: ") for problem in told)


@pytest.mark.parametrize("value", [".nan", ".inf", "-1", "'many'"])
def test_values_that_cannot_be_are_refused(tmp_path: Path, value: str) -> None:
    text = f"  clicks: {{value: {value}, source: 'assumption: wrong'}}\n"
    assert any("clicks" in problem for problem in problems(write(tmp_path, text)))


def test_an_unknown_base_is_refused(tmp_path: Path) -> None:
    assert "no 'nowhere'" in problems(write(tmp_path, "  {}\n", head="extends: nowhere"))[0]


def test_what_is_no_yaml_or_not_there_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("version: [1")
    assert "not readable as YAML" in problems(str(broken))[0]
    assert "bundled are" in problems(str(tmp_path / "nowhere.yaml"))[1]


def test_what_reading_refused_is_told_with_the_rest(tmp_path: Path) -> None:
    told = problems(write(tmp_path, "  {}\n", head="extends: !!str default\ntitle: 3"))
    assert told == [
        "line 3: tags (!!str) are not allowed: write the value alone",
        "line 4: the key 'title' stands twice (first in line 2)",
    ]
    path = tmp_path / "true.yaml"
    path.write_text("version: true\ntitle: A shop\nextends: default\nparameters: {}\n")
    assert "no number" in problems(str(path))[0]


def test_a_size_that_cannot_be_is_refused() -> None:
    with pytest.raises(ScenarioError, match="people"):
        load_scenario("default").resized(3, None)
