import random
from math import isfinite, log

import pytest

from models.errors import NotLearnableError, SnapshotError
from models.features import ARM_LEAN, ARM_PRIOR
from models.linear import probability
from models.population import Population, _inputs
from models.step import Record


def _outcome(arm: str = "reminder/none", reward: float = 1.0, **fields: object) -> Record:
    outcome: Record = {
        "decision_id": "d",
        "arm": arm,
        "flow": "cart",
        "features": {"always": 1.0, "active": 0.5, ARM_PRIOR: -2.0, ARM_LEAN: -2.5},
        "propensity": 0.5,
        "evidence": True,
        "reward": reward,
    }
    return {**outcome, **fields}


def test_with_nothing_learned_it_predicts_the_prior() -> None:
    population = Population()
    assert population.version == "0"
    assert population.log_odds({"active": 1.0}, "reminder/none", "cart", -1.25) == -1.25
    assert population.predict({}, "hold") == pytest.approx(0.03)
    assert population.gain("hold", 15.0) == 15.0
    assert population.loss("reminder/none", -0.01) == pytest.approx(-0.01)


def test_it_learns_which_arm_works() -> None:
    rng = random.Random(7)
    truth = {"hold": 0.03, "reminder/none": 0.10, "reminder/small": 0.05}
    population = Population()
    prior = log(0.05 / 0.95)
    features = {"always": 1.0, "active": 0.3, ARM_PRIOR: prior, ARM_LEAN: prior}
    for _ in range(20_000):
        arm = rng.choice(sorted(truth))
        worked = rng.random() < truth[arm]
        population.learn(
            _outcome(arm, 20.0 if worked else 0.0, features=features, propensity=1 / 3)
        )
    found = {arm: population.predict(features, arm, "cart", prior) for arm in truth}
    assert found["reminder/none"] > found["reminder/small"] > found["hold"]
    for arm, chance in truth.items():
        assert found[arm] == pytest.approx(chance, rel=0.35)


def test_it_learns_what_an_arm_is_worth() -> None:
    population = Population()
    for _ in range(500):
        population.learn(_outcome("reminder/none", 30.0))
        population.learn(_outcome("reminder/small", 10.0))
        population.learn(_outcome("reminder/small", -2.0))
        population.learn(_outcome("hold", 0.0))
    assert population.gain("reminder/none", 15.0) > 25.0
    assert population.gain("reminder/small", 15.0) < 15.0
    assert population.loss("reminder/small", 0.0) < -1.5
    assert population.loss("hold", 0.0) == 0.0


@pytest.mark.parametrize("fields", [{"evidence": False}, {"propensity": 1.0}])
def test_what_is_no_evidence_teaches_nothing(fields: dict[str, object]) -> None:
    population = Population()
    before = population.to_bytes()
    assert population.learn(_outcome(**fields)) is False  # type: ignore[arg-type]
    assert population.to_bytes() == before


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_what_is_not_finite_is_refused_and_nothing_is_learned(bad: float) -> None:
    population = Population()
    before = population.to_bytes()
    for outcome in (_outcome(reward=bad), _outcome(features={"active": bad})):
        with pytest.raises(NotLearnableError) as caught:
            population.learn(outcome)
        assert caught.value.reason == "non_finite"
    assert population.to_bytes() == before


def test_it_stays_bounded_and_finite_whatever_the_names_and_sizes() -> None:
    population = Population()
    for number in range(3_000):
        features = {f"feature-{number}-{part}": 1e300 for part in range(3)}
        population.learn(_outcome(f"arm-{number}", 1e300 * (-1) ** number, features=features))
    assert len(population.to_bytes()) < 500_000
    assert isfinite(population.predict({"feature-1-1": 1e3}, "arm-1"))
    assert isfinite(population.gain("arm-1", 1.0))


def test_a_snapshot_learns_on_exactly_as_the_model_itself() -> None:
    rng = random.Random(3)
    one = Population()
    for step in range(300):
        outcome = _outcome(
            rng.choice(["hold", "reminder/none", "welcome/none"]),
            rng.choice([-1.0, 0.0, 12.0]),
            features={"always": 1.0, "active": rng.random(), ARM_PRIOR: -3.0},
        )
        other = Population.from_bytes(one.to_bytes())
        one.learn(outcome)
        other.learn(outcome)
        assert other.to_bytes() == one.to_bytes(), step
    assert one.version == "300"


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"", "starts with"), (b"nbP\x02abc", "starts with"), (b"\x80\x04K\x01.", "starts with")],
)
def test_another_version_says_so(data: bytes, said: str) -> None:
    with pytest.raises(SnapshotError, match=said):
        Population.from_bytes(data)


def test_a_truncated_snapshot_says_so() -> None:
    population = Population()
    population.learn(_outcome())
    data = population.to_bytes()
    for length in (4, 5, len(data) // 2, len(data) - 1):
        with pytest.raises(SnapshotError, match="damaged"):
            Population.from_bytes(data[:length])


def test_a_snapshot_that_is_not_finite_says_so() -> None:
    population = Population()
    population.learn(_outcome(reward=1.0))
    mean = population._gains.by_arm
    mean["hold"] = (1.0, float("nan"))
    with pytest.raises(SnapshotError, match="finite"):
        Population.from_bytes(population.to_bytes())


def test_probability_stays_within_its_bounds() -> None:
    assert 0.0 < probability(-1e9) < probability(0.0) == 0.5 < probability(1e9) < 1.0


def test_its_prediction_is_the_sum_that_river_makes() -> None:
    rng = random.Random(3)
    population = Population()
    for _ in range(200):
        features = {"active": rng.random(), "focus": rng.random(), ARM_PRIOR: -1.0}
        population.learn(_outcome(rng.choice(["hold", "reminder/none"]), features=features))
        features[ARM_LEAN] = 5.0  # what the models said is no input of theirs
        inputs = _inputs(features, "hold", "cart", -1.5)
        river = population._linear._model._raw_dot_one(inputs)
        assert population.log_odds(features, "hold", "cart", -1.5) == pytest.approx(river)
        assert population.log_odds(dict(reversed(features.items())), "hold", "cart", -1.5) == (
            population.log_odds(features, "hold", "cart", -1.5)
        )
