"""What every learner must hold to: finite, the same again from its bytes, blind to dict order.

Blind but for rounding, where sums are made in the order they come: everything that learners read
is made in one order (`models.decision.features.NAMES`) and stays in it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import fsum, isfinite, log

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.decision.outlook import Priors
from models.intent import person
from models.intent.model import IntentModel
from models.learning import learners, response
from models.learning.population import Population
from models.person.profile import Profile, new_profile
from tests.models.intent.labels import label

Features = Mapping[str, float]


@dataclass(frozen=True)
class Learner:
    """One learner behind the same four verbs.

    Attributes:
        new: A learner that has learned nothing.
        learn: Let it see one outcome: features, arm, and whether it worked.
        predict: What it says of features and an arm: log-odds, and variances where it has them.
        store: Its stored form; `load` reads it back.
    """

    new: Callable[[], object]
    learn: Callable[[object, Features, str, bool], None]
    predict: Callable[[object, Features, str], list[float]]
    store: Callable[[object], bytes]
    load: Callable[[bytes], object]


def _population_learn(learner: object, features: Features, arm: str, worked: bool) -> None:  # noqa: FBT001
    assert isinstance(learner, Population)
    learner.learn(
        {
            "decision_id": "d",
            "arm": arm,
            "flow": "cart",
            "features": dict(features),
            "propensity": 0.5,
            "evidence": True,
            "reward": 10.0 if worked else -0.5,
            "clicks": int(worked),
            "purchases": int(worked),
            "unsubscribed": not worked,
            "complained": False,
        }
    )


def _population_predict(learner: object, features: Features, arm: str) -> list[float]:
    assert isinstance(learner, Population)
    # Deciding, features are within ±4 (`models.decision.features`).
    seen = {name: min(max(amount, -4.0), 4.0) for name, amount in features.items()}
    outlook = learner.outlook(seen, "cart", -2.0)
    said = outlook.chances(arm, 0.05, Priors(-3.0, -3.0, -6.0, -2.0))
    return [*said.click, *said.order, *said.leave, *said.unasked]


def _population_store(learner: object) -> bytes:
    assert isinstance(learner, Population)
    return learner.to_bytes()


def _response_learn(learner: object, features: Features, arm: str, worked: bool) -> None:  # noqa: FBT001
    assert isinstance(learner, Profile)
    lean = min(max(fsum(features.values()), -30.0), 30.0)
    response.learn(learner, arm, lean, clicked=worked)


def _response_predict(learner: object, features: Features, arm: str) -> list[float]:
    assert isinstance(learner, Profile)
    lean = min(max(fsum(features.values()), -30.0), 30.0)
    return [response.Response(learner.weights).log_odds(arm, lean)]


def _response_store(learner: object) -> bytes:
    assert isinstance(learner, Profile)
    return msgspec.msgpack.encode(learner.weights)


def _response_load(data: bytes) -> Profile:
    profile = new_profile()
    profile.weights = msgspec.msgpack.decode(data, type=dict[str, float])
    return profile


def _intent_learn(learner: object, features: Features, arm: str, worked: bool) -> None:  # noqa: FBT001
    assert isinstance(learner, IntentModel)
    learner.learn(label(arm, seen=dict(features), orders=[int(worked)]))


def _intent_predict(learner: object, features: Features, arm: str) -> list[float]:
    assert isinstance(learner, IntentModel)
    seen = [min(max(features.get(name, 0.0), -4.0), 4.0) for name in person.NAMES]
    return [log(hazard) for hazard in learner.purchases.hazards(seen, 30.0, 10.0)]


def _intent_store(learner: object) -> bytes:
    assert isinstance(learner, IntentModel)
    return learner.to_bytes()


RIVER = "models.river_belief:RiverBelief"

LEARNERS = {
    "population": Learner(
        Population,
        _population_learn,
        _population_predict,
        _population_store,
        Population.from_bytes,
    ),
    "population by River's regression": Learner(
        partial(Population, RIVER),
        _population_learn,
        _population_predict,
        _population_store,
        partial(Population.from_bytes, belief=RIVER),
    ),
    "intent": Learner(
        IntentModel, _intent_learn, _intent_predict, _intent_store, IntentModel.from_bytes
    ),
    "response": Learner(
        new_profile, _response_learn, _response_predict, _response_store, _response_load
    ),
}


def test_every_learner_that_comes_along_is_held_to_it() -> None:
    assert set(learners.SHIPPED) == {learners.DEFAULT, RIVER}


WORKED, FAILED = True, False

ARMS = st.sampled_from(["hold", "reminder/none", "reminder/small", "welcome/none"])
FEATURES = st.dictionaries(
    st.sampled_from(["always", "active", "reading_hour", "arm_click", "x"]),
    st.floats(-1e300, 1e300),
    max_size=5,
)
LESSONS = st.lists(st.tuples(FEATURES, ARMS, st.booleans()), max_size=30)
UNHURRIED = settings(deadline=None, max_examples=40)


@pytest.fixture(params=sorted(LEARNERS))
def learner(request: pytest.FixtureRequest) -> Learner:
    return LEARNERS[str(request.param)]


def test_predictions_stay_finite_whatever_it_learned(learner: Learner) -> None:
    @UNHURRIED
    @given(LESSONS, FEATURES, ARMS)
    def finite(lessons: list[tuple[Features, str, bool]], features: Features, arm: str) -> None:
        model = learner.new()
        for lesson in lessons:
            learner.learn(model, *lesson)
        for number in learner.predict(model, features, arm):
            assert isfinite(number)
            assert abs(number) <= 250.0

    finite()


def test_its_bytes_predict_and_learn_on_as_it_would(learner: Learner) -> None:
    @UNHURRIED
    @given(LESSONS, FEATURES, ARMS)
    def again(lessons: list[tuple[Features, str, bool]], features: Features, arm: str) -> None:
        model = learner.new()
        for lesson in lessons:
            learner.learn(model, *lesson)
        other = learner.load(learner.store(model))
        assert learner.store(other) == learner.store(model)
        assert learner.predict(other, features, arm) == learner.predict(model, features, arm)
        learner.learn(model, features, arm, WORKED)
        learner.learn(other, features, arm, WORKED)
        assert learner.store(other) == learner.store(model)

    again()


def test_the_order_of_a_dict_does_not_matter(learner: Learner) -> None:
    @UNHURRIED
    @given(LESSONS, FEATURES, ARMS)
    def ordered(lessons: list[tuple[Features, str, bool]], features: Features, arm: str) -> None:
        one, two = learner.new(), learner.new()
        for seen, lesson_arm, worked in lessons:
            learner.learn(one, seen, lesson_arm, worked)
            learner.learn(two, dict(reversed(list(seen.items()))), lesson_arm, worked)
        turned = dict(reversed(list(features.items())))
        assert learner.predict(two, turned, arm) == pytest.approx(
            learner.predict(one, features, arm), rel=1e-6, abs=1e-6
        )

    ordered()


def test_it_learns_the_way_things_went(learner: Learner) -> None:
    features = {"always": 1.0, "active": 0.4}
    model = learner.new()
    before = learner.predict(model, features, "reminder/none")[0]
    for _ in range(50):
        learner.learn(model, features, "reminder/none", WORKED)
    assert learner.predict(model, features, "reminder/none")[0] > before
    for _ in range(2_000):
        learner.learn(model, features, "reminder/none", FAILED)
    assert learner.predict(model, features, "reminder/none")[0] < before
