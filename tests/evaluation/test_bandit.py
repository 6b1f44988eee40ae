"""A log passed through the learner: what it finds, and what it refuses."""

import math
from pathlib import Path
from typing import Any

import pytest

from evaluation.bandit import evaluate
from evaluation.rounds import RoundsError
from tests.evaluation.rounds_log import made, write


def test_replay_finds_what_is_best_for_each(tmp_path: Path) -> None:
    result = evaluate(write(tmp_path, made(3_000)))
    assert result.uniform
    assert result.value is not None
    assert result.ci95 is not None
    assert result.value_second_half is not None
    assert result.value_second_half > 0.72
    assert result.ci95[0] < result.value < result.ci95[1]
    assert 900 < result.matched < 1_100
    assert result.rounds == 3_000
    assert result.action_share["c"] < 0.1
    assert sum(result.action_share.values()) == pytest.approx(1.0)
    assert result.constants["a"].value == pytest.approx(0.5, abs=0.05)
    assert result.constants["a"].difference == pytest.approx(
        result.value - result.constants["a"].value
    )
    assert result.estimators == {}


def test_uneven_odds_are_judged_by_weights(tmp_path: Path) -> None:
    result = evaluate(write(tmp_path, made(3_000, even=False)))
    assert not result.uniform
    assert set(result.estimators) == {
        *("ips", "snips", "dr", "ips_clipped", "snips_clipped", "dr_clipped", "dm")
    }
    assert result.value == result.estimators["dr_clipped"].value
    assert result.value is not None
    assert result.value > 0.7
    for found in result.estimators.values():
        assert found.value == pytest.approx(0.78, abs=0.08)
    assert 300 < result.effective_rounds < 3_000
    assert result.clip == pytest.approx(math.sqrt(3_000))
    assert result.constants["c"].value == pytest.approx(0.2, abs=0.03)


def test_costs_are_taken_off_and_steer(tmp_path: Path) -> None:
    path = write(tmp_path, made(3_000))
    result = evaluate(path, costs={"a": 0.9})
    assert result.action_share["a"] < 0.05
    assert result.constants["a"].value == pytest.approx(0.5 - 0.9, abs=0.05)
    with pytest.raises(RoundsError, match="no round allows 'z'"):
        evaluate(path, costs={"z": 1.0})


def test_the_same_seed_gives_the_same(tmp_path: Path) -> None:
    path = write(tmp_path, made(400))
    assert evaluate(path, seed=4) == evaluate(path, seed=4)
    assert evaluate(path, seed=4) != evaluate(path, seed=5)


def test_each_group_is_a_test_of_its_own(tmp_path: Path) -> None:
    men, women = made(500, group="men"), made(300, seed=2, even=False, group="women")
    mixed = evaluate(write(tmp_path, [*women, *men]))
    alone = evaluate(write(tmp_path, men))
    assert set(mixed.groups) == {"men", "women"}
    assert mixed.groups["men"] == alone
    assert mixed.rounds == 800
    assert not mixed.uniform
    parts = list(mixed.groups.values())
    assert mixed.value == pytest.approx(sum(p.rounds * (p.value or 0.0) for p in parts) / 800)


def test_rewards_of_any_scale(tmp_path: Path) -> None:
    rounds = made(600)
    small = evaluate(write(tmp_path, rounds))
    for line in rounds:
        line["reward"] = line["reward"] * 1e6 - 3e6
    large = evaluate(write(tmp_path, rounds))
    assert small.value is not None
    assert large.value == pytest.approx(small.value * 1e6 - 3e6, rel=1e-3)


@pytest.mark.parametrize("even", [True, False])
def test_one_line_is_a_log(tmp_path: Path, *, even: bool) -> None:
    result = evaluate(write(tmp_path, made(1, even=even)))
    assert result.rounds == 1
    assert result.value is None or math.isfinite(result.value)
    assert result.ci95 is None


def test_contexts_of_any_shape(tmp_path: Path) -> None:
    shapes: list[Any] = [{}, {"x": None}, {"x": "word"}, {"x": 3}, {"x": [1, 2]}, {"x": ["p", "q"]}]
    rounds = [{**line, "context": shapes[at % 6]} for at, line in enumerate(made(300))]
    rounds += [{**line, "actions": ["a", "b", "c", "d", 7]} for line in made(100, even=False)]
    result = evaluate(write(tmp_path, rounds))
    assert result.value is not None
    assert set(result.constants) == {"a", "b", "c"}
    assert result.constants["a"].difference is not None
    assert set(result.action_share) == {"a", "b", "c", "d", "7"}


def test_a_thousand_actions(tmp_path: Path) -> None:
    actions = [f"a{at}" for at in range(1_000)]
    rounds = [
        {"actions": actions, "action": actions[at % 1_000], "reward": at % 3, "propensity": 0.001}
        for at in range(1_200)
    ]
    result = evaluate(write(tmp_path, rounds))
    assert result.uniform
    assert len(result.constants) == 1_000


def test_bad_lines_are_named_or_on_demand_counted(tmp_path: Path) -> None:
    rounds = made(50)
    rounds[3]["propensity"] = 0
    rounds[5]["action"] = "nobody's"
    rounds[7]["actions"] = ["a", "b", "c", "a"]
    path = write(tmp_path, rounds)
    with pytest.raises(RoundsError, match="line 4: bad_propensity") as caught:
        evaluate(path)
    assert len(caught.value.problems) == 3
    result = evaluate(path, skip_bad=True)
    assert result.rounds == 47
    assert result.refused == {
        "bad_propensity": 1,
        "unknown_action": 1,
        "contradictory_actions": 1,
    }


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_log_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rounds.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RoundsError, match="holds no rounds"):
        evaluate(path)
