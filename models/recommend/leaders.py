"""The heaviest of many names, kept in order while weights grow."""

LEADERS = 200
"""Most names kept: the twenty that are asked for, and as many as may be barred."""


class Leaders:
    """The heaviest names, the heaviest first; of equals the one that was there first.

    Exact as long as weights only grow, or all shrink by the same share: whoever rises past the last
    one is seen as it rises.

    Attributes:
        names: Which.

    Examples:
        >>> found = Leaders()
        >>> for name, weight in (("lamp", 1.0), ("bulb", 1.0), ("bulb", 2.0)):
        ...     found.rise(name, weight)
        >>> found.names
        ['bulb', 'lamp']
    """

    __slots__ = ("_weights", "names")

    def __init__(self) -> None:
        self.names: list[str] = []
        self._weights: dict[str, float] = {}

    def rise(self, name: str, weight: float) -> None:
        """Note that a name is now so heavy; not lighter than before."""
        names, weights = self.names, self._weights
        if name in weights:
            at = names.index(name)
            del names[at]
        else:
            at = len(names)
            if at >= LEADERS:
                if weight <= weights[names[-1]]:
                    return
                at -= 1
                del weights[names.pop()]
        weights[name] = weight
        while at and weights[names[at - 1]] < weight:
            at -= 1
        names.insert(at, name)

    def drop(self, name: str) -> None:
        """Forget a name; its place stays empty until another rises."""
        if name in self._weights:
            del self._weights[name]
            self.names.remove(name)

    def scale(self, share: float) -> None:
        """Note that all weights are now so much of what they were."""
        self._weights = {name: weight * share for name, weight in self._weights.items()}
