"""The recommender: which items come next in a session, learned in one pass from session events.

Sessions alike to this one, what followed its last item, its own items by learned weights of
repeats, and popularity where nothing else is known are mixed into one probability for each item.
"""

from collections.abc import Container, Sequence

from models.bounds import ID_BYTES, known_id
from models.errors import BadItemError
from models.recommend.items import Items
from models.recommend.learned import Learned
from models.recommend.look import Look, Recommendation
from models.recommend.sessions import Session, Sessions
from models.recommend.settings import Settings

_FOLLOWING = (1.0, 0.5, 1.0 / 3.0)


class Recommender:
    """Predicts the next item of a session, and learns from each event as it comes.

    Args:
        settings: Sizes and weights; all that is kept is bounded by them.

    Attributes:
        items: What is known of items; `sessions` of sessions.
        weights: How it is weighed.
        learned: Events learned from.

    Examples:
        >>> shop = Recommender()
        >>> for visit in range(20):
        ...     for item in ("lamp", "bulb", "socket"):
        ...         shop.learn(f"visit {visit}", item)
        >>> found = shop.after(["lamp"], count=2)
        >>> [(one.item, one.source) for one in found]
        [('bulb', 'sequence'), ('socket', 'sequence')]
        >>> shop.after([], count=1)[0].source
        'popularity'
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.items = Items(self.settings)
        self.sessions = Sessions(self.settings)
        self.weights = Learned.nothing()
        self.learned = 0
        self._last: tuple[tuple[int, int, int], Look] | None = None

    def knows(self, session: str) -> bool:
        """Whether a session of that key is kept."""
        return self.sessions.get(session) is not None

    def last_of(self, session: str) -> str | None:
        """The last item of a session; None where none is kept."""
        kept = self.sessions.get(session)
        return kept.items[-1] if kept is not None and kept.items else None

    def after(
        self, events: Sequence[str], count: int = 20, barred: Container[str] = ()
    ) -> list[Recommendation]:
        """Recommend what may come after some events, of a session that needn't be known.

        Args:
            events: Items, the last one last; none: a new person, who gets what is popular.
            count: How many at most; there are fewer where fewer are known.
            barred: What must not be recommended (owned, out of stock, just mailed).
        """
        if not events:
            return self._popular(count, barred)
        return self._look(events[-self.settings.session_items :], 0).best(count, barred)

    def next_items(
        self, session: str, count: int = 20, barred: Container[str] = ()
    ) -> list[Recommendation]:
        """Recommend what may come next in a session by what was learned of it; as `after`.

        Raises:
            BadItemError: The session's key can't be used.
        """
        _check("session", session)
        kept = self.sessions.get(session)
        if kept is None or not kept.items:
            return self._popular(count, barred)
        return self._current(kept).best(count, barred)

    def learn(self, session: str, item: str) -> None:
        """Learn the next event of a session; after `Settings.teaching` of them it is only noted.

        Args:
            session: Its key; sessions may interleave.
            item: What was looked at.

        Raises:
            BadItemError: One of them is empty or longer than 40 bytes; nothing was learned.
        """
        _check("session", session)
        _check("item", item)
        kept = self.sessions.seen(session)
        if kept.events >= self.settings.teaching:  # no shopper looks at so much
            self.sessions.append(kept, item)
            return
        events = kept.items
        if events:
            self._current(kept).teach(item, self.weights)
        known = self.items.seen(item)
        fresh = item not in events
        if fresh:
            self.items.add(known, kept.number)
        for before, weight in zip(reversed(events), _FOLLOWING, strict=False):
            found = self.items.known.get(before)
            if fresh and before != item and found is not None:
                found.followers.add(known.name, weight, self.settings.followers)
        self.sessions.append(kept, known.name)
        self.learned += 1

    def _current(self, kept: Session) -> Look:
        """Look at a kept session; what was looked up last is still right if nothing came since."""
        at = (self.learned, kept.number, kept.events)
        if self._last is None or self._last[0] != at:
            self._last = at, self._look(kept.items, kept.number)
        return self._last[1]

    def _look(self, events: Sequence[str], own: int) -> Look:
        return Look(events, own, self.items, self.sessions, self.weights, self.settings)

    def _popular(self, count: int, barred: Container[str]) -> list[Recommendation]:
        found = (name for name in self.items.leaders.names if name not in barred)
        return [
            Recommendation(name, self.items.share(name), "popularity")
            for name, _ in zip(found, range(count), strict=False)
        ]


def _check(what: str, name: str) -> None:
    if not known_id(name):
        raise BadItemError(
            f"bad_{what}", f"the {what}'s id is empty or longer than {ID_BYTES} bytes"
        )
