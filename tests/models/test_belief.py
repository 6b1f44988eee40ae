import random
from collections.abc import Callable, Iterator
from math import e, exp, isfinite, log

import pytest
from hypothesis import given
from hypothesis import strategies as st
from river import checks, datasets

from models.belief import Belief
from models.learning.linear import probability

NAMES = st.sampled_from(["a", "b", "c", "d"])
ANY = st.dictionaries(NAMES, st.floats(allow_nan=False, allow_infinity=False), max_size=4)
HELD = st.dictionaries(NAMES, st.floats(-1e6, 1e6), max_size=4)
OFFSETS = st.floats(-1e6, 1e6)


def _river_checks() -> Iterator[Callable[[Belief], None]]:
    """River's own, on the data set that it uses for classifiers; the rest needs scikit-learn."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            checks,
            "_yield_datasets",
            lambda _, scale=1: iter([datasets.Phishing().take(200 * scale)]),
        )
        yield from checks.yield_checks(Belief())


@pytest.mark.parametrize("check", list(_river_checks()), ids=lambda check: check.__name__)
def test_it_is_an_estimator_by_rivers_own_checks(check: Callable[[Belief], None]) -> None:
    check(Belief(memory=1_000.0))


def test_with_nothing_learned_it_says_the_offset_and_how_unsure_it_is() -> None:
    belief = Belief(spread=0.5)
    assert belief.chance({"a": 1.0, "b": -2.0}, -1.25) == pytest.approx((-1.25, 0.25 + 1.0))
    assert belief.chance({}, -1.25) == (-1.25, 0.0)
    assert belief.predict_proba_one({"a": 1.0}) == {False: 0.5, True: 0.5}


def test_the_first_step_is_that_of_the_kalman_filter() -> None:
    belief = Belief(spread=0.5)
    belief.towards({"a": 2.0}, 1.0, -1.0)
    chance = probability(-1.0)
    certainty, variance = chance * (1.0 - chance), 0.25 * 4.0
    mean, left = belief.weights["a"]
    assert mean == pytest.approx(0.25 * 2.0 * (1.0 - chance) / (1.0 + certainty * variance))
    # As precisions: what was known, and what the observation tells.
    assert 1.0 / left == pytest.approx(1.0 / 0.25 + certainty * 4.0)


def test_it_learns_known_weights_on_top_of_the_offset() -> None:
    rng = random.Random(11)
    truth = {"always": 0.8, "cart": -1.2, "price": 0.5}
    belief = Belief(spread=1.0)
    for _ in range(20_000):
        x = {"always": 1.0, "cart": float(rng.random() < 0.5), "price": rng.gauss(0.0, 1.0)}
        log_odds = -1.5 + sum(truth[name] * amount for name, amount in x.items())
        belief.towards(x, float(rng.random() < probability(log_odds)), -1.5)
    for name, weight in truth.items():
        mean, variance = belief.weights[name]
        assert mean == pytest.approx(weight, abs=0.1)
        assert abs(mean - weight) < 4.0 * variance**0.5


def test_every_observation_makes_it_surer() -> None:
    belief = Belief(spread=0.5)
    before = belief.chance({"a": 1.0})[1]
    for step in range(50):
        belief.learn_one({"a": 1.0}, y=step % 2 == 0)
        after = belief.chance({"a": 1.0})[1]
        assert 0.0 < after < before
        before = after


def test_the_unsure_weight_moves_most() -> None:
    belief = Belief(spread=0.5)
    for step in range(400):
        belief.towards({"old": 1.0}, float(step % 2))
    known = belief.weights["old"][0]
    belief.towards({"old": 1.0, "new": 1.0}, 1.0)
    assert belief.weights["new"][0] > 10.0 * abs(belief.weights["old"][0] - known)


def test_a_share_teaches_as_the_mean_of_what_it_is_made_of() -> None:
    belief = Belief(spread=1.0)
    for _ in range(5_000):
        belief.towards({"a": 1.0}, 0.2)
    assert belief.chance({"a": 1.0})[0] == pytest.approx(log(0.2 / 0.8), abs=0.05)
    as_expected = Belief()
    as_expected.towards({"a": 1.0}, 0.3, log(0.3 / 0.7))
    assert as_expected.weights["a"][0] == pytest.approx(0.0, abs=1e-12)


def test_memory_makes_what_is_not_confirmed_unsure_again() -> None:
    belief = Belief(spread=0.5, memory=100.0)
    for _ in range(1_000):
        belief.towards({"a": 1.0}, 1.0)
    steady = belief.weights["a"][1]
    for _ in range(100):
        belief.towards({"a": 1e-9}, 1.0)  # tells nothing about `a`
    assert belief.weights["a"][1] == pytest.approx(min(steady * e**2, 0.25))
    for _ in range(1_000):
        belief.towards({"a": 1e-9}, 1.0)
    assert belief.weights["a"][1] == 0.25, "never less sure than when nothing was known"


def test_with_memory_it_follows_a_changed_world() -> None:
    follows, keeps = Belief(memory=200.0), Belief()
    for belief in (follows, keeps):
        for _ in range(5_000):
            belief.towards({"a": 1.0}, 0.1)
        for _ in range(500):
            belief.towards({"a": 1.0}, 0.6)
    assert probability(follows.chance({"a": 1.0})[0]) == pytest.approx(0.6, abs=0.05)
    assert probability(keeps.chance({"a": 1.0})[0]) < 0.25


def test_names_beyond_the_most_are_passed_over_and_the_known_still_learn() -> None:
    belief = Belief(most=2)
    belief.towards({"a": 1.0, "b": 1.0, "c": 1.0}, 1.0)
    assert list(belief.weights) == ["a", "b"]
    before = belief.weights["a"]
    belief.towards({"d": 1.0, "a": 1.0}, 1.0)
    assert list(belief.weights) == ["a", "b"]
    assert belief.weights["a"] != before


@given(st.lists(st.tuples(HELD, st.floats(0.0, 1.0), OFFSETS), max_size=20), HELD, OFFSETS)
def test_it_stays_finite_within_its_limits(
    lessons: list[tuple[dict[str, float], float, float]], x: dict[str, float], offset: float
) -> None:
    belief = Belief(memory=10.0)
    for lesson in lessons:
        belief.towards(*lesson)
    log_odds, variance = belief.chance(x, offset)
    assert abs(log_odds) <= 30.0
    assert isfinite(variance)
    assert variance >= 0.0
    for mean, own in belief.weights.values():
        assert abs(mean) <= 30.0
        assert 0.0 < own <= 0.25


@given(st.lists(st.tuples(ANY, st.booleans()), max_size=20), ANY)
def test_rivers_verbs_take_any_amount(
    lessons: list[tuple[dict[str, float], bool]], x: dict[str, float]
) -> None:
    belief = Belief()
    for seen, y in lessons:
        belief.learn_one(seen, y)
    chances = belief.predict_proba_one(x)
    assert all(0.0 < chance < 1.0 for chance in chances.values())
    assert sum(chances.values()) == pytest.approx(1.0)


def test_rivers_verbs_and_its_own_are_the_same_belief() -> None:
    one, other = Belief(), Belief()
    one.learn_one({"a": 1.5}, y=True)
    other.towards({"a": 1.5}, 1.0)
    assert one.weights == other.weights
    assert one.predict_proba_one({"a": 1.0})[True] == pytest.approx(
        1.0 / (1.0 + exp(-other.chance({"a": 1.0})[0]))
    )


def test_widening_makes_it_less_sure_and_changes_nothing_it_says() -> None:
    belief = Belief(spread=0.5)
    for step in range(400):
        belief.towards({"a": 1.0, "b": 2.0}, float(step % 3 == 0))
    before, said = dict(belief.weights), belief.chance({"a": 1.0, "b": 2.0})[0]
    belief.widen(0.5)
    assert belief.chance({"a": 1.0, "b": 2.0})[0] == said
    for name, (_, own) in belief.weights.items():
        assert own == pytest.approx((before[name][1] + 0.25) / 2.0)
    belief.widen(1.0)
    assert {own for _, own in belief.weights.values()} == {0.25}


def test_learning_says_what_had_been_expected() -> None:
    belief = Belief()
    belief.towards({"a": 1.0}, 1.0, -2.0)
    said = probability(belief.chance({"a": 1.0}, -2.0)[0])
    assert belief.towards({"a": 1.0}, 0.0, -2.0) == said
