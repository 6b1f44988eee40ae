"""A tiny shop for tests: few people, lively enough that mails, clicks and orders happen."""

from functools import cache

from models.world import PolicySettings
from runtime.settings import BUNDLED_PROGRAMME
from simulation.compare import Task
from simulation.run import Result, Run
from simulation.scenario import Parameters, Scenario, load_scenario

FLOWS = (BUNDLED_PROGRAMME / "flows.yaml").read_text(encoding="utf-8")


def lively(name: str = "default", people: int = 60, weeks: int = 2, **changes: float) -> Scenario:
    """A bundled scenario, small, with many visits."""
    base = load_scenario(name).resized(people, weeks)
    values = {**base.parameters.model_dump(), "visits_per_week": 2.0, "carts": 0.3, **changes}
    return Scenario(base.name, base.title, Parameters.model_validate(values), base.sources)


def task(scenario: Scenario, *chosen: str) -> Task:
    """A task over the bundled flows."""
    every = Task(scenario, FLOWS, PolicySettings())
    return Task(scenario, FLOWS, PolicySettings(), chosen) if chosen else every


def run(scenario: Scenario, policy: str, seed: int = 1) -> Run:
    """A run yet to be played."""
    from models.programme.reading import parse_programme

    return Run(scenario, seed, policy, parse_programme(FLOWS))


@cache
def played(policy: str, seed: int = 1, people: int = 60) -> Result:
    """A lively run, played once for all tests."""
    return run(lively(people=people), policy, seed).play()
