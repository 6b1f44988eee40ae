"""How often is the next item of a session among the first twenty recommended?

Each recommender passes the log once by itself: it ranks what may come next, is told what came, and
learns it. What comes is never known before it was predicted, and of other sessions only what
happened before.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from time import process_time

import numpy as np

from evaluation.baselines import CoOccurrence, Popularity, SessionPopularity
from evaluation.next_item_result import NextItemResult, judged
from evaluation.session_log import SessionLog
from evaluation.visit import Predictor, Visit
from models.recommend.recommender import Recommender
from models.recommend.settings import Settings

TOP = 20
"""How far down a ranking a hit counts."""

BASELINES: dict[str, Callable[[], Predictor]] = {
    "popularity": Popularity,
    "session_popularity": SessionPopularity,
    "co_occurrence": CoOccurrence,
}


class Learner:
    """The product's own recommender, as `evaluation.visit.Predictor`."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.recommender = Recommender(settings)

    def rank(self, visit: Visit, count: int, barred: Collection[str]) -> list[str]:
        """See `evaluation.visit.Predictor`."""
        if self.recommender.knows(visit.key):
            found = self.recommender.next_items(visit.key, count, barred)
        else:  # it doesn't learn from this one
            found = self.recommender.after(visit.last, count, barred)
        return [one.item for one in found]

    def learn(self, visit: Visit, item: str) -> None:
        """See `evaluation.visit.Predictor`."""
        self.recommender.learn(visit.key, item)


@dataclass(slots=True)
class Passed:
    """What came of one recommender's pass.

    Attributes:
        sessions: Of each target, the number of its session.
        ranks: Of each target, its place in the ranking from 1; 0 where it isn't among the first
            twenty.
        cpu_seconds: Of the whole pass.
    """

    sessions: list[int] = field(default_factory=list)
    ranks: list[int] = field(default_factory=list)
    cpu_seconds: float = 0.0


def evaluate(
    log: SessionLog,
    test: SessionLog | None = None,
    *,
    new_only: bool = False,
    frozen: bool = False,
    seed: int = 0,
    settings: Settings | None = None,
) -> NextItemResult:
    """Pass a log through the product's recommender and the simple ones, and judge each.

    Args:
        log: Every event but a session's first is predicted; with `test` it is only learned from.
        test: Predicted after `log` was learned, and learned from too as it passes. Its sessions
            are others than those of `log`, whatever they are called; its items are the same.
        new_only: Only items that the session hasn't had are recommended, and count.
        frozen: Learn nothing from `test`.
        seed: The same seed draws the same intervals.
        settings: The recommender's; the product's own where none are given.

    Raises:
        ValueError: `frozen` without `test`.
    """
    if frozen and test is None:
        raise ValueError("without a test log nothing would be learned at all")
    makers: dict[str, Callable[[], Predictor]] = {"learner": lambda: Learner(settings)}
    tested = None if test is None else test.events
    found = {
        name: run(make(), log.events, tested, new_only=new_only, frozen=frozen)
        for name, make in (makers | BASELINES).items()
    }
    events = len(log.events) + (len(test.events) if test else 0)
    first = found["learner"]
    return judged(
        {name: np.array(passed.ranks, dtype=np.int64) for name, passed in found.items()},
        {name: 1e6 * passed.cpu_seconds / events for name, passed in found.items()},
        np.array(first.sessions, dtype=np.int64),
        events,
        seed,
        _refused(log, test),
    )


def run(
    predictor: Predictor,
    events: Sequence[tuple[int, int]],
    test: Sequence[tuple[int, int]] | None = None,
    *,
    new_only: bool = False,
    frozen: bool = False,
) -> Passed:
    """Pass events through one predictor; see `evaluate`."""
    passed = Passed()
    started = process_time()
    _run(predictor, events, "", None if test is not None else passed, new_only, learns=True)
    if test is not None:
        _run(predictor, test, "test ", passed, new_only, learns=not frozen)
    passed.cpu_seconds = process_time() - started
    return passed


def _run(
    predictor: Predictor,
    events: Sequence[tuple[int, int]],
    prefix: str,
    passed: Passed | None,
    new_only: bool,  # noqa: FBT001
    *,
    learns: bool,
) -> None:
    visits: dict[int, Visit] = {}
    for session, number in events:
        item = str(number)
        visit = visits.get(session)
        if visit is None:
            visit = visits[session] = Visit(f"{prefix}{session}")
        elif passed is not None and not (new_only and item in visit.times):
            ranking = predictor.rank(visit, TOP, visit.times if new_only else ())
            passed.sessions.append(session)
            passed.ranks.append(ranking.index(item) + 1 if item in ranking else 0)
        if learns:
            predictor.learn(visit, item)
        visit.append(item)


def _refused(*logs: SessionLog | None) -> dict[str, int]:
    refused: dict[str, int] = {}
    for log in logs:
        for reason, count in log.refused.items() if log else ():
            refused[reason] = refused.get(reason, 0) + count
    return refused
