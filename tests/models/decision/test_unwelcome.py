"""Of somebody whom nobody may write to, a decision says why and sees nothing else."""

from typing import Any

import pytest

from models.decision import moment
from models.decision.decide import decide, seed_of
from models.decision.features import NAMES
from models.learning.population import Population
from tests.models.life import DAY_MS, HOUR_MS, NOON_MS, Life


def _life() -> Life:
    life = Life().reachable()
    for day in range(3):
        life.happens("browse", NOON_MS - (5 - day) * DAY_MS, category="tents")
    life.happens("purchase", NOON_MS - DAY_MS, total=80.0)
    return life


def _decided(life: Life) -> dict[str, Any]:
    life.happens("cart", NOON_MS, product_id="tent-1", category="tents")
    life.pass_time(NOON_MS + HOUR_MS)
    return life.decisions[-1]


@pytest.mark.parametrize("why", ["no_contact", "no_consent", "suppressed"])
def test_nothing_that_they_did_is_in_the_record(why: str) -> None:
    life = _life()
    if why == "no_contact":
        life.profile.has_address = False
    elif why == "suppressed":
        life.profile.suppressed = "bounced"
    else:
        life.happens("consent", NOON_MS - HOUR_MS, action="opt_out")
    life.world.population.outlook = None  # type: ignore[assignment,method-assign]  # nor asked
    decision = _decided(life)
    assert decision["reasons"] == [why]
    assert {candidate["fence"] for candidate in decision["candidates"]} == {None, why}
    assert not set(NAMES) & set(decision["features"])
    assert (decision["segments"], decision["attributes"], decision["intent"]) == ([], {}, None)
    seen = moment.from_bytes(decision["replay"])
    assert (seen.facts.features, seen.facts.category, seen.models.weights) == ([], "", {})
    assert decide(seen, seed_of(seen)) == decision


def test_their_cluster_stays_and_the_outcome_is_told_all_the_same() -> None:
    life = _life()
    life.profile.cluster = 2
    life.happens("consent", NOON_MS - HOUR_MS, action="opt_out")
    decision = _decided(life)
    assert life.profile.cluster == 2
    life.pass_time(NOON_MS + 30 * DAY_MS)
    (outcome,) = [o for o in life.outcomes if o["decision_id"] == decision["decision_id"]]
    assert outcome["propensity"] == 1.0
    assert Population().learn(outcome) is False, "there was no choice"


def test_whoever_may_be_written_to_is_seen() -> None:
    decision = _decided(_life())
    assert set(NAMES) < set(decision["features"])
    assert decision["attributes"]["last_category"] == "tents"
