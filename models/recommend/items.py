"""What is known of each item: how popular it is, in which sessions it was, and what followed it."""

from math import exp, log

import msgspec

from models.recommend.followers import Followers
from models.recommend.leaders import Leaders
from models.recommend.settings import Settings

_LARGE = 1e100


class Item(msgspec.Struct, array_like=True, gc=False):
    """What is kept of one item.

    Attributes:
        name: Its id, the one string of it that is kept.
        weight: Sessions it was in, older ones counting less; in units of `Items.unit`.
        sessions: Numbers of the last sessions it was in, oldest first.
        followers: What came after it in a session.
    """

    name: str
    weight: float
    sessions: list[int]
    followers: Followers


class Items:
    """A bounded table of items.

    Popularity decays by growing the weight of what is new, so that nothing old is touched.

    Args:
        settings: Its sizes.

    Attributes:
        leaders: The most popular; exact, since decay leaves their order alone.
        unit: What one more session weighs now.
        total: Sum of all weights, of forgotten items too.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._growth = exp(1.0 / settings.memory)
        self.known: dict[str, Item] = {}
        self.leaders = Leaders()
        self.unit = 1.0
        self.total = 0.0

    def seen(self, name: str) -> Item:
        """The item, made if it is new; it counts as just seen."""
        known = self.known
        item = known.pop(name, None)
        if item is None:
            item = Item(name, 0.0, [], Followers())
            if len(known) >= self._settings.items:
                self._forget(next(iter(known)))
        known[item.name] = item
        return item

    def add(self, item: Item, session: int) -> None:
        """Note that an item was in one more session."""
        sessions = item.sessions
        sessions.append(session)
        if len(sessions) > self._settings.postings:
            del sessions[0]
        item.weight += self.unit
        self.total += self.unit
        self.unit *= self._growth
        if self.unit > _LARGE:
            self._shrink()
        self.leaders.rise(item.name, item.weight)

    def share(self, name: str) -> float:
        """How popular an item is, from 0 to 1; all items together make 1."""
        item = self.known.get(name)
        return item.weight / self.total if item is not None and self.total > 0.0 else 0.0

    def rarity(self, item: Item) -> float:
        """The logarithm of one over its share: what meeting it in two sessions says; 0 or more."""
        return max(log(self.total / item.weight), 0.0) if item.weight > 0.0 else 0.0

    def _forget(self, name: str) -> None:
        del self.known[name]
        self.leaders.drop(name)

    def _shrink(self) -> None:
        for item in self.known.values():
            item.weight /= self.unit
        self.total /= self.unit
        self.leaders.scale(1.0 / self.unit)
        self.unit = 1.0

    def restore(self, item: Item) -> None:
        """Take on a stored item; those unseen for longest come first.

        Raises:
            ValueError: It makes no sense.
        """
        if not 0.0 <= item.weight < 1e300:
            raise ValueError("a weight is out of range")
        if item.name in self.known or len(self.known) >= self._settings.items:
            raise ValueError("items are stored twice, or too many")
        if len(item.sessions) > self._settings.postings:
            raise ValueError("more sessions of an item than the settings allow")
        item.followers.check(self._settings.followers)
        self.known[item.name] = item

    def complete(self, leaders: list[str], unit: float, total: float) -> None:
        """Take on what was stored beside the items, once all of them are there.

        Raises:
            ValueError: Numbers out of range, or names that don't fit together.
        """
        if not (1.0 <= unit < 1e300 and 0.0 <= total < 1e300):
            raise ValueError("a weight is out of range")
        self.unit, self.total, self.leaders = unit, total, Leaders()
        for name in leaders:
            if name not in self.known:
                raise ValueError("a popular item is unknown")
            self.leaders.rise(name, self.known[name].weight)
