"""What mails show where tastes are for products: learned, popular, truly best, or anything."""

from functools import cache

import pytest

from models.programme.reading import parse_programme
from models.world import PolicySettings
from simulation.compare import Task, play, report
from simulation.run import Result, Run
from simulation.scenario import Scenario, load_scenario
from tests.simulation.tiny import FLOWS, lively


def shop(people: int = 80, weeks: int = 2) -> Scenario:
    base = load_scenario("recommendations").resized(people, weeks)
    changes = {"visits_per_week": 3.0, "products": 6}
    parameters = base.parameters.model_copy(update=changes)
    return Scenario(base.name, base.title, parameters, base.sources, base.programme)


@cache
def played(policy: str) -> tuple[Run, Result]:
    scenario = shop()
    assert scenario.programme is not None
    run = Run(scenario, 1, policy, parse_programme(scenario.programme))
    return run, run.play()


def fit(policy: str) -> float:
    """Mean true interest in what mails of flows that recommend show."""
    run, _ = played(policy)
    truth, goods, found = run.shop.truth, run.shop.goods, []
    for person in range(80):
        for mailed in run.pipeline.profile(person).past().mailed:
            for name in mailed.products:
                taste = truth.taste(person, goods.category(name), 0)
                found.append(min(3.0, taste * truth.preference.of(person, name)))
    assert len(found) > 50
    return sum(found) / len(found)


def test_what_is_learned_fits_better_than_anything_and_the_oracle_knows_best() -> None:
    assert fit("random") < fit("product") < fit("oracle")


def test_only_policies_that_show_what_was_learned_learn_it() -> None:
    learned = {
        p: played(p)[0].pipeline.world.products.learned.learned for p in ("product", "random")
    }
    assert learned["product"] > 500
    assert learned["random"] == 0


def test_a_report_compares_with_popularity() -> None:
    chosen = ("product", "popularity", "random", "oracle", "oracle-at-once")
    task = Task(shop(40, 1), FLOWS, PolicySettings(), chosen)
    found = report(task, play(task, [1, 2]))
    shares = [found[f"gap_share{what}"]["mean"] for what in ("", "_popularity", "_by_recommending")]
    assert shares[0] - shares[1] == pytest.approx(shares[2])
    assert "popularity" in found["differences"]
    values = {p: f["expected_value"]["mean"] for p, f in found["policies"].items()}
    gaps = [values[oracle] - values["random"] for oracle in ("oracle", "oracle-at-once")]
    at_once = found["gap_share_by_recommending_at_once"]["mean"]
    assert gaps[0] * shares[2] == pytest.approx(gaps[1] * at_once)


def test_where_tastes_are_for_categories_what_is_related_is_shown() -> None:
    run = Run(lively(), 1, "product", parse_programme(FLOWS))
    contents = {str(flow.content) for flow in run.pipeline.world.programme.flows.values()}
    assert "related" in contents
    assert not contents & {"recommended", "substitutes", "complements"}
