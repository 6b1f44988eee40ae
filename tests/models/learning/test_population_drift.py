"""The population's beliefs are watched: alarms widen, are counted, and survive in the snapshot."""

from math import nan
from typing import Any

import msgspec
import pytest

from models.errors import SnapshotError
from models.learning.population import Population
from tests.models.learning.test_population import found, outcome


def lived(outcomes: int, **fields: Any) -> Population:
    """A population after so many like outcomes."""
    population = Population()
    for _ in range(outcomes):
        population.learn(outcome(**fields))
    return population


def until_noticed(population: Population, **fields: Any) -> int:
    """Learn the same again and again; after how many an alarm is raised."""
    for count in range(1, 2_000):
        population.learn(outcome(**fields))
        if population.noticed:
            return count
    raise AssertionError("never noticed")


def test_nothing_is_noticed_while_everything_is_as_expected() -> None:
    population = Population()
    for number in range(2_000):
        clicked, bought = number % 20 == 0, number % 10 == 1  # never both: an order in 200 mails
        population.learn(outcome(clicks=int(clicked), purchases=int(bought or number % 500 == 0)))
        assert population.noticed == []
    assert population.drifts == {"click": 0, "order": 0, "leave": 0, "unasked": 0}


def test_what_suddenly_differs_is_noticed_counted_and_widens_that_belief_alone() -> None:
    population = Population()
    for number in range(2_000):
        population.learn(outcome(clicks=int(number % 20 == 0)))
    before = found(population)
    assert until_noticed(population, clicks=1) < 20
    assert population.noticed == [("click", "cart|reminder/none")]
    assert population.drifts == {"click": 1, "order": 0, "leave": 0, "unasked": 0}
    after = found(population)
    assert after.click[1] > 2.0 * before.click[1]
    assert after.leave[1] == pytest.approx(before.leave[1], rel=0.05)
    population.learn(outcome())
    assert population.noticed == [], "told once"


@pytest.mark.parametrize(
    ("belief", "fields"),
    [
        ("order", {"clicks": 1, "purchases": 1}),
        ("leave", {"unsubscribed": True}),
        ("unasked", {"purchases": 1}),
    ],
)
def test_every_belief_is_watched(belief: str, fields: dict[str, Any]) -> None:
    population = lived(500, clicks=1) if belief == "order" else lived(500)
    for _ in range(100):
        population.learn(outcome(**fields))
    assert population.drifts[belief] >= 1


def test_a_snapshot_goes_on_to_the_same_alarm_and_keeps_the_count() -> None:
    one = lived(500)
    for _ in range(5):
        one.learn(outcome(clicks=1))
    assert one.drifts["click"] == 0
    other = Population.from_bytes(one.to_bytes())
    assert until_noticed(one, clicks=1) == until_noticed(other, clicks=1)
    assert one.to_bytes() == other.to_bytes()
    again = Population.from_bytes(one.to_bytes())
    assert again.drifts["click"] == 1
    assert again.to_bytes() == one.to_bytes()
    fresh = lived(500)
    assert until_noticed(fresh, clicks=1) == until_noticed(lived(500), clicks=1) > 5


def test_a_snapshot_of_before_beliefs_were_watched_is_read() -> None:
    population = lived(20)
    head, stored = population.to_bytes()[:4], msgspec.msgpack.decode(population.to_bytes()[4:])
    old = head + msgspec.msgpack.encode(stored[:4])
    read = Population.from_bytes(old)
    assert found(read) == found(population)
    assert set(read.drifts.values()) == {0}


@pytest.mark.parametrize("pair", [(nan, 0.0), (0.0, float("inf")), (-1.0, 0.0)])
def test_a_snapshot_with_impossible_sums_says_so(pair: tuple[float, float]) -> None:
    population = lived(3)
    population._watches["leave"].sums["always"] = pair
    with pytest.raises(SnapshotError, match="impossible"):
        Population.from_bytes(population.to_bytes())


def test_a_snapshot_with_impossible_counts_says_so() -> None:
    population = lived(3)
    population.drifts["leave"] = -1
    with pytest.raises(SnapshotError, match="impossible"):
        Population.from_bytes(population.to_bytes())
    del population.drifts["leave"]
    with pytest.raises(SnapshotError, match="too few"):
        Population.from_bytes(population.to_bytes())
