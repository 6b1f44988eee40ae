"""What may come next in a session: looked up once, for ranking and for learning."""

from collections.abc import Container, Sequence
from heapq import nlargest
from itertools import islice

import msgspec

from models.recommend.items import Items
from models.recommend.mix import Mix, Source
from models.recommend.neighbours import near
from models.recommend.repeats import Repeats, newness, past
from models.recommend.sessions import Sessions
from models.recommend.settings import REPEATS, Settings


class Recommendation(msgspec.Struct, frozen=True):
    """One item, and why.

    Attributes:
        item: Which.
        score: About the probability that it comes next; above 0, at most 1.
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

    Attributes:
        past: The session's items as `models.recommend.repeats` weighs them.
        chances: Probability of each, and last of something new.
    """

    __slots__ = (
        *("_before", "_covisit", "_covisits", "_items", "_new", "_sequence", "_sequences"),
        *("_shares", "alike", "chances", "past"),
    )

    def __init__(
        self,
        events: Sequence[str],
        own: int,
        items: Items,
        sessions: Sessions,
        repeats: Repeats,
        mix: Mix,
        settings: Settings,
    ) -> None:
        times: dict[str, int] = {}
        for name in reversed(events):
            times[name] = times.get(name, 0) + 1
        self._items = items
        self._before = times
        distinct = list(times)
        self._sequence, self.alike = near(distinct, own, items, sessions, settings)
        last = items.known.get(events[-1])
        self._covisit = last.followers.weights if last is not None else {}
        sequences = sum(self._sequence.values())
        covisits = last.followers.total if last is not None else 0.0
        self.past = [
            past(
                name,
                age,
                times[name],
                self._sequence.get(name, 0.0) / sequences if sequences > 0.0 else 0.0,
                self._covisit.get(name, 0.0) / covisits if covisits > 0.0 else 0.0,
            )
            for age, name in enumerate(distinct[:REPEATS])
        ]
        self._new = newness(len(events), repeated=times[events[-1]] > 1)
        self.chances = repeats.chances(self.past, self._new)
        # Probabilities of new items only: what the session had is no part of them.
        self._sequences = sequences - sum(self._sequence.get(name, 0.0) for name in distinct)
        self._covisits = covisits - sum(self._covisit.get(name, 0.0) for name in distinct)
        asked = (self._sequences > 1e-9, self._covisits > 1e-9, True)
        self._shares = mix.shares(self.alike, asked)

    def best(self, count: int, barred: Container[str]) -> list[Recommendation]:
        """The most likely items, the best first.

        Args:
            count: How many at most.
            barred: What must not be among them.
        """
        again = [
            (item.name, chance)
            for item, chance in zip(self.past, self.chances, strict=False)
            if item.name not in barred
        ]
        new = self._new_items(count, barred)
        if len(new) < count:
            new += self._popular(count - len(new), {name for name, _ in new}, barred)
        best = sorted(again + new, key=_second, reverse=True)[:count]
        return [Recommendation(name, score, self._source(name, score)) for name, score in best]

    def _new_items(self, count: int, barred: Container[str]) -> list[tuple[str, float]]:
        """The most likely of those that the session hasn't had and something speaks for."""
        before, known, chance = self._before, self._items.known, self.chances[-1]
        by_sequence, by_covisit, _ = (chance * share for share in self._shares)
        scores: dict[str, float] = {}
        if by_sequence:
            scale = by_sequence / self._sequences
            scores = {name: scale * weight for name, weight in self._sequence.items()}
        if by_covisit:
            scale = by_covisit / self._covisits
            for name, weight in self._covisit.items():
                scores[name] = scores.get(name, 0.0) + scale * weight
        found = [
            (name, score)
            for name, score in scores.items()
            if name not in before and name not in barred and name in known
        ]
        return nlargest(count, found, key=_second) if len(found) > count else found

    def _popular(
        self, count: int, ranked: Container[str], barred: Container[str]
    ) -> list[tuple[str, float]]:
        """The most popular of those that nothing else speaks for."""
        items = self._items
        weight = self.chances[-1] * self._shares[2]
        found = (
            (name, weight * items.share(name))
            for name in items.leaders.names
            if name not in self._before and name not in ranked and name not in barred
        )
        return list(islice(found, count))

    def _source(self, name: str, score: float) -> Source:
        if name in self._before:
            return "repeat"
        sequence = self._sequence.get(name, 0.0) if self._shares[0] else 0.0
        if sequence and 2.0 * self.chances[-1] * self._shares[0] / self._sequences * sequence >= score:
            return "sequence"
        return "covisit" if sequence or (name in self._covisit and self._shares[1]) else "popularity"

    def teach(self, came: str, repeats: Repeats, mix: Mix) -> None:
        """Let what was learned of repeats and of scorers learn what came."""
        if came in self._before:
            place = next((at for at, item in enumerate(self.past) if item.name == came), None)
            if place is not None:
                repeats.learn(self.past, self._new, self.chances, place)
            return
        repeats.learn(self.past, self._new, self.chances, None)
        sequence, covisit, popularity = self._shares
        foretold = (
            sequence * self._sequence.get(came, 0.0) / self._sequences if sequence else 0.0,
            covisit * self._covisit.get(came, 0.0) / self._covisits if covisit else 0.0,
            popularity * self._items.share(came),
        )
        mix.learn(self.alike, foretold)


def _second(entry: tuple[str, float]) -> float:
    return entry[1]
