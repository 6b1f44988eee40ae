"""A learner is named, tried, and taken or refused with all that is wrong."""

from collections.abc import Callable

import pytest

from models.belief import Belief
from models.errors import LearnerError, SnapshotError
from models.learning import learners
from models.learning.population import Population
from models.river_belief import RiverBelief
from tests.models.learning.test_population import PRIORS, found, outcome

RIVER = "models.river_belief:RiverBelief"


class Deaf(Belief):
    """Its weights can be set, and are not."""

    @property
    def weights(self) -> dict[str, tuple[float, float]]:
        return self.own

    @weights.setter
    def weights(self, stored: dict[str, tuple[float, float]]) -> None:
        self.own: dict[str, tuple[float, float]] = {}


class Silent(Belief):
    """Doesn't say what it had expected, nor lean on what it is told."""

    def towards(self, *args: object) -> float:
        return 0.0

    def chance(self, *args: object) -> tuple[float, float]:
        return float("nan"), -1.0


class Breaks(Belief):
    """Fails when it learns."""

    def towards(self, *args: object) -> float:
        raise ZeroDivisionError


class Needy(Belief):
    """Can't be made with what learners are made with."""

    def __init__(self) -> None:
        super().__init__()


class Mute:
    """Has none of the verbs."""

    def __init__(self, spread: float, memory: float) -> None:
        self.weights = {"a": (spread, memory)}


def refused(name: str) -> str:
    with pytest.raises(LearnerError) as caught:
        learners.load(name)
    return "; ".join(caught.value.problems)


def test_learners_that_come_along_are_taken() -> None:
    assert [learners.load(name) for name in learners.SHIPPED] == [Belief, RiverBelief]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("nowhere.at_all:Thing", "not importable: No module named 'nowhere'"),
        ("models.belief:Believe", "not importable: .* no attribute 'Believe'"),
        ("models.belief", "not importable"),
        ("models.learning.linear:probability", "it is no class"),
        (f"{__name__}:Needy", "can't be made with"),
        (f"{__name__}:Mute", "no method chance; .*sums; .*towards; .*widen"),
        (f"{__name__}:Breaks", "fails with ZeroDivisionError"),
        (f"{__name__}:Silent", "doesn't say the offset.*doesn't say the chance.*finite number"),
    ],
)
def test_what_cannot_stand_behind_a_belief_is_refused_with_why(name: str, told: str) -> None:
    import re

    assert re.search(told, refused(name))


def test_what_does_not_go_on_from_its_weights_is_refused() -> None:
    assert "set again" in refused(f"{__name__}:Deaf")


def both() -> tuple[Population, Population]:
    return Population(), Population(RIVER)


def test_either_says_what_the_programme_expects_until_it_has_learned() -> None:
    for population in both():
        assert found(population).click[0] == PRIORS.click
        for _ in range(30):
            population.learn(outcome(clicks=1))
        assert found(population).click[0] > PRIORS.click + 0.2


def test_rivers_knows_no_doubt() -> None:
    said = found(Population(RIVER))
    assert {pair[1] for pair in (said.click, said.order, said.leave, said.unasked)} == {0.0}


def test_a_snapshot_of_another_learner_is_refused_with_what_to_do() -> None:
    for own, other in (learners.SHIPPED, learners.SHIPPED[::-1]):
        stored = Population(own).to_bytes()
        assert found(Population.from_bytes(stored, own)) == found(Population(own))
        with pytest.raises(SnapshotError, match=f"learned by {own}, the settings say {other}"):
            Population.from_bytes(stored, other)


def test_a_share_is_learned_as_so_much_of_each() -> None:
    belief = RiverBelief(spread=1.0)
    for _ in range(4_000):
        belief.towards({"a": 1.0}, 0.2)
    chance: Callable[[dict[str, float]], tuple[float, float]] = belief.chance
    assert chance({"a": 1.0})[0] == pytest.approx(-1.386, abs=0.1)


def test_rivers_passes_over_names_beyond_the_most() -> None:
    belief = RiverBelief(most=2)
    belief.towards({"a": 1.0, "b": 1.0}, 1.0)
    before = dict(belief.weights)
    belief.towards({"a": 1.0, "c": 1.0}, 1.0)
    assert set(belief.weights) == {"a", "b"}
    assert belief.weights["a"] > before["a"]
