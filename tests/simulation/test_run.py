"""Runs: the same by seed, the same luck for every policy, and the oracle knows best."""

import pytest

from models.decision.arms import HOLD
from models.programme.reading import parse_programme
from models.step import Record
from models.world import PolicySettings
from simulation.books import FIGURES
from simulation.errors import UnknownPolicyError
from simulation.policies import POLICIES
from simulation.run import START_MS, Run
from simulation.shop import DAY_MS
from simulation.stats import estimate
from tests.simulation.tiny import FLOWS, lively, played, run


def told(one: Run) -> list[tuple[str, Record]]:
    """Play a run and keep every event handed to the pipeline."""
    events: list[tuple[str, Record]] = []
    step = one.pipeline.step

    def listening(person: int, name: str, event: Record, now_ms: int) -> list[tuple[str, Record]]:
        events.append((name, event))
        return step(person, name, event, now_ms)

    one.pipeline.step = listening  # type: ignore[method-assign]
    one.play()
    return events


def test_a_seed_gives_the_same_run() -> None:
    again = run(lively(), "product").play()
    assert again.books.weeks == played("product").books.weeks
    assert again.books.realised == played("product").books.realised
    assert played("product", seed=2).books.weeks != again.books.weeks


def test_fewer_people_are_the_first_of_more() -> None:
    few, more = played("hold", people=60), played("hold", people=80)
    assert more.books.realised[:60] == few.books.realised


def test_policies_meet_the_same_people_days_and_luck() -> None:
    def visits(policy: str) -> list[tuple[int, str | None]]:
        events = told(run(lively(mail_effect=0.0, clicks=0.0), policy))
        return [(e["occurred_at"], e["product_id"]) for name, e in events if name == "browse"]

    assert visits("random") == visits("hold") != []


def test_holding_mails_nobody_and_without_effect_nothing_differs_but_the_cost() -> None:
    assert played("hold").books.total("mails") == 0
    scenario = lively(mail_effect=0.0)
    mailing = run(scenario, "random").play().books
    holding = run(scenario, "hold").play().books
    cost = 0.002 * mailing.total("mails")
    assert mailing.total("mails") > 20
    gap = holding.total("realised_value") - mailing.total("realised_value")
    assert gap == pytest.approx(cost)
    assert mailing.total("expected_value") == pytest.approx(-cost)


def test_the_oracle_is_not_below_chance_nor_below_the_product() -> None:
    values = {policy: played(policy).books.total("expected_value") for policy in POLICIES}
    assert values["oracle"] >= max(values.values())
    assert values["oracle"] > values["random"]


def test_figures_are_counted_and_finite() -> None:
    books = played("product").books
    assert set(books.weeks[0]) == set(FIGURES)
    assert books.total("expected_clicks") <= books.total("best_hour_clicks") * (1 + 1e-12)
    assert sum(books.expected) == pytest.approx(books.total("expected_value"))
    assert sum(books.realised) == pytest.approx(books.total("realised_value"))


def test_books_agree_in_what_is_expected_and_what_happens() -> None:
    scenario = lively(people=600, clicks=0.3, clicks_spread=0.3, conversion=0.3, orders=0.1)
    mailing, holding = (run(scenario, policy).play().books for policy in ("random", "hold"))
    lifts = [one - two for one, two in zip(mailing.realised, holding.realised, strict=True)]
    happened = estimate(lifts)
    assert happened.low is not None
    assert happened.high is not None
    assert happened.low > 0.0
    assert happened.low < estimate(mailing.expected).mean < happened.high


def test_machines_click_only_where_there_are_any() -> None:
    assert played("product").books.total("machine_clicks") == 0
    assert run(lively("bots", bots=1.0), "product").play().books.total("machine_clicks") > 0


def test_tastes_flip_when_the_scenario_says() -> None:
    truth = run(lively("drift", weeks=2, drift=0.5), "hold").shop.truth
    assert [truth.flipped(day) for day in (0, 6, 7, 13)] == [False, False, True, True]
    before = [truth.taste(0, name, 0) for name in ("books", "kitchen")]
    after = [truth.taste(0, name, 7) for name in ("kitchen", "books")]
    assert before == after


def test_clicks_slump_when_the_scenario_says() -> None:
    def clicks(factor: float) -> list[float]:
        scenario = lively(weeks=2, slump=0.5, slump_clicks=factor)
        books = run(scenario, "random").play().books
        return [week["expected_clicks"] for week in books.weeks]

    steady, slumped = clicks(1.0), clicks(0.1)
    assert slumped[0] == steady[0] > 0.0
    assert slumped[1] < 0.5 * steady[1]


def test_the_product_learns_and_the_rules_do_not() -> None:
    learner, rules = run(lively(), "product"), run(lively(), "rules")
    learner.play()
    rules.play()
    assert learner.pipeline.world.population.learned > 0
    assert rules.pipeline.world.population.learned == 0


def test_the_settings_name_the_learner() -> None:
    river = PolicySettings(belief="models.river_belief:RiverBelief")
    other = Run(lively(), 1, "product", parse_programme(FLOWS), river)
    books = other.play().books
    assert b"RiverBelief" in other.pipeline.world.population.to_bytes()
    assert books.weeks != played("product").books.weeks


def test_fences_hold_for_every_policy() -> None:
    one = run(lively(visits_per_week=5.0), "random")
    one.play()
    for customer in one.shop.customers:
        capped = [mail for mail in customer.mails if mail >= customer.joined_ms + DAY_MS]
        for mail in capped:
            week = [at for at in capped if mail - 7 * DAY_MS < at <= mail]
            assert len(week) <= 4  # three, and the welcome that no cap counts against


def test_events_of_a_run_are_within_it() -> None:
    events = told(run(lively(), "product"))
    assert {"profile", "consent", "browse", "cart", "delivery"} <= {name for name, _ in events}
    assert all(e["occurred_at"] < START_MS + 15 * DAY_MS for _, e in events)
    assert all(HOLD not in e for _, e in events)


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(UnknownPolicyError, match="oracle"):
        run(lively(), "clairvoyant")
