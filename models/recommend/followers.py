"""What came after an item in a session, and how often: a bounded table of weights."""

from heapq import nlargest

import msgspec

_KEPT = 0.75
_FADING = 0.8


class Followers(msgspec.Struct, array_like=True, gc=False):
    """Weights by item, of those that followed one item.

    When the table is full, its heaviest three quarters stay, all a fifth lighter: what is new gets
    a chance against what was once frequent, and an item viewed ten million times keeps as much as
    any other.

    Attributes:
        weights: By item, how often it came next, and a share of how often it came a little later.
        total: Their sum.

    Examples:
        >>> found = Followers()
        >>> found.add("lamp", 1.0, 64)
        >>> found.add("bulb", 0.5, 64)
        >>> found.weights, found.total
        ({'lamp': 1.0, 'bulb': 0.5}, 1.5)
    """

    weights: dict[str, float] = {}
    total: float = 0.0

    def add(self, name: str, weight: float, most: int) -> None:
        """Note that an item followed.

        Args:
            weight: Above 0, at most 1.
            most: Most items kept.
        """
        weights = self.weights
        weights[name] = weights.get(name, 0.0) + weight
        self.total += weight
        if len(weights) > most:
            self._trim(max(1, int(most * _KEPT)))

    def _trim(self, kept: int) -> None:
        best = nlargest(kept, self.weights.items(), key=_weight)
        self.weights = {name: weight * _FADING for name, weight in best}
        self.total = sum(self.weights.values())

    def check(self, most: int) -> None:
        """See that stored weights make sense.

        Raises:
            ValueError: They don't.
        """
        numbers = (self.total, *self.weights.values())
        if len(self.weights) > most or not all(0.0 <= number < 1e300 for number in numbers):
            raise ValueError("followers are too many or out of range")


def _weight(entry: tuple[str, float]) -> float:
    return entry[1]
