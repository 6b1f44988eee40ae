"""What may come next in a session: looked up once, for ranking and for learning."""

from collections.abc import Container, Mapping, Sequence
from heapq import nlargest
from itertools import islice

import msgspec

from models.recommend.items import Items
from models.recommend.learned import Learned
from models.recommend.mix import Source
from models.recommend.neighbours import near
from models.recommend.repeats import newness, past
from models.recommend.sessions import Sessions
from models.recommend.settings import REPEATS, Settings

_NOTHING = 1e-9


class Recommendation(msgspec.Struct, frozen=True):
    """One item, and why.

    Attributes:
        item: Which.
        score: About the probability that it comes next; 0 to 1.
        source: What says so most of all.
    """

    item: str
    score: float
    source: Source


class Look:
    """What may come next in one session.

    Args:
        events: The session's items, the last one last; at least one.
        own: Its number; 0 if it isn't kept.
        items: What is known of items; `sessions` likewise.
        learned: How it is weighed.
        settings: Sizes and weights.
    """

    __slots__ = (
        *("_alike", "_behind", "_chances", "_covisit", "_covisits", "_items", "_new", "_past"),
        *("_sequence", "_sequences", "_shares", "_times"),
    )

    def __init__(
        self,
        events: Sequence[str],
        own: int,
        items: Items,
        sessions: Sessions,
        learned: Learned,
        settings: Settings,
    ) -> None:
        self._items = items
        self._times: dict[str, int] = {}
        for name in reversed(events):
            self._times[name] = self._times.get(name, 0) + 1
        distinct = list(self._times)
        self._sequence, self._behind, self._alike = near(distinct, own, items, sessions, settings)
        weight = learned.direction.behind
        for name, behind in self._behind.items():
            self._behind[name] = weight * behind
            self._sequence[name] = self._sequence.get(name, 0.0) + weight * behind
        sequences = sum(self._sequence.values())
        last = items.known.get(events[-1])
        self._covisit = last.followers.weights if last is not None else {}
        covisits = last.followers.total if last is not None else 0.0
        self._past = [
            past(
                name,
                age,
                self._times[name],
                _share(self._sequence, name, sequences),
                _share(self._covisit, name, covisits),
            )
            for age, name in enumerate(distinct[:REPEATS])
        ]
        self._new = newness(len(events), repeated=self._times[events[-1]] > 1)
        self._chances = learned.repeats.chances(self._past, self._new)
        # Of new items only: what the session had has chances of its own.
        self._sequences = sequences - sum(self._sequence.get(name, 0.0) for name in distinct)
        self._covisits = covisits - sum(self._covisit.get(name, 0.0) for name in distinct)
        asked = (self._sequences > _NOTHING, self._covisits > _NOTHING, True)
        self._shares = learned.mix.shares(self._alike, asked)

    def best(self, count: int, barred: Container[str]) -> list[Recommendation]:
        """The most likely items, the best first.

        Args:
            count: How many at most.
            barred: What must not be among them.
        """
        again = [
            (item.name, chance)
            for item, chance in zip(self._past, self._chances, strict=False)
            if item.name not in barred
        ]
        new = self._new_items(count, barred)
        if len(new) < count:
            new += self._popular(count - len(new), {name for name, _ in new}, barred)
        best = sorted(again + new, key=_score, reverse=True)[:count]
        return [Recommendation(name, score, self._source(name, score)) for name, score in best]

    def _new_items(self, count: int, barred: Container[str]) -> list[tuple[str, float]]:
        """The most likely of those that the session hasn't had and something speaks for."""
        had, known = self._times, self._items.known
        by_sequence, by_covisit = self._scales()
        scores: dict[str, float] = {}
        if by_sequence:
            scores = {name: by_sequence * weight for name, weight in self._sequence.items()}
        if by_covisit:
            for name, weight in self._covisit.items():
                scores[name] = scores.get(name, 0.0) + by_covisit * weight
        found = [
            (name, score)
            for name, score in scores.items()
            if name not in had and name not in barred and name in known
        ]
        return nlargest(count, found, key=_score) if len(found) > count else found

    def _popular(
        self, count: int, ranked: Container[str], barred: Container[str]
    ) -> list[tuple[str, float]]:
        """The most popular of those that nothing else speaks for."""
        items, weight = self._items, self._chances[-1] * self._shares[2]
        found = (
            (name, weight * items.share(name))
            for name in items.leaders.names
            if name not in self._times and name not in ranked and name not in barred
        )
        return list(islice(found, count))

    def _source(self, name: str, score: float) -> Source:
        if name in self._times:
            return "repeat"
        by_sequence, by_covisit = self._scales()
        sequence = by_sequence * self._sequence.get(name, 0.0)
        if sequence > 0.0 and 2.0 * sequence >= score:
            return "sequence"
        return "covisit" if by_covisit and name in self._covisit else "popularity"

    def _scales(self) -> tuple[float, float]:
        """What makes probabilities of the weights of sequence and covisit."""
        sequence, covisit, _ = self._shares
        chance = self._chances[-1]
        return (
            chance * sequence / self._sequences if sequence else 0.0,
            chance * covisit / self._covisits if covisit else 0.0,
        )

    def teach(self, came: str, learned: Learned) -> None:
        """Let the learned weights learn what came."""
        if came in self._times:
            place = next((at for at, item in enumerate(self._past) if item.name == came), None)
            if place is not None:
                learned.repeats.learn(self._past, self._new, self._chances, place)
            return
        learned.repeats.learn(self._past, self._new, self._chances, None)
        by_sequence, by_covisit = self._scales()
        sequence = self._sequence.get(came, 0.0)
        if sequence > 0.0:
            expected = sum(self._behind.values()) / sum(self._sequence.values())
            learned.direction.learn(self._behind.get(came, 0.0) / sequence, expected)
        chance = self._chances[-1]
        foretold = (
            by_sequence * sequence,
            by_covisit * self._covisit.get(came, 0.0),
            chance * self._shares[2] * self._items.share(came),
        )
        learned.mix.learn(self._alike, foretold)


def _share(weights: Mapping[str, float], name: str, total: float) -> float:
    return weights.get(name, 0.0) / total if total > 0.0 else 0.0


def _score(entry: tuple[str, float]) -> float:
    return entry[1]
