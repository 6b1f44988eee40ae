"""Which products changed lately, for those who wait for a change.

Each reader remembers how far it has read, so that any number of them follow one feed.
"""

from collections import OrderedDict
from dataclasses import dataclass

MOST_CHANGED = 10_000
"""Products remembered; who has fallen further behind is told to look at everything."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed since a reader last asked.

    Attributes:
        upto: What to ask with the next time.
        products: Ids, each once, the latest change last; None for too many to tell: any may have.
    """

    upto: int
    products: tuple[str, ...] | None


class Changes:
    """The last changes, each product at its latest one."""

    def __init__(self) -> None:
        self._count = 0
        self._forgotten = 0
        # No plain dict: taking its first key anew and anew looks through all that are gone.
        self._latest: OrderedDict[str, int] = OrderedDict()

    def note(self, product_id: str) -> None:
        """Note that a product changed."""
        self._count += 1
        latest = self._latest
        latest[product_id] = self._count
        latest.move_to_end(product_id)
        if len(latest) > MOST_CHANGED:
            _, self._forgotten = latest.popitem(last=False)

    def since(self, after: int) -> Changed:
        """What changed after an earlier answer's `upto`; 0 for everything since the start."""
        if after < self._forgotten:
            return Changed(self._count, None)
        found: list[str] = []
        for product_id in reversed(self._latest):
            if self._latest[product_id] <= after:
                break
            found.append(product_id)
        return Changed(self._count, tuple(reversed(found)))
