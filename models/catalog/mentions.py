"""Articles and reviews by what they are about."""

from collections.abc import Iterable, Mapping

from models.catalog.rankings import Rank, Rankings
from schemas.catalog_entry import ARTICLE, REVIEW, Entry


class Mentions:
    """What is written about each product and category, the best first.

    Args:
        entries: All entries of the catalog by id.
    """

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries
        self._about: dict[str, list[str]] = {}
        self._rankings = {
            ARTICLE: Rankings(lambda entry: _rank(entry, ARTICLE), self._members),
            REVIEW: Rankings(lambda entry: _rank(entry, REVIEW), self._members),
        }

    def changed(self, before: Entry | None, after: Entry | None) -> None:
        """Note what became of an article or a review; of other kinds nothing is kept."""
        old, new = _topics(before), _topics(after)
        for topic in old | new:
            if topic not in new and before is not None:
                self._remove(topic, before.product_id)
            elif topic not in old and after is not None:
                self._about.setdefault(topic, []).append(after.product_id)
            was, now = before if topic in old else None, after if topic in new else None
            for rankings in self._rankings.values():
                rankings.changed(topic, was, now)

    def best(self, kind: str, topic: str) -> tuple[str, ...]:
        """Ids of the articles or reviews about a product or category, the best first.

        Those of better rating come first, then those that became available later; at most `SHELF`.
        """
        if topic not in self._about:
            return ()
        return tuple(product_id for _, _, product_id in self._rankings[kind].best(topic))

    def _members(self, topic: str) -> Iterable[Entry]:
        return (self._entries[product_id] for product_id in self._about.get(topic, ()))

    def _remove(self, topic: str, product_id: str) -> None:
        there = self._about[topic]
        there.remove(product_id)
        if not there:
            del self._about[topic]


def _topics(entry: Entry | None) -> frozenset[str]:
    if entry is None or entry.kind not in (ARTICLE, REVIEW):
        return frozenset()
    return frozenset(entry.about)


def _rank(entry: Entry, kind: str) -> Rank | None:
    if entry.kind != kind:
        return None
    return -(entry.rating or 0.0), -(entry.since or 0), entry.product_id
