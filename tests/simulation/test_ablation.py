"""Each part that is left out is really left out, and nothing else is."""

from math import inf

import pytest

from models.learning.population import Population
from simulation import ablation
from simulation.ablation import PARTS, Partial
from simulation.compare import play, report
from tests.models.learning.test_population import PERSON, PRIORS, found, outcome
from tests.simulation.tiny import lively, played, run, task

BELIEFS = ("click", "order", "leave", "unasked")


def taught(population: Population, outcomes: int = 60) -> Population:
    """A population after outcomes of every kind, by people who differ."""
    for number in range(outcomes):
        seen = outcome()["features"] | {"active": number % 3 / 2.0, "hour": number % 4 / 4.0}
        lesson = outcome(
            "hold" if number % 5 == 0 else "reminder/none",
            features=seen,
            clicks=int(number % 2),
            purchases=int(number % 3 == 0),
            unsubscribed=number % 7 == 0,
        )
        population.learn(lesson)
    return population


@pytest.mark.parametrize("part", BELIEFS)
def test_a_belief_left_out_says_for_sure_what_the_programme_expects(part: str) -> None:
    whole, partial = found(taught(Population())), found(taught(Partial(part)))
    for name in BELIEFS:
        prior = getattr(PRIORS, name)
        if name == part:
            assert getattr(partial, name) == (prior, 0.0)
        else:
            assert getattr(partial, name)[0] != prior
        assert getattr(whole, name)[0] != prior


def test_without_beliefs_nothing_is_learned() -> None:
    said = found(taught(Partial("beliefs")))
    for name in BELIEFS:
        assert getattr(said, name) == (getattr(PRIORS, name), 0.0)


def test_without_features_people_are_alike_and_arms_are_not() -> None:
    partial, whole = taught(Partial("features")), taught(Population())

    def click(population: Population, active: float, arm: str = "reminder/none") -> float:
        outlook = population.outlook({**PERSON, "active": active}, "cart", PRIORS.unasked)
        return outlook.chances(arm, 0.0, PRIORS).click[0]

    assert click(partial, 0.0) == click(partial, 1.0)
    assert click(whole, 0.0) != click(whole, 1.0)
    assert click(partial, 0.0) != click(partial, 0.0, "welcome/none")
    assert partial.unasked({"active": 1.0}, "cart", -2.0) == partial.unasked({}, "cart", -2.0)


def test_without_hours_no_hour_is_better() -> None:
    now = {"hour": 0.0, "looks_soon": -1.0}
    assert taught(Population()).later(now).shift(1.0, 0.25)[0] != 0.0
    assert taught(Partial("hours")).later(now).shift(1.0, 0.25) == (0.0, 0.0)
    alike = taught(Partial("features")).later(now)
    assert alike.shift(1.0, 0.25) == alike.shift(-1.0, 0.25) != (0.0, 0.0)


def test_without_forgetting_doubt_is_smaller() -> None:
    keeps, forgets = taught(Partial("forgetting"), 3_000), taught(Population(), 3_000)
    assert found(keeps).order[1] < found(forgets).order[1]


def test_without_drift_nothing_is_ever_noticed() -> None:
    drifts = {}
    for population in (Population(), Partial("drift")):
        for number in range(600):
            population.learn(outcome(clicks=int(number > 500)))
        drifts[type(population)] = population.drifts["click"]
    assert drifts[Population] > 0
    assert drifts[Partial] == 0
    assert all(watch.threshold == inf for watch in Partial("drift")._watches.values())


def test_what_concerns_the_decision_is_left_out_of_the_run() -> None:
    whole = run(lively(), "product")
    assert run(lively(), "without-doubt").pipeline.world.policy.width == 0.0
    assert whole.pipeline.world.policy.width > 0.0
    assert any(flow.wait_ms for flow in whole.pipeline.world.programme.flows.values())
    waiting = run(lively(), "without-waiting").pipeline.world.programme
    assert not any(flow.wait_ms for flow in waiting.flows.values())


def test_without_the_person_everybody_is_decided_as_a_newcomer() -> None:
    one = run(lively(clicks=0.3), "without-person")
    assert one.pipeline.world.decide is ablation.decide_without_person
    told: list[dict[str, object]] = []
    left = one._left

    def listening(person: int, emitted: list[tuple[str, dict[str, object]]]) -> None:
        told.extend(record for name, record in emitted if name == "decision")
        left(person, emitted)

    one._left = listening  # type: ignore[method-assign]
    one.play()
    assert one.pipeline.world.population.learned > 0
    assert any(one.pipeline.profile(person).weights for person in range(60)), "there was a model"
    for decision in told:
        seen = decision["features"]
        assert isinstance(seen, dict)
        if decision["action"] == "send":
            assert seen["expected_click"] == pytest.approx(seen["arm_lean"], abs=6e-4)


@pytest.mark.parametrize("part", sorted(PARTS))
def test_every_part_can_be_left_out(part: str) -> None:
    books = played(f"without-{part}").books
    assert books.total("decisions") > 0
    assert books.total("mails") > 0


def test_a_report_says_what_a_part_is_worth() -> None:
    some = task(lively(people=40, weeks=1), "product", "without-beliefs")
    told = report(some, play(some, [1]))
    values = {p: f["expected_value"]["mean"] for p, f in told["policies"].items()}
    gap = told["differences"]["without-beliefs"]["expected_value"]["mean"]
    assert gap == pytest.approx(values["product"] - values["without-beliefs"])
