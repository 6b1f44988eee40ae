"""Where the peers run: Kafka with the events written, Redis with the state that precedes them.

Once, unmeasured: topics, a catalog, a journal of warm-up weeks which the real worker applies, then
the journal of the measured hours behind it, and the same events in the event topics of a namespace
of intake's own. Each run of a peer then starts on a fresh copy of the warm state.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic, OffsetSpec

from bench.children import Child, wait_until
from bench.shoppers import Shoppers
from bench.task import Task
from bench.writing import JournalWriter, write_catalog, write_events
from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from schemas.keys import meta_key, outbox_key, state_tag, trainer_tag
from schemas.topic_admin import ensure_topics
from schemas.topics import Topology
from streams.snapshots import pointer_key

PARTITIONS = 8
NAMESPACE = "bench."
INTAKE_NAMESPACE = "bench.intake."
_COPY = ("appendonlydir",)


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is run.

    Attributes:
        events: Measured events.
        people: Subscribers.
        hours: Simulated hours the measured events take.
        warm_hours: Simulated hours before them, with as many events again.
        stock_events: The first so many events, for stock Faust.
    """

    events: int
    people: int
    hours: int
    warm_hours: int
    stock_events: int


@dataclass
class Ground:
    """Servers and topics of a whole benchmark; made ready by `prepare`."""

    kafka: KafkaServer
    folder: Path
    scale: Scale
    start: dict[int, int] = field(default_factory=dict)
    end: dict[int, int] = field(default_factory=dict)
    _runs: int = 0

    def __post_init__(self) -> None:
        self.topology = Topology(NAMESPACE, PARTITIONS)
        self.intake_topology = Topology(INTAKE_NAMESPACE, PARTITIONS)
        self.admin = AdminClient(self.client_config)

    @property
    def client_config(self) -> dict[str, str]:
        """What any librdkafka client needs."""
        return {"bootstrap.servers": self.kafka.bootstrap_servers}

    # --- preparing -----------------------------------------------------------------------

    def prepare(self, say: Callable[[str], None]) -> None:
        """Write everything and let the worker make the warm state."""
        scale, shoppers = self.scale, Shoppers(self.scale.people)
        for topology in (self.topology, self.intake_topology):
            ensure_topics(self.client_config, topology)
        write_catalog(self.client_config, self.topology)
        writer = JournalWriter(self.client_config, self.topology)
        say("writing the warm-up journal")
        writer.write(shoppers.join())
        for closes_ms, events in shoppers.stretch(0, scale.warm_hours, scale.events):
            writer.write(events)
            writer.tick(closes_ms)
        writer.flush()
        self.start = self.ends("journal")
        say("the worker makes the warm state")
        self._warm_up()
        say("writing the measured journal and event topics")
        for closes_ms, events in shoppers.stretch(scale.warm_hours, scale.hours, scale.events):
            writer.write(events)
            writer.tick(closes_ms)
            write_events(writer.producer, self.intake_topology, events)
        writer.flush()
        self.end = self.ends("journal")

    def _warm_up(self) -> None:
        with RedisServer(self.folder / "warm", "state") as state:
            task = self.task(state, events=0)
            with Child("bench.peers.role", task, self.folder, "worker") as child:
                wait_until(
                    lambda: self.applied(state) == self.start,
                    child,
                    "the warm-up journal is applied",
                )
                wait_until(lambda: self.outboxes(state) == 0, child, "the outboxes are empty")
                child.mark()
                child.stop()
            task = self.task(state, events=0)
            with Child("bench.peers.role", task, self.folder, "trainer") as child:
                wait_until(lambda: self._trained(state), child, "the outcomes are learned")
                child.mark()
                child.stop()

    def _trained(self, state: RedisServer) -> bool:
        with redis.Redis.from_url(state.url) as client:
            offset: Any = client.hget(meta_key(trainer_tag(NAMESPACE)), "offset")
            published = bool(client.exists(pointer_key(NAMESPACE)))
        return published and int(offset or 0) == sum(self.ends("outcomes").values())

    # --- running -------------------------------------------------------------------------

    @contextmanager
    def state(self) -> Iterator[RedisServer]:
        """Redis with a fresh copy of the warm state."""
        self._runs += 1
        data_dir = self.folder / f"state-{self._runs}"
        for name in _COPY:
            shutil.copytree(self.folder / "warm" / name, data_dir / name)
        with RedisServer(data_dir, "state") as server:
            yield server
        shutil.rmtree(data_dir)

    def task(
        self, state: RedisServer, *, events: int | None = None, namespace: str = NAMESPACE
    ) -> Task:
        """Tell a peer what to do."""
        self._runs += 1
        return Task(
            bootstrap_servers=self.kafka.bootstrap_servers,
            state_url=state.url,
            namespace=namespace,
            partitions=PARTITIONS,
            start=self.start,
            end=self.end,
            events=self.scale.events if events is None else events,
            group=f"bench-{self._runs}",
            data_dir=str(self.folder / "data"),
        )

    # --- looking -------------------------------------------------------------------------

    def ends(self, topic: str, topology: Topology | None = None) -> dict[int, int]:
        """The end offset of each partition of a declared topic."""
        topology = topology or self.topology
        name = topology.name(topic)
        count = topology.partitions(topology.declared(name))
        wanted = {TopicPartition(name, p): OffsetSpec.latest() for p in range(count)}
        found = self.admin.list_offsets(wanted)
        return {place.partition: future.result().offset for place, future in found.items()}

    def applied(self, state: RedisServer) -> dict[int, int]:
        """The stored offset of each journal partition."""
        keys = [meta_key(state_tag(NAMESPACE, p)) for p in range(PARTITIONS)]
        with redis.Redis.from_url(state.url) as client, client.pipeline() as pipe:
            for key in keys:
                pipe.hget(key, "offset")
            return {p: int(offset or 0) for p, offset in enumerate(pipe.execute())}

    def outboxes(self, state: RedisServer) -> int:
        """How many records wait in the outboxes."""
        keys = [outbox_key(state_tag(NAMESPACE, p)) for p in range(PARTITIONS)]
        with redis.Redis.from_url(state.url) as client:
            return sum(int(client.hlen(key)) for key in keys)

    # --- groups and topics of single runs ------------------------------------------------

    def forget_group(self, group: str) -> None:
        """Have a group begin at its topics' start again; there may be no such group."""
        known = {listing.group_id for listing in self.admin.list_consumer_groups().result().valid}
        if group in known:
            self.admin.delete_consumer_groups([group])[group].result()

    def begin_group(self, task: Task) -> None:
        """Have a new group begin at the measured events."""
        consumer = Consumer({**self.client_config, "group.id": task.group})
        journal = self.topology.name("journal")
        places = [TopicPartition(journal, p, offset) for p, offset in task.start.items()]
        consumer.commit(offsets=places, asynchronous=False)
        consumer.close()

    def make_topics(self, names: Mapping[str, Mapping[str, str]]) -> None:
        """Make topics of a single run, by name and configuration."""
        wanted = [
            NewTopic(name, num_partitions=PARTITIONS, replication_factor=1, config=dict(config))
            for name, config in names.items()
        ]
        for future in self.admin.create_topics(wanted).values():
            future.result()
        deadline = time.monotonic() + 30
        while not all(name in self.admin.list_topics(timeout=10).topics for name in names):
            assert time.monotonic() < deadline, f"not made in time: {', '.join(names)}"
            time.sleep(0.05)
