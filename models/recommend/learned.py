"""The few numbers that say how what is known of items and sessions is to be weighed."""

import msgspec

from models.recommend.direction import Direction
from models.recommend.mix import Mix
from models.recommend.repeats import Repeats


class Learned(msgspec.Struct, array_like=True):
    """All learned weights; see each."""

    repeats: Repeats
    mix: Mix
    direction: Direction

    @classmethod
    def nothing(cls) -> "Learned":
        """Before the first event."""
        return cls(Repeats.unknown(), Mix.unknown(), Direction())

    def check(self) -> None:
        """See that stored weights make sense.

        Raises:
            ValueError: They don't.
        """
        self.repeats.check()
        self.mix.check()
        self.direction.check()
