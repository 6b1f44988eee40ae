"""Alarms are rare while nothing changes, and soon when something does; whatever comes is held."""

import random
from collections.abc import Iterator
from math import isfinite

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.belief import Belief
from models.learning.drift import Watch
from models.learning.linear import log_odds_of, probability

ARMS = [
    f"flow{flow}|kind{kind}/{offer}" for flow in "012" for kind in "01" for offer in ("no", "5")
]
PERSON = ["active", "bought", "click_rate", "affinity"]

Seen = tuple[dict[str, float], float, float]
"""Inputs, what happened, and the log-odds that the programme expects."""


def life(
    seed: int, base: float, spread: float, changes: dict[str, float], at: int
) -> Iterator[Seen]:
    """Outcomes of a shop that is as unlike its programme as a belief assumes, then changes."""
    rng = random.Random(seed)
    prior = log_odds_of(base)
    names = ["always", *PERSON, *ARMS, "kind0", "kind1"]
    truth = {name: rng.gauss(0.0, spread) for name in names}
    count = 0
    while True:
        arm = rng.choice(ARMS)
        x = {"always": 1.0, **{name: rng.gauss(0.0, 0.5) for name in PERSON}}
        x |= {arm: 1.0, arm[6:11]: 1.0}
        log_odds = prior + sum(truth[name] * amount for name, amount in x.items())
        if count >= at:
            log_odds += changes.get(arm, 0.0)
        count += 1
        yield x, float(rng.random() < probability(log_odds)), prior


def alarms(belief: Belief, stream: Iterator[Seen], outcomes: int) -> list[int]:
    """After how many outcomes a watch of this belief raised alarms, as it learns from them."""
    watch, found = Watch(), []
    for count in range(outcomes):
        x, happened, prior = next(stream)
        watch.update(x, belief.towards(x, happened, prior), happened)
        if watch.drift_detected:
            found.append(count)
    return found


@pytest.mark.parametrize(
    ("base", "spread", "memory", "outcomes"),
    [(0.02, 0.3, 40_000.0, 5_000), (0.03, 0.3, 4_000.0, 1_000), (0.002, 0.2, 80_000.0, 5_000)],
    ids=["click", "order", "leave"],
)
def test_by_chance_it_raises_hardly_an_alarm(
    base: float, spread: float, memory: float, outcomes: int
) -> None:
    found = [
        alarms(Belief(spread, memory), life(seed, base, spread, {}, outcomes), outcomes)
        for seed in range(20)
    ]
    assert sum(map(len, found)) <= 1, "less often than once in ten of such lives"


def noticed(changes: dict[str, float], within: int, seeds: int = 8) -> int:
    """In how many of several lives a change after 10,000 outcomes is noticed so soon."""
    count = 0
    for seed in range(seeds):
        stream = life(seed, 0.02, 0.3, changes, 10_000)
        found = alarms(Belief(0.3, 40_000.0), stream, 10_000 + within)
        assert not found or found[0] >= 10_000
        count += bool(found)
    return count


def test_a_change_is_noticed() -> None:
    assert noticed(dict.fromkeys(ARMS, 1.0), within=2_000) >= 7, "all arms clicked more"
    assert noticed(dict.fromkeys(ARMS, -1.0), within=5_000) >= 5, "all arms clicked less"
    assert noticed(dict.fromkeys(ARMS[::2], 1.0), within=2_500) >= 6, "half of them more"


def test_arms_that_move_against_each_other_are_noticed_though_their_mean_stays() -> None:
    changes = {arm: (1.0 if arm in ARMS[:6] else -1.0) for arm in ARMS}
    assert noticed(changes, within=5_500) >= 6


def test_a_belief_widened_at_alarms_is_closer_to_the_truth_after_a_change() -> None:
    missed = {True: 0.0, False: 0.0}
    for answers in missed:
        belief, watch, rng = Belief(0.3, 40_000.0), Watch(), random.Random(5)
        for count in range(13_000):
            chance = 0.02 if count < 10_000 else 0.06
            happened = float(rng.random() < chance)
            expected = belief.towards({"always": 1.0}, happened, log_odds_of(0.02))
            watch.update({"always": 1.0}, expected, happened)
            if watch.drift_detected and answers:
                belief.widen(0.5)
            if count >= 10_000:
                missed[answers] += abs(expected - chance)
    assert missed[True] < 0.75 * missed[False]


def test_an_alarm_names_its_input_and_begins_again() -> None:
    watch = Watch()
    for _ in range(30):
        watch.update({"calm": 1.0}, 0.5, 0.5)
        watch.update({"moved": -1.0}, 0.1, 1.0)
        if watch.drift_detected:
            break
    assert watch.drift_detected
    assert watch.moved == "moved"
    assert watch.sums == {}
    watch.update({"calm": 1.0}, 0.5, 0.5)
    assert not watch.drift_detected


def test_a_ratio_is_even_on_average_if_the_belief_is_right() -> None:
    from math import exp

    for chance, amount in ((0.002, 1.0), (0.02, 0.5), (0.4, -1.7)):
        ups = []
        for target in (0.0, 1.0):
            watch = Watch(threshold=1e9)
            watch.sums = {"a": (50.0, 50.0)}  # high enough that nothing is cut off at 0
            watch.update({"a": amount}, chance, target)
            ups.append([exp(now - 50.0) for now in watch.sums["a"]])
        for failed, worked in zip(*ups, strict=True):
            assert (1.0 - chance) * failed + chance * worked == pytest.approx(1.0)


def test_no_single_observation_raises_an_alarm() -> None:
    watch = Watch()
    for amount in (1e9, -1e9):
        watch.update({"huge": amount}, 1e-12, 1.0)
        assert not watch.drift_detected


def test_inputs_beyond_the_most_are_passed_over() -> None:
    watch = Watch(most=2)
    watch.update({"a": 1.0, "b": 1.0, "c": 1.0}, 0.1, 1.0)
    assert list(watch.sums) == ["a", "b"]


@given(
    st.lists(
        st.tuples(
            st.dictionaries(st.sampled_from("abc"), st.floats(-1e6, 1e6), max_size=3),
            st.floats(-1e6, 1e6).map(probability),
            st.floats(0.0, 1.0),
        ),
        max_size=40,
    )
)
def test_sums_stay_finite_and_below_the_threshold(
    seen: list[tuple[dict[str, float], float, float]],
) -> None:
    watch = Watch()
    for x, expected, target in seen:
        watch.update(x, expected, target)
        for pair in watch.sums.values():
            assert all(isfinite(one) and 0.0 <= one <= watch.threshold for one in pair)
