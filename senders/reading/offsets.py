"""Which offset of each partition may be committed: up to the first decision still under way."""

from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass(slots=True)
class _Partition:
    generation: int
    next_expected: int
    committed: int
    under_way: set[int] = field(default_factory=set)
    order: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a taken record stood; `generation` tells assignments of one partition apart."""

    partition: int
    generation: int
    offset: int


class LowWatermarks:
    """Tracks taken and finished offsets of the assigned partitions. Pure; not thread-safe."""

    def __init__(self) -> None:
        self._partitions: dict[int, _Partition] = {}
        self._generation = 0

    def assign(self, partition: int) -> None:
        """Begin an assignment of a partition; an earlier one is forgotten."""
        self._generation += 1
        self._partitions[partition] = _Partition(self._generation, -1, -1)

    def revoke(self, partition: int) -> None:
        """End an assignment: what was taken in it no longer counts."""
        self._partitions.pop(partition, None)

    def has(self, partition: int) -> bool:
        """Whether the partition is assigned."""
        return partition in self._partitions

    def take(self, partition: int, offset: int) -> Place:
        """Count a record as under way.

        Raises:
            KeyError: The partition is not assigned.
        """
        state = self._partitions[partition]
        state.under_way.add(offset)
        heappush(state.order, offset)
        state.next_expected = max(state.next_expected, offset + 1)
        return Place(partition, state.generation, offset)

    def is_ours(self, place: Place) -> bool:
        """Whether the assignment in which the record was taken still stands."""
        state = self._partitions.get(place.partition)
        return state is not None and state.generation == place.generation

    def finish(self, place: Place) -> None:
        """Count a record as finished; one of an ended assignment changes nothing."""
        state = self._partitions.get(place.partition)
        if state is not None and state.generation == place.generation:
            state.under_way.discard(place.offset)

    def committable(self) -> dict[int, int]:
        """The next offset to commit, by partition, where it moved since `committed`."""
        found: dict[int, int] = {}
        for partition, state in self._partitions.items():
            while state.order and state.order[0] not in state.under_way:
                heappop(state.order)
            low = state.order[0] if state.order else state.next_expected
            if low > state.committed:
                found[partition] = low
        return found

    def committed(self, partition: int, offset: int) -> None:
        """Note that `offset` was committed."""
        state = self._partitions.get(partition)
        if state is not None:
            state.committed = max(state.committed, offset)

    @property
    def under_way(self) -> int:
        """How many records are taken and not finished."""
        return sum(len(state.under_way) for state in self._partitions.values())
