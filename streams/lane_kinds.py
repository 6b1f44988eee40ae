"""A role whose topics have lanes of different kinds: each topic's own take over what is theirs."""

from collections.abc import Mapping
from dataclasses import dataclass

from faust.types import TP

from streams.lanes import Lanes
from streams.transport import ChunkConsumer


@dataclass(frozen=True, slots=True)
class EachPositions:
    """Where to read from, of a role whose topics have lanes of different kinds."""

    kinds: tuple[Lanes, ...]

    async def recover(
        self, consumer: ChunkConsumer, assigned: set[TP], generation: int
    ) -> Mapping[TP, int]:
        """Take over what is assigned of every kind; see `Lanes.recover`."""
        found: dict[TP, int] = {}
        for lanes in self.kinds:
            found |= await lanes.recover(consumer, assigned, generation)
        return found

    async def look_up(self, consumer: ChunkConsumer, assigned: set[TP]) -> Mapping[TP, int]:
        """Tell stored offsets of every kind; see `Lanes.look_up`."""
        found: dict[TP, int] = {}
        for lanes in self.kinds:
            found |= await lanes.look_up(consumer, assigned)
        return found
