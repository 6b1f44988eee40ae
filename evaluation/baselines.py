"""The simple predictors of a next item, to compare with.

Source: M. Ludewig, D. Jannach, "Evaluation of session-based recommendation algorithms", User
Modeling and User-Adapted Interaction 28, 2018: POP, S-POP and AR, here learning as events come.
"""

from collections.abc import Collection
from heapq import nlargest

from evaluation.visit import Visit
from models.recommend.leaders import Leaders


class Popularity:
    """What was looked at most often, by anybody."""

    def __init__(self) -> None:
        self._times: dict[str, float] = {}
        self._leaders = Leaders()

    def rank(self, visit: Visit, count: int, barred: Collection[str]) -> list[str]:
        """See `evaluation.visit.Predictor`."""
        del visit
        found = (name for name in self._leaders.names if name not in barred)
        return [name for name, _ in zip(found, range(count), strict=False)]

    def learn(self, visit: Visit, item: str) -> None:
        """See `evaluation.visit.Predictor`."""
        del visit
        times = self._times[item] = self._times.get(item, 0.0) + 1.0
        self._leaders.rise(item, times)


class SessionPopularity:
    """What the session had most often, of equals the latest; then what anybody looks at."""

    def __init__(self) -> None:
        self._everybody = Popularity()

    def rank(self, visit: Visit, count: int, barred: Collection[str]) -> list[str]:
        """See `evaluation.visit.Predictor`."""
        latest = {name: None for name in reversed(visit.last) if name not in barred}
        own = sorted(latest, key=visit.times.__getitem__, reverse=True)[:count]
        more = self._everybody.rank(visit, count, {*barred, *own})
        return [*own, *more[: count - len(own)]]

    def learn(self, visit: Visit, item: str) -> None:
        """See `evaluation.visit.Predictor`."""
        self._everybody.learn(visit, item)


class CoOccurrence:
    """What was most often in one session with the last item."""

    def __init__(self) -> None:
        self._together: dict[str, dict[str, int]] = {}

    def rank(self, visit: Visit, count: int, barred: Collection[str]) -> list[str]:
        """See `evaluation.visit.Predictor`."""
        together = self._together.get(visit.last[-1], {})
        if barred:
            together = {name: times for name, times in together.items() if name not in barred}
        return nlargest(count, together, key=together.__getitem__)

    def learn(self, visit: Visit, item: str) -> None:
        """See `evaluation.visit.Predictor`."""
        if item in visit.times:
            return
        mine = self._together.setdefault(item, {})
        for other in dict.fromkeys(visit.last):
            mine[other] = mine.get(other, 0) + 1
            theirs = self._together.setdefault(other, {})
            theirs[item] = theirs.get(item, 0) + 1
