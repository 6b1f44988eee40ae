"""The bandit: floors, true propensities, refusals, change, and its stored form."""

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest

from models.bandit.learner import Bandit, Settings
from models.bandit.stored import from_bytes, to_bytes
from models.decision.policy import draw
from models.errors import BadRoundError, SnapshotError

ARMS = ["mail", "hold", "call"]


def lived(rounds: int = 400, settings: Settings | None = None) -> Bandit:
    """Mail is better for the new, holding for the others."""
    bandit, luck = Bandit(settings), Random(3)
    for _ in range(rounds):
        new = luck.random() < 0.5
        context = {"new": new, "shop": luck.choice(["web", "app"]), "age": luck.gauss(40, 10)}
        choice = bandit.choose(context, ARMS, luck.getrandbits(64))
        good = choice.action == ("mail" if new else "hold")
        bandit.learn(context, choice.action, good + luck.gauss(0.0, 0.3))
    return bandit


def test_it_comes_to_choose_by_context() -> None:
    bandit = lived()
    chances, _ = bandit.propensities({"new": True, "shop": "web", "age": 40}, ARMS)
    others, _ = bandit.propensities({"new": False, "shop": "web", "age": 40}, ARMS)
    assert chances[ARMS.index("mail")] > 0.9
    assert others[ARMS.index("hold")] > 0.9


def test_every_allowed_action_has_a_floor() -> None:
    bandit = lived(settings=Settings(exploration=0.06))
    chances, _ = bandit.propensities({"new": True}, [*ARMS, "never seen"])
    assert chances.min() >= 0.06 / 4
    assert chances.sum() == pytest.approx(1.0)


def test_frequencies_over_seeds_are_the_logged_propensities() -> None:
    bandit, context = lived(60), {"new": True, "shop": "app", "age": 31.0}
    choice = bandit.choose(context, ARMS, 1)
    chances = choice.propensities
    assert choice.propensity == chances[choice.index]
    seeds = np.random.default_rng(8).integers(0, 2**64, size=100_000, dtype=np.uint64)
    counts = Counter(draw(chances.tolist(), int(seed)) for seed in seeds)
    expected = 100_000 * chances
    chi_square = sum((counts[at] - want) ** 2 / want for at, want in enumerate(expected))
    assert chi_square < 13.82  # 99.9 % of a chi-square of 2 degrees of freedom
    assert all(bandit.choose(context, ARMS, seed).index in range(3) for seed in range(20))


def test_what_an_action_costs_is_taken_off() -> None:
    bandit = lived()
    free, means = bandit.propensities({"new": True}, ARMS)
    dear, left = bandit.propensities({"new": True}, ARMS, {"mail": 5.0})
    assert left[0] == pytest.approx(means[0] - 5.0)
    assert dear[0] < 0.01 < free[0]


def test_a_change_is_noticed_and_answered() -> None:
    bandit, luck = lived(1_000), Random(4)
    assert bandit.changes == 0
    right = []
    for _ in range(2_000):
        new = luck.random() < 0.5
        context = {"new": new, "shop": luck.choice(["web", "app"]), "age": luck.gauss(40, 10)}
        choice = bandit.choose(context, ARMS, luck.getrandbits(64))
        good = choice.action == ("hold" if new else "mail")
        bandit.learn(context, choice.action, good + luck.gauss(0.0, 0.3))
        right.append(good)
    assert bandit.changes >= 1
    assert sum(right[-500:]) > 450


def test_it_looks_wider_while_it_knows_little_and_again_after_a_change() -> None:
    settings = Settings(width=0.5, settled=100.0)
    assert [settings.width_after(rounds) for rounds in (0, 100, 1e9)] == pytest.approx(
        [1, 0.75, 0.5]
    )
    bandit = lived(1_000)
    bandit.model.forget(50.0)
    assert bandit.model.weight == pytest.approx(50.0)


def test_without_a_change_none_is_noticed() -> None:
    assert lived(3_000).changes == 0


@pytest.mark.parametrize(
    ("context", "actions", "reason"),
    [
        ({}, [], "no_actions"),
        ({}, ["mail", "hold", "mail"], "contradictory_actions"),
        ({"age": float("nan")}, ARMS, "non_finite"),
        ({"age": {"a": float("-inf")}}, ARMS, "non_finite"),
        ({"age": object()}, ARMS, "bad_context"),
    ],
)
def test_what_makes_no_sense_is_refused(
    context: dict[str, Any], actions: list[str], reason: str
) -> None:
    with pytest.raises(BadRoundError) as caught:
        Bandit().choose(context, actions, 0)
    assert caught.value.reason == reason


def test_a_refused_round_teaches_nothing() -> None:
    bandit = lived(50)
    before = to_bytes(bandit)
    for context, reward in (({"age": float("nan")}, 1.0), ({"age": 3}, float("inf"))):
        with pytest.raises(BadRoundError):
            bandit.learn(context, "mail", reward)
    assert to_bytes(bandit) == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"exploration": 0.0},
        {"exploration": float("nan")},
        {"width": 0.0},
        {"settled": 0.0},
        {"columns": 1},
        {"actions": 0},
        {"kept_after_change": 0.0},
        {"memory": float("inf")},
    ],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Settings(**wrong)


def test_a_thousand_actions_and_a_first_round() -> None:
    actions = [f"a{at}" for at in range(1_000)]
    bandit = Bandit()
    chances, means = bandit.propensities({"x": 1.0}, actions)
    assert chances == pytest.approx([1e-3] * 1_000)
    assert means == pytest.approx([0.0] * 1_000)
    for at in range(600):
        bandit.learn({"x": float(at % 5)}, actions[at], float(at % 7))
    chances, _ = bandit.propensities({"x": 1.0}, actions)
    assert chances.sum() == pytest.approx(1.0)
    assert chances.min() >= bandit.settings.exploration / 1_000


def test_stored_and_read_back_it_goes_on_alike() -> None:
    one = lived(120)
    two = from_bytes(to_bytes(one))
    assert to_bytes(two) == to_bytes(one)
    luck = Random(9)
    for step in range(200):
        context = {"new": step % 2, "shop": luck.choice(["web", "app", "kiosk"]), "late": step}
        mine, other = (b.choose(context, ARMS, step) for b in (one, two))
        assert mine.propensities.tolist() == other.propensities.tolist()
        reward = luck.random()
        for bandit in (one, two):
            bandit.learn(context, mine.action, reward)
    assert to_bytes(two) == to_bytes(one)
    assert from_bytes(to_bytes(Bandit())).learned == 0


def test_a_snapshot_of_another_version_or_cut_short_is_refused() -> None:
    data = to_bytes(lived(30))
    with pytest.raises(SnapshotError, match="not of version 1"):
        from_bytes(data[:3] + b"\x02" + data[4:])
    with pytest.raises(SnapshotError, match="not of version 1"):
        from_bytes(b"")
    for length in range(4, len(data), 97):
        with pytest.raises(SnapshotError, match="damaged"):
            from_bytes(data[:length])


def test_a_snapshot_with_a_number_that_is_none_is_refused() -> None:
    bandit = lived(30)
    bandit.model._sums.products[0, 0] = float("nan")
    with pytest.raises(SnapshotError, match="damaged"):
        from_bytes(to_bytes(bandit))
