"""Gathering what people do with products, so that it leaves as one record of each write.

The record leaves through the outbox of the write that applies the events, so each counts once;
what the outbox repeats after a crash is known by its journal offset.
"""

from models.person.profile import Profile
from models.recommend.facts import TELLING, told
from models.recommend.sampling import Sampling
from models.step import Record
from schemas.codec import Codec
from schemas.topics import Topology
from streams.commit import Leaving
from streams.pending import Pending

MOST_BYTES = 200_000
"""What one write tells of; the sample leaves out what comes beyond. A view takes some 40 bytes."""
_EACH_BYTES, _PRODUCT_BYTES = 20, 42
"""Most bytes of one without its products, and of one product."""


class Gatherer:
    """Gathers for one journal partition.

    Args:
        partition: The partition's number.
        journal_id: The journal's topic id.
        codec: Encodes the record.
        topology: Where it goes.
        sampling: Whose interactions are gathered.
    """

    def __init__(
        self,
        partition: int,
        journal_id: str,
        codec: Codec,
        topology: Topology,
        sampling: Sampling,
    ) -> None:
        self._partition = partition
        self._journal_id = journal_id
        self._codec = codec
        self._topic = topology.name("interactions")
        self.sampling = sampling

    def note(
        self,
        name: str,
        event: Record,
        profile: Profile,
        subscriber: str,
        timestamp_ms: int,
        pending: Pending,
    ) -> None:
        """Note an event just applied, if its person is in the sample.

        Args:
            timestamp_ms: The journal record's.
        """
        if name not in TELLING or not self.sampling.takes(subscriber, timestamp_ms):
            return
        found = told(name, event, profile, subscriber)
        if found is not None and pending.interactions_bytes < MOST_BYTES:
            pending.interactions.append(found)
            products = len(found["products"]) + len(found["before"])
            pending.interactions_bytes += _EACH_BYTES + _PRODUCT_BYTES * products

    def leave(self, pending: Pending) -> None:
        """Have what was noted leave with the write; asked once, right before it."""
        if not pending.interactions:
            return
        record = {
            "journal_id": self._journal_id,
            "partition": self._partition,
            "until": pending.next_offset,
            "interactions": pending.interactions,
        }
        value = self._codec.encode("interactions", record)
        pending.leave(Leaving(self._topic, str(self._partition).encode(), value))
        pending.tally.interactions = len(pending.interactions)
