"""The pure functions alone: the worker's stepper over the same records, without Kafka and Redis.

Stages: `decode` the journal record, `load` a stored profile, `step` the processors (decisions at
triggers and timers included), `encode` what would be written.

    python -m bench.peers.pure TASK
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

from confluent_kafka import Consumer, TopicPartition

from bench import start
from bench.meter import Meter, tell
from bench.task import Task
from models.world import World
from schemas.codec import Codec
from schemas.keys import state_tag
from schemas.topics import Topology
from streams.cache import ProfileCache
from streams.pending import Pending, split_timer
from streams.prepared import Prepared
from streams.registry import Registry
from streams.stepper import Limits, Stepper, driven_now_ms
from streams.worker import sampling_of


@dataclass(frozen=True, slots=True)
class Record:
    """A journal record as the Kafka client would hand it over."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


@dataclass
class Stages:
    """CPU seconds by stage."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        """Add what the block takes to a stage."""
        began = process_time()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + process_time() - began


class PureLane:
    """A lane of which only the pure parts are left; state is a dict, the outbox nowhere."""

    def __init__(
        self, task: Task, partition: int, codec: Codec, registry: Registry, world: World
    ) -> None:
        settings = start.settings(task).worker
        tag = state_tag(task.namespace, partition)
        topology = Topology(task.namespace, task.partitions)
        cache = ProfileCache(settings.cache_profiles // task.partitions)
        limits = Limits(settings.max_commit_keys, settings.max_commit_bytes)
        self._stepper = Stepper(
            *(partition, tag, "journal", codec, registry, topology, cache, {}, limits),
            sampling=sampling_of(start.settings(task)),
        )
        self._chunk = settings.chunk_records
        self._world = world
        self._state = start.read_start(task, partition)
        self._clock_ms = 0
        self.left = 0

    def run(self, records: Sequence[Record], stages: Stages) -> None:
        """Step all records as the worker would."""
        for at in range(0, len(records), self._chunk):
            self._slice(records[at : at + self._chunk], stages)

    def _slice(self, records: Sequence[Record], stages: Stages) -> None:
        stepper = self._stepper
        with stages.time("decode"):
            prepared = stepper.prepare(records)
        with stages.time("load"):
            self._load([item.subscriber for item in prepared])
            for subscriber in stepper.contacts_wanted(prepared):
                stepper.put_contact(subscriber, self._state.contacts.get(subscriber))
        pending = stepper.begin(0)
        for at, item in enumerate(prepared):
            if item.name == "tick":
                self._commit(pending, stages)
                self._fire(int(item.event["at"]), stages)
                pending = stepper.begin(0)
            elif at == 0 or prepared[at - 1].name == "tick":
                with stages.time("step"):
                    self._step(prepared[at:], pending)
        self._commit(pending, stages)
        stepper.forget_batch()

    def _load(self, subscribers: Sequence[str]) -> None:
        for subscriber in self._stepper.missing(subscribers):
            self._stepper.put_loaded(subscriber, self._state.profiles.get(subscriber))

    def _step(self, items: Sequence[Prepared], pending: Pending) -> None:
        for item in items:
            if item.name == "tick":
                return
            now_ms = driven_now_ms(self._clock_ms, item.event)
            self._stepper.step(item, pending, now_ms, self._world)

    def _fire(self, at_ms: int, stages: Stages) -> None:
        while due := self._state.timers.take(at_ms):
            with stages.time("load"):
                self._load([split_timer(member)[1] for member, _ in due])
            pending = self._stepper.begin(0)
            with stages.time("step"):
                for member, due_ms in due:
                    self._stepper.fire(member, due_ms, pending, at_ms, self._world)
            self._commit(pending, stages)
        self._clock_ms = at_ms

    def _commit(self, pending: Pending, stages: Stages) -> None:
        with stages.time("encode"):
            self._stepper.finish(pending)
            pending.to_commit(self._stepper.tag, 0)
        self._state.timers.put(pending.timers.items())
        self._state.contacts.update(pending.contacts)
        self.left += len(pending.leaving)


def read_records(task: Task) -> dict[int, list[Record]]:
    """Read the measured stretch into memory, by partition."""
    journal = Topology(task.namespace, task.partitions).name("journal")
    consumer = Consumer({"bootstrap.servers": task.bootstrap_servers, "group.id": task.group})
    consumer.assign([TopicPartition(journal, p, offset) for p, offset in task.start.items()])
    records: dict[int, list[Record]] = {p: [] for p in task.start}
    left = sum(task.end[p] - offset for p, offset in task.start.items())
    while left > 0:
        for message in consumer.consume(1_000, 1.0):
            record = Record(
                message.offset(),
                message.timestamp()[1],
                message.key(),
                message.value(),
                tuple(message.headers() or ()),
            )
            records[message.partition()].append(record)
            left -= 1
    consumer.close()
    return records


def main(task: Task) -> None:
    """Step the measured stretch once, partition by partition."""
    codec, registry, world = start.codec(), start.registry(), start.world(task)
    records = read_records(task)
    lanes = {p: PureLane(task, p, codec, registry, world) for p in records}
    meter, stages = Meter(), Stages()
    meter.start()
    for partition, lane in lanes.items():
        lane.run(records[partition], stages)
    meter.stop()
    left = sum(lane.left for lane in lanes.values())
    tell(meter.measured(task.events, stages.seconds, {"left": left}))


if __name__ == "__main__":
    main(Task.read(Path(sys.argv[1])))
