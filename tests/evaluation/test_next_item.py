"""A log passed through the recommenders: what they find, and that none sees what comes."""

from collections.abc import Collection
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.next_item import BASELINES, Learner, evaluate, run
from evaluation.next_item_result import judged
from evaluation.session_log import SessionLog, read_session_log
from evaluation.visit import Visit
from tests.evaluation.sessions_log import made, write

events = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8)), min_size=1, max_size=60)
PREDICTORS = {"learner": Learner, **BASELINES}


def log_of(given_: list[tuple[int, int]]) -> SessionLog:
    return SessionLog(given_, len({s for s, _ in given_}), len({i for _, i in given_}))


def test_the_learner_finds_the_way(tmp_path: Path) -> None:
    result = evaluate(read_session_log(write(tmp_path, made(300))))
    assert 0.4 < result.mrr_at_20 < result.recall_at_20 < 1.0
    assert result.recall_ci95 is not None
    assert result.recall_ci95[0] < result.recall_at_20 < result.recall_ci95[1]
    assert set(result.baselines) == {"popularity", "session_popularity", "co_occurrence"}
    for found in result.baselines.values():
        assert found.mrr_gain == pytest.approx(result.mrr_at_20 - found.mrr_at_20)
        assert found.mrr_gain > 0.0
        assert found.mrr_gain_ci95 is not None
    assert result.events == len(made(300)) - 1
    assert result.targets == result.events - 300
    assert result.sessions < 300  # some have one event only
    assert result.cpu_ratio > 0.0


def test_the_same_seed_gives_the_same_intervals(tmp_path: Path) -> None:
    log = read_session_log(write(tmp_path, made(60)))
    one, two = (evaluate(log, seed=seed) for seed in (4, 4))
    other = evaluate(log, seed=5)
    assert (one.recall_at_20, one.recall_ci95) == (two.recall_at_20, two.recall_ci95)
    assert one.recall_at_20 == other.recall_at_20
    assert one.mrr_ci95 != other.mrr_ci95


@pytest.mark.parametrize("name", PREDICTORS)
@given(before=events, after=events, others=events, new_only=st.booleans())
@settings(max_examples=15, deadline=None)
def test_what_comes_later_changes_nothing(
    name: str,
    before: list[tuple[int, int]],
    after: list[tuple[int, int]],
    others: list[tuple[int, int]],
    *,
    new_only: bool,
) -> None:
    make = PREDICTORS[name]
    alone = run(make(), before, new_only=new_only)
    for tail in (after, others):
        longer = run(make(), before + tail, new_only=new_only)
        assert longer.ranks[: len(alone.ranks)] == alone.ranks


def test_of_luck_nothing_is_found() -> None:
    """Each item comes at random: whoever does better than luck has seen it before."""
    luck = Random(3)
    given_ = [(at // 4, luck.randrange(400)) for at in range(4_000)]
    result = evaluate(log_of(given_))
    for found in (result, *result.baselines.values()):
        assert found.recall_at_20 < 0.07  # 20 of 400 by luck


class Spy:
    """Sees what it is told, and when."""

    def __init__(self) -> None:
        self.told: list[tuple[str, tuple[str, ...], str]] = []

    def rank(self, visit: Visit, count: int, barred: Collection[str]) -> list[str]:
        self.told.append(("rank", tuple(visit.last), "".join(sorted(barred))))
        return ["2"]

    def learn(self, visit: Visit, item: str) -> None:
        self.told.append(("learn", tuple(visit.last), item))


def test_each_event_is_predicted_before_it_is_told() -> None:
    spy = Spy()
    passed = run(spy, [(0, 1), (1, 2), (0, 2), (0, 1)])
    assert spy.told == [
        ("learn", (), "1"),
        ("learn", (), "2"),
        ("rank", ("1",), ""),
        ("learn", ("1",), "2"),
        ("rank", ("1", "2"), ""),
        ("learn", ("1", "2"), "1"),
    ]
    assert (passed.sessions, passed.ranks) == ([0, 0], [1, 0])


def test_new_only_bars_what_the_session_had() -> None:
    spy = Spy()
    passed = run(spy, [(0, 1), (0, 1), (0, 2), (0, 1)], new_only=True)
    assert [told for told in spy.told if told[0] == "rank"] == [("rank", ("1", "1"), "1")]
    assert passed.ranks == [1]


@pytest.mark.parametrize("frozen", [True, False])
def test_test_sessions_are_others_and_teach_unless_frozen(*, frozen: bool) -> None:
    spy = Spy()
    run(spy, [(0, 1), (0, 2)], [(0, 3), (0, 2)], frozen=frozen)
    learned = [item for what, _, item in spy.told if what == "learn"]
    assert learned == (["1", "2"] if frozen else ["1", "2", "3", "2"])
    assert [told for told in spy.told if told[0] == "rank"] == [("rank", ("3",), "")]


def test_a_frozen_learner_predicts_by_what_it_learned(tmp_path: Path) -> None:
    items: dict[str, int] = {}
    train = read_session_log(write(tmp_path, made(300)), items)
    test = read_session_log(write(tmp_path, made(100, seed=2)), items)
    frozen, going_on = (evaluate(train, test, frozen=frozen) for frozen in (True, False))
    assert frozen.targets == going_on.targets == len(test.events) - 100
    assert frozen.events == len(train.events) + len(test.events)
    assert frozen.mrr_at_20 == pytest.approx(going_on.mrr_at_20, abs=0.1)
    assert frozen.mrr_at_20 != going_on.mrr_at_20
    with pytest.raises(ValueError, match="nothing would be learned"):
        evaluate(train, frozen=True)


def test_a_log_without_anything_to_predict_scores_nothing() -> None:
    result = evaluate(log_of([(0, 1), (1, 1), (2, 1)]))
    assert (result.targets, result.sessions, result.recall_at_20) == (0, 0, 0.0)
    assert result.recall_ci95 is None
    assert evaluate(log_of([(0, 1), (0, 1)])).recall_ci95 is None  # of one session


def test_figures_by_hand() -> None:
    ranks = {
        "learner": np.array([1, 2, 0, 4]),
        "co_occurrence": np.array([0, 0, 0, 1]),
    }
    costs = {"learner": 80.0, "co_occurrence": 8.0}
    result = judged(ranks, costs, np.array([7, 7, 9, 9]), 10, 0, {"bad_line": 1})
    assert result.recall_at_20 == 0.75
    assert result.mrr_at_20 == (1 + 1 / 2 + 1 / 4) / 4
    assert result.cpu_ratio == 10.0
    assert (result.sessions, result.targets, result.events) == (2, 4, 10)
    other = result.baselines["co_occurrence"]
    assert (other.recall_at_20, other.recall_gain) == (0.25, 0.5)
    assert other.mrr_gain == result.mrr_at_20 - 0.25
    assert result.recall_ci95 == (0.5, 1.0)
    assert result.refused == {"bad_line": 1}
