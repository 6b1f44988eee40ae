"""Taking over what is learned from: one partition of one topic, its state restored."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic

from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Codec
from schemas.topics import Topology
from streams.producer import AsyncProducer
from streams.state import PartitionState
from streams.takeover import stored_offset, take_over
from streams.training.lane import Learns, TrainingLane
from streams.training.reader import TopicReader


@dataclass(slots=True)
class Trainer(ABC, Generic[Learns]):
    """Makes the lane of a topic with a single partition.

    Attributes:
        topic: The topic as declared.
        records: The names of records that belong into it.
        identity: What the state must belong to: ids of the cluster and of the topic.
    """

    topic: ClassVar[str]
    records: ClassVar[tuple[str, ...]]

    settings: Settings
    redis: Any
    producer: AsyncProducer
    codec: Codec
    topology: Topology
    metrics: Metrics
    identity: Mapping[str, str]

    @property
    @abstractmethod
    def tag(self) -> str:
        """The hash tag that its state lies under."""

    @abstractmethod
    async def restore(self, state: PartitionState) -> Learns:
        """What was learned, as stored last."""

    async def make_lane(self, partition: int, generation: int) -> TrainingLane[Learns]:
        """Take the partition over and go on from what is stored.

        Raises:
            StopError: It can't be taken over, or what is stored can't be read.
        """
        taken = await take_over(self.redis, self.producer, self.tag, generation, self.identity)
        return TrainingLane(
            learning=await self.restore(taken.state),
            reader=TopicReader(self.codec, self.topology, self.metrics, self.topic, self.records),
            state=taken.state,
            outbox=taken.outbox,
            partition=partition,
            offset=taken.found.offset,
        )

    async def stored_offset(self, _partition: int) -> int:
        """Read the stored offset without taking over."""
        return await stored_offset(self.redis, self.tag)
