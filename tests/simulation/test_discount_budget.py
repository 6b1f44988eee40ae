"""With a budget for discounts no policy exceeds it, through flows, timers and fences."""

import pytest

from models.programme.reading import parse_programme
from simulation.run import Result, Run
from tests.simulation.tiny import FLOWS, lively


def played(policy: str, budget: str) -> Result:
    text = FLOWS.replace("  # discounts_per_week: 500  ", f"  discounts_per_week: {budget}  ")
    assert text != FLOWS
    scenario = lively(people=80, weeks=3, clicks=0.5, conversion=0.9, conversion_cart=0.9)
    return Run(scenario, 1, policy, parse_programme(text)).play()


@pytest.mark.parametrize("policy", ["product", "random", "oracle", "rules"])
def test_without_anything_to_give_nobody_gives_offers(policy: str) -> None:
    assert played(policy, "0").books.total("offers") == 0
    assert played(policy, "0").books.total("mails") > 0


def test_what_is_given_keeps_near_the_budget() -> None:
    free, held = played("random", "1000000").books, played("random", "2").books
    assert free.total("discount") > 20.0
    assert 0.0 < held.total("discount") < 0.7 * free.total("discount")
    assert 0.0 < held.total("offers") < 0.8 * free.total("offers")
