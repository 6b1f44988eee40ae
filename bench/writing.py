"""Writing the journal and the event topics as intake and product apps do, only faster."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from confluent_kafka import Producer

from bench.shoppers import Event, catalog
from runtime.metrics import Metrics
from schemas.codec import Codec
from schemas.emitter import Emitter
from schemas.keys import subscriber_key
from schemas.registry import BundledRegistry
from schemas.source import SOURCE_HEADER
from schemas.topics import Topology
from streams.journal import Journaling

_SOURCE_PARTITIONS = 4
_FLUSH_SECONDS = 120.0
_POLL_EVERY = 1_000
_NOW_MS = 4_102_444_800_000
"""2100: the simulated weeks are no future to `check_event`, whenever this is run."""


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """An event in its source topic, as intake would read it."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class JournalWriter:
    """Writes events into the journal with intake's own pure part, and ticks."""

    def __init__(self, client_config: Mapping[str, str], topology: Topology) -> None:
        self.producer = make_producer(client_config)
        self._codec = Codec(BundledRegistry())
        self._topology = topology
        self._journaling = Journaling(
            self._codec,
            topology,
            {name: f"id-{name}" for name in topology.event_topics},
            Metrics(),
        )
        self._offsets: Counter[tuple[str, int]] = Counter()
        self._written = 0

    def write(self, events: Iterable[Event]) -> None:
        """Write events as if read from their topics, spread over those's partitions."""
        for name, event in events:
            topic = self._topology.for_record(name)
            partition = self._written % _SOURCE_PARTITIONS
            offset = self._offsets[topic, partition]
            self._offsets[topic, partition] += 1
            value = self._codec.encode(name, event)
            record = SourceRecord(offset, event["occurred_at"], None, value)
            leaving = self._journaling.journal(topic, partition, record, _NOW_MS)
            assert leaving.topic == self._topology.name("journal"), "a bad event was generated"
            self.producer.produce(
                leaving.topic,
                leaving.value,
                leaving.key,
                partition=leaving.partition,
                headers=[(SOURCE_HEADER, leaving.source)],
            )
            self._written += 1
            if self._written % _POLL_EVERY == 0:
                self.producer.poll(0)

    def tick(self, at_ms: int) -> None:
        """Say in every partition what time it is."""
        value = self._codec.encode("tick", {"at": at_ms})
        for partition in range(self._topology.journal_partitions):
            self.producer.produce(self._topology.name("journal"), value, partition=partition)

    def flush(self) -> None:
        """Wait until everything stands in the log."""
        left = self.producer.flush(_FLUSH_SECONDS)
        assert left == 0, f"{left} records could not be written"


def make_producer(client_config: Mapping[str, str]) -> Producer:
    """An idempotent producer with the roles' compression, and room for a whole hour."""
    return Producer(
        {
            **client_config,
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 20,
            "log_level": 2,  # a broker just started has the producer wait for its id, noisily
            "queue.buffering.max.messages": 2_000_000,
        }
    )


_codec = Codec(BundledRegistry())


def write_events(producer: Producer, topology: Topology, events: Iterable[Event]) -> None:
    """Write events into their own topics, keyed by subscriber, as product apps do."""
    for name, event in events:
        producer.produce(
            topology.for_record(name), _codec.encode(name, event), subscriber_key(event).encode()
        )
    producer.poll(0)


def write_catalog(client_config: Mapping[str, str], topology: Topology) -> None:
    """Write every product."""
    with Emitter(client_config, topology=topology) as emitter:
        for product in catalog():
            emitter.emit("catalog", product)
