"""The mixed model: River's own checks, what it learns, and that it stays finite."""

import sys
from collections.abc import Callable, Iterator
from math import isfinite
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from river import checks

from models.bandit.mixed import MixedRegression
from models.errors import BadRoundError


def river_checks() -> list[Callable[..., Any]]:
    # River looks for scikit-learn to check other kinds of models; regressors need none of it.
    stub = ModuleType("sklearn")
    stub.datasets = ModuleType("sklearn.datasets")  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "sklearn", stub)
        return list(checks.yield_checks(MixedRegression()))


def names(found: list[Callable[..., Any]]) -> Iterator[str]:
    for at, check in enumerate(found):
        yield f"{check.__name__}-{at}"


CHECKS = river_checks()


@pytest.mark.parametrize("check", CHECKS, ids=names(CHECKS))
def test_rivers_estimator_checks(check: Callable[..., Any]) -> None:
    check(MixedRegression())


def shown(model: MixedRegression, rounds: int, noise: float = 0.3) -> None:
    """Arm b is better where `new` is 1, and worse elsewhere; `idle` makes no difference."""
    luck = np.random.default_rng(5)
    for _ in range(rounds):
        new, idle = int(luck.integers(2)), float(luck.normal())
        for arm, sign in (("a", -1.0), ("b", 1.0)):
            reward = 1.0 + 0.5 * sign * (2 * new - 1) + luck.normal(0.0, noise)
            model.learn({"new": float(new), "idle": idle}, arm, reward)


def test_it_learns_what_each_arm_is_worth_where() -> None:
    model = MixedRegression()
    shown(model, 500)
    means, variances = model.predict({"new": 1.0, "idle": 0.0}, ["a", "b"])
    assert means == pytest.approx([0.5, 1.5], abs=0.1)
    assert (variances < 0.01).all()
    assert model.noise == pytest.approx(0.09, rel=0.2)


def test_a_field_that_makes_no_difference_is_as_good_as_left_out() -> None:
    model = MixedRegression()
    shown(model, 500)
    at = {field: index for index, field in enumerate(model._columns.fields)}
    assert model._found.own[at["new"]] > 100.0 * model._found.own[at["idle"]]


def test_effects_that_grow_with_what_is_expected_anyway_are_found_as_such() -> None:
    model, luck = MixedRegression(), np.random.default_rng(3)
    for _ in range(1_000):
        values = {name: float(luck.integers(2)) for name in "pqrstu"}
        anyway = 0.1 + 0.1 * sum(values.values())
        for arm, share in (("hold", 1.0), ("mail", 1.6)):
            model.learn(values, arm, anyway * share + luck.normal(0.0, 0.4))
    found = model._found
    assert found.growing > 1e-3
    assert all(own < found.growing for own in found.own[1 : len(model._columns)])
    for value, anyway in ((0.0, 0.1), (1.0, 0.7)):
        means, _ = model.predict(dict.fromkeys("pqrstu", value), ["hold", "mail"])
        assert means[1] - means[0] == pytest.approx(0.6 * anyway, abs=0.12)


def test_rewards_with_hardly_any_noise_are_no_reason_to_stop_looking() -> None:
    model, luck = MixedRegression(), np.random.default_rng(3)
    for step in range(60):
        arm = step % 6
        model.learn({}, f"arm{arm}", 100.0 * arm + float(luck.normal(0.0, 0.01)))
    means, variances = model.predict({}, ["arm5", "never seen"])
    assert means[0] == pytest.approx(500.0, abs=5.0)
    assert variances[1] > 50.0 * variances[0]


def test_an_arm_never_seen_is_taken_for_the_common_and_is_least_certain() -> None:
    model = MixedRegression()
    for step in range(400):
        model.learn({}, "abcd"[step % 4], 5.0 + step % 3)
    means, variances = model.predict({}, ["a", "b", "new"])
    assert means[2] == pytest.approx(6.0, abs=0.1)
    assert variances[2] > variances[:2].max()


def test_the_scale_of_rewards_makes_no_difference() -> None:
    small, large = MixedRegression(), MixedRegression()
    luck = np.random.default_rng(2)
    for step in range(300):
        reward = float(luck.normal())
        values = {"x": float(luck.normal())}
        small.learn(values, "ab"[step % 2], reward)
        large.learn(values, "ab"[step % 2], reward * 1e6)
    one, two = small.predict({"x": 1.0}, ["a", "b"]), large.predict({"x": 1.0}, ["a", "b"])
    assert two[0] == pytest.approx(one[0] * 1e6, rel=1e-6)
    assert two[1] == pytest.approx(one[1] * 1e12, rel=1e-6)


def test_arms_are_bounded_and_the_least_known_gives_way() -> None:
    model = MixedRegression(arms=3)
    for arm in "aaabbbc":
        model.learn({}, arm, 1.0)
    model.learn({}, "d", 2.0)
    assert set(model._rows) == {"a", "b", "d"}


def test_with_a_memory_the_past_fades() -> None:
    model = MixedRegression(memory=100.0)
    for reward in (0.0, 1.0):
        for step in range(600):
            model.learn({}, "ab"[step % 2], reward + 0.1 * (step % 3))
    means, _ = model.predict({}, ["a", "b"])
    assert means == pytest.approx([1.1, 1.1], abs=0.05)


@pytest.mark.parametrize("reward", [float("nan"), float("inf"), 1e13])
def test_a_reward_that_is_no_number_is_refused_and_teaches_nothing(reward: float) -> None:
    model = MixedRegression()
    model.learn({"x": 1.0}, "a", 1.0)
    before = model.state()
    with pytest.raises(BadRoundError):
        model.learn({"x": 2.0}, "a", reward)
    assert model.state() == before


ROUNDS = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from("xyz"), st.floats(-1e15, 1e15) | st.sampled_from("pqr")),
        st.sampled_from("abc"),
        st.floats(-1e12, 1e12),
    ),
    max_size=40,
)


@settings(deadline=None, max_examples=60)
@given(ROUNDS)
def test_everything_learned_stays_finite(rounds: list[tuple[dict[str, Any], str, float]]) -> None:
    model = MixedRegression()
    for values, arm, reward in rounds:
        model.learn(values, arm, reward)
    for values, _, _ in rounds:
        means, variances = model.predict(values, ["a", "b", "c", "other"])
        assert all(map(isfinite, means))
        assert all(map(isfinite, variances))
        assert (variances >= 0.0).all()
