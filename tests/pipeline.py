"""The pipeline's roles as real processes against real servers, for integration and fault tests."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import redis
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from runtime.settings import as_environment
from schemas.codec import Codec, Record
from schemas.emitter import Emitter
from schemas.keys import (
    codes_key,
    free_codes_key,
    meta_key,
    outbox_key,
    state_tag,
    timers_key,
    waiting_key,
)
from schemas.registry import BundledRegistry
from schemas.topic_admin import ensure_topics
from schemas.topics import Topology
from streams.ticks import write_ticks
from tests.narrow import Narrow
from tests.workload import Workload

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 240.0


def wait_until(
    condition: Callable[[], bool], what: str, patience_seconds: float = PATIENCE_SECONDS
) -> None:
    """Poll until the condition holds; fails, naming it, when it doesn't in time."""
    deadline = time.monotonic() + patience_seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {patience_seconds:g} s: {what}"
        time.sleep(0.05)


def _at_once(_share: float) -> None:
    """Wait for nothing."""


@dataclass
class Role:
    """One role's process.

    Attributes:
        may_end: Whether it may end by itself, since someone starts it again.
    """

    name: str
    process: "subprocess.Popen[bytes]"
    log: Path
    may_end: bool = False

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """SIGKILL, as a machine that loses power."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """SIGSTOP."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT."""
        self.process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """SIGTERM and wait for the drain; return the exit status."""
        self.process.send_signal(signal.SIGCONT)
        self.process.terminate()
        return self.ended()

    def ended(self) -> int:
        """Wait for the end of the drain; return the exit status."""
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def has_joined(self) -> bool:
        """Whether it has been given its partitions at least once."""
        return "partitions taken" in self.output()

    def output(self) -> str:
        """What it has logged."""
        return self.log.read_text(errors="replace")


@dataclass
class Pipeline:
    """An installation of its own: a namespace on shared servers, with its roles.

    Attributes:
        overrides: Settings by name, groups as mappings; see `runtime.settings`.
        partitions: The journal's.
        topics: `Topology` where members of intake share out the event topics.
    """

    kafka: KafkaServer
    state: RedisServer
    ledger: RedisServer
    folder: Path
    overrides: Mapping[str, Any] = field(default_factory=dict)
    partitions: int = 4
    topics: type[Topology] = Narrow
    namespace: str = field(default_factory=lambda: f"t{uuid.uuid4().hex[:10]}.")
    roles: list[Role] = field(default_factory=list)
    started: int = 0

    def __post_init__(self) -> None:
        self.topology = self.topics(self.namespace, self.partitions)
        self.codec = Codec(BundledRegistry())
        ensure_topics(self.client_config, self.topology)
        self.redis = redis.Redis.from_url(self.state.url)
        self._asking: dict[str, Consumer] = {}
        self._admin = AdminClient(self.client_config)
        self._ticking = Producer({**self.client_config, "enable.idempotence": True})

    @property
    def client_config(self) -> dict[str, Any]:
        """What any librdkafka client needs."""
        return {"bootstrap.servers": self.kafka.bootstrap_servers}

    def settings(self) -> dict[str, Any]:
        """The settings of every role."""
        plain: dict[str, Any] = {
            "namespace": self.namespace,
            "clock": "driven",
            "data_dir": self.folder,
            "kafka": {
                "bootstrap_servers": self.kafka.bootstrap_servers,
                "journal_partitions": self.partitions,
                "session_timeout_seconds": 6,
                "heartbeat_seconds": 1,
            },
            "redis": {"state_url": self.state.url, "ledger_url": self.ledger.url},
        }
        for name, value in self.overrides.items():
            if isinstance(value, Mapping):
                plain[name] = {**plain.get(name, {}), **value}
            else:
                plain[name] = value
        return plain

    def environment(self) -> dict[str, str]:
        """The variables a role is started with."""
        plain = as_environment(self.settings())
        return {**os.environ, **plain, "PYTHONFAULTHANDLER": "1"}

    def start(self, role: str, *arguments: str) -> Role:
        """Start a role's process."""
        command = [str(Path(sys.executable).parent / "nextbest"), role, *arguments]
        return self.start_command(role, command)

    def start_command(self, role: str, command: list[str]) -> Role:
        """Start a process that is a role with the settings in its environment."""
        self.started += 1
        log = self.folder / f"{role}-{self.started}.log"
        with log.open("ab") as out:
            process = subprocess.Popen(
                command, env=self.environment(), cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
            )
        started = Role(role, process, log)
        self.roles.append(started)
        return started

    def wait_until(self, condition: Callable[[], bool], what: str) -> None:
        """Poll until the condition holds; fails at once when a role has ended by itself."""

        def check() -> bool:
            for role in self.roles:
                ended = role.process.poll() not in (None, 0, -signal.SIGKILL, -signal.SIGTERM)
                if ended and not role.may_end:
                    raise AssertionError(
                        f"{role.name} ended by itself with {role.process.returncode}:\n"
                        f"{role.output()[-4000:]}"
                    )
            return condition()

        try:
            wait_until(check, what)
        except AssertionError as error:
            for role in self.roles:  # or nobody could tell why from a run elsewhere
                error.add_note(f"--- {role.name} {role.process.pid}, its last lines:")
                error.add_note(role.output()[-3000:])
            raise

    def stop(self) -> None:
        """End all roles as an operator would, at the same time."""
        for role in self.roles:
            role.process.terminate()
        for role in self.roles:
            assert role.ended() == 0, role.output()

    def end(self) -> None:
        """Kill whatever still runs."""
        for role in self.roles:
            if role.alive:
                role.process.send_signal(signal.SIGCONT)
                role.kill()
        self.redis.close()
        for asking in self._asking.values():
            asking.close()

    # --- writing -------------------------------------------------------------------------

    def emitter(self) -> Emitter:
        """A product app's emitter."""
        return Emitter(self.client_config, topology=self.topology)

    def tick(self, at_ms: int) -> None:
        """Drive the clock."""
        write_ticks(self._ticking, self.topology, self.codec, at_ms)

    def record(self, workload: Workload, before: Callable[[float], None] = _at_once) -> None:
        """Have intake journal a workload, a tick after each step, and end it again.

        Args:
            before: Called before each step with the share of steps done; may wait.
        """
        intake = self.start("intake")
        with self.emitter() as emitter:
            for number, (closing_ms, events) in enumerate(workload.steps()):
                before(number / workload.hours)
                for name, event in events:
                    emitter.emit(name, event)
                emitter.flush(30)
                self.wait_until(self.intake_caught_up, "intake has journaled the step")
                self.tick(closing_ms)
        assert intake.stop() == 0, intake.output()

    def forget_state(self) -> None:
        """Delete all state: the next workers begin at the journal's start."""
        for partition in range(self.partitions):
            tag = state_tag(self.namespace, partition)
            keys = list(self.redis.scan_iter(f"{tag}:*", count=1_000))
            if keys:
                self.redis.delete(*keys)

    # --- reading -------------------------------------------------------------------------

    def ends(self, topic: str) -> dict[int, int]:
        """The end offset of each partition of a topic, by its short name."""
        found = self._ends([self.topology.name(topic)])
        return {place.partition: end for place, end in found.items()}

    def _ends(self, topics: Iterable[str]) -> dict[TopicPartition, int]:
        """The end offset of each partition of topics, asked for at once."""
        asked = {
            TopicPartition(name, partition): OffsetSpec.latest()
            for name in topics
            for partition in range(self.topology.partitions(self.topology.declared(name)))
        }
        futures = self._admin.list_offsets(asked, request_timeout=10)
        return {place: future.result().offset for place, future in futures.items()}

    def messages(self, topic: str) -> Iterator[Any]:
        """Every message a topic now holds, partition by partition."""
        name = self.topology.name(topic)
        consumer = self._asker("unused")
        for partition, end in self.ends(topic).items():
            consumer.assign([TopicPartition(name, partition, 0)])
            position = 0
            while position < end:
                # No more than there are: it waits for as many as it is asked for.
                for message in consumer.consume(min(1_000, end - position), 0.2):
                    assert message.error() is None, message.error()
                    position = message.offset() + 1
                    yield message
        consumer.close()

    def records(self, topic: str) -> list[Record]:
        """Every record a topic now holds, decoded."""
        return [self.codec.decode(message.value())[1] for message in self.messages(topic)]

    def applied(self) -> dict[int, int]:
        """The stored offset of each journal partition."""
        tags = {p: state_tag(self.namespace, p) for p in range(self.partitions)}
        return {p: int(self.redis.hget(meta_key(tag), "offset") or 0) for p, tag in tags.items()}

    def caught_up(self) -> bool:
        """Whether the workers have committed all that the journal holds."""
        return self.applied() == self.ends("journal")

    def intake_caught_up(self) -> bool:
        """Whether intake's group has acknowledged all that the event topics hold."""
        ends = self._ends(self.topology.event_topics)
        try:
            committed = self._group("intake").committed(list(ends), timeout=10)
        except KafkaException:  # the group's coordinator is still being made
            return False
        return all(place.offset == ends[place] for place in committed if ends[place])

    def committed(self, role: str, topic: str) -> dict[int, int]:
        """The committed offsets of a role's group: what lag exporters see."""
        name = self.topology.name(topic)
        wanted = [TopicPartition(name, p) for p in self.ends(topic)]
        try:
            found = self._group(role).committed(wanted, timeout=10)
        except KafkaException:  # the group's coordinator is still being made
            return {}
        return {place.partition: max(0, place.offset) for place in found}

    def _group(self, role: str) -> Consumer:
        """A consumer by which a role's group is asked for its offsets, never joined."""
        if role not in self._asking:
            self._asking[role] = self._asker(f"{self.namespace}nextbest-{role}")
        return self._asking[role]

    def _asker(self, group: str) -> Consumer:
        return Consumer({**self.client_config, "group.id": group, "enable.auto.commit": False})

    def state_digest(self) -> dict[str, str]:
        """Checksums of profiles, contacts, timers, codes and waiting lists, by partition."""
        digests: dict[str, str] = {}
        for partition in range(self.partitions):
            tag = state_tag(self.namespace, partition)
            for kind in ("s", "c"):
                keys = sorted(self.redis.scan_iter(f"{tag}:{kind}:*", count=1_000))
                values = self.redis.mget(keys) if keys else []
                pairs = zip(keys, values, strict=True)
                plain = b"".join(k.removeprefix(tag.encode()) + v for k, v in pairs)
                digests[f"{kind}{partition}"] = f"{len(keys)} {sha256(plain).hexdigest()}"
            timers = self.redis.zrange(timers_key(tag), 0, -1, withscores=True)
            hashed = sha256(repr(timers).encode()).hexdigest()
            digests[f"timers{partition}"] = f"{len(timers)} {hashed}"
            codes = sorted(self.redis.hgetall(codes_key(tag)).items())
            free = self.redis.zrange(free_codes_key(tag), 0, -1)
            hashed = sha256(repr((codes, free)).encode()).hexdigest()
            digests[f"codes{partition}"] = f"{len(codes)} {len(free)} {hashed}"
            waiting = self.redis.zrange(waiting_key(tag), 0, -1)
            hashed = sha256(repr(waiting).encode()).hexdigest()
            digests[f"waiting{partition}"] = f"{len(waiting)} {hashed}"
        return digests

    def outboxes(self) -> int:
        """How many records wait in the outboxes."""
        tags = [state_tag(self.namespace, p) for p in range(self.partitions)]
        return sum(int(self.redis.hlen(outbox_key(tag))) for tag in tags)

    def unique(self, topic: str, *keys: str) -> dict[str, bytes]:
        """The values of a topic by their ids; asserts that repeats of them are the same bytes."""
        found: dict[str, bytes] = {}
        for message in self.messages(topic):
            record = self.codec.decode(message.value())[1]
            identity = " ".join(record.get(key, "") for key in keys)
            earlier = found.setdefault(identity, message.value())
            assert earlier == message.value(), f"two different records under {identity}"
        return found
