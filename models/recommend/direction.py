"""Whether sessions go on as alike ones went on, or also as those had come: learned, one number."""

from math import exp

import msgspec

_STEP = 0.02
_LEAST = 0.01
_MOST = 10.0


class Direction(msgspec.Struct, array_like=True):
    """What an item before the shared one weighs in an alike session, against one after it.

    In shops it is near 1, since people compare and come back; where items have an order, it falls.

    Attributes:
        behind: The weight, 0.01 to 10.
    """

    behind: float = 1.0

    def learn(self, came: float, expected: float) -> None:
        """Follow the slope of the likelihood.

        Args:
            came: What share of the weight of the item that came was from behind, 0 to 1.
            expected: What share of all weights was.
        """
        moved = self.behind * exp(_STEP * (came - expected))
        self.behind = min(max(moved, _LEAST), _MOST)

    def check(self) -> None:
        """See that a stored weight makes sense.

        Raises:
            ValueError: It doesn't.
        """
        if not _LEAST <= self.behind <= _MOST:
            raise ValueError("the weight of what lies behind is out of range")
