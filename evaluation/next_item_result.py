"""What came of predicting next items: recall, reciprocal ranks, costs, and intervals."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from evaluation.estimators import Interval

Numbers = NDArray[np.float64]
Counts = NDArray[np.int64]

RESAMPLES = 1_000
"""How many logs are drawn to see how far chance moves a figure."""


@dataclass(frozen=True, slots=True)
class Score:
    """How well one recommender predicted.

    Attributes:
        recall_at_20: Share of targets among the first twenty.
        mrr_at_20: Mean of one over the target's place, 0 where it isn't among the first twenty.
        recall_ci95: Interval over logs of as many other sessions; None with one session.
        mrr_ci95: Likewise.
        microseconds_per_event: CPU time of the whole pass over its events, learning included.
    """

    recall_at_20: float
    recall_ci95: Interval | None
    mrr_at_20: float
    mrr_ci95: Interval | None
    microseconds_per_event: float


@dataclass(frozen=True, slots=True)
class Baseline(Score):
    """How well a simple recommender predicted, and how much better the learner did.

    Attributes:
        recall_gain: The learner's recall less this one's; `mrr_gain` likewise.
        recall_gain_ci95: Both come from the same sessions, so it is narrower than theirs suggest.
        mrr_gain_ci95: Likewise.
    """

    recall_gain: float
    recall_gain_ci95: Interval | None
    mrr_gain: float
    mrr_gain_ci95: Interval | None


@dataclass(frozen=True, slots=True)
class NextItemResult(Score):
    """How well the product's recommender predicted, and the simple ones.

    Attributes:
        cpu_ratio: Its CPU time over that of co-occurrence, in the same run.
        events: Events that were passed, those only learned from included.
        sessions: Sessions with a target; `targets` the events that were predicted.
        baselines: By name.
        refused: By reason, how many lines gave no event.
    """

    cpu_ratio: float
    events: int
    sessions: int
    targets: int
    baselines: dict[str, Baseline] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)


def judged(
    ranks: Mapping[str, Counts],
    costs: Mapping[str, float],
    sessions: Counts,
    events: int,
    seed: int,
    refused: dict[str, int],
) -> NextItemResult:
    """Judge rankings.

    Args:
        ranks: By recommender, `learner` and `co_occurrence` among them: each target's place from
            1, 0 for none.
        costs: By recommender, CPU microseconds an event.
        sessions: Each target's session.
        events: How many were passed.
        seed: Of the resampling.
        refused: Goes into the result.
    """
    names = list(ranks)
    columns = [
        values
        for name in names
        for values in (ranks[name] > 0, np.where(ranks[name] > 0, 1.0, 0.0) / _least(ranks[name]))
    ]
    _, places = np.unique(sessions, return_inverse=True)
    count = int(places.max()) + 1 if len(places) else 0
    sums = np.array([np.bincount(places, values, count) for values in columns])
    sizes = np.bincount(places, minlength=count).astype(np.float64)
    values = sums.sum(axis=1) / max(sizes.sum(), 1.0)
    drawn = _drawn(sums, sizes, seed)
    scores = {
        name: Score(
            float(values[2 * at]),
            _interval(drawn[:, 2 * at]),
            float(values[2 * at + 1]),
            _interval(drawn[:, 2 * at + 1]),
            costs[name],
        )
        for at, name in enumerate(names)
    }
    first = 2 * names.index("learner")
    baselines = {}
    for at, name in enumerate(names):
        if name == "learner":
            continue
        gains = values[first : first + 2] - values[2 * at : 2 * at + 2]
        spread = drawn[:, first : first + 2] - drawn[:, 2 * at : 2 * at + 2]
        baselines[name] = Baseline(
            *_fields(scores[name]),
            float(gains[0]),
            _interval(spread[:, 0]),
            float(gains[1]),
            _interval(spread[:, 1]),
        )
    other = costs["co_occurrence"]
    return NextItemResult(
        *_fields(scores["learner"]),
        costs["learner"] / other if other > 0.0 else 0.0,
        events,
        count,
        len(sessions),
        baselines,
        refused,
    )


def _least(ranks: Counts) -> Counts:
    return np.maximum(ranks, 1)


def _fields(score: Score) -> tuple[float, Interval | None, float, Interval | None, float]:
    return (
        *(score.recall_at_20, score.recall_ci95),
        *(score.mrr_at_20, score.mrr_ci95),
        score.microseconds_per_event,
    )


def _drawn(sums: Numbers, sizes: Numbers, seed: int) -> Numbers:
    """The figures of logs made by drawing sessions with replacement; a row each."""
    count = len(sizes)
    if count < 2:
        return np.zeros((0, len(sums)))
    random, found = np.random.default_rng(seed), np.zeros((RESAMPLES, len(sums)))
    for at in range(RESAMPLES):
        weights = np.bincount(random.integers(0, count, count), minlength=count)
        found[at] = sums @ weights / (sizes @ weights)
    return found


def _interval(drawn: Numbers) -> Interval | None:
    if not len(drawn):
        return None
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(low), float(high)
