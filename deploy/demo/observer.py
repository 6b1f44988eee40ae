"""Reading every topic along, outside any group: what really stands in Kafka, and since when.

The demo waits and accounts by this, not by what the pipeline says of itself.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from deploy.demo.errors import DemoError
from schemas.codec import Codec
from schemas.source import SOURCE_HEADER, unpack_source
from schemas.topics import TOPICS, Topology

_UNACCOUNTED = frozenset({"catalog", "interactions"})
"""Topics in which no single event is to be found again."""
Place = tuple[str, int]
"""A topic's full name and a partition."""

_BATCH = 2_000
_ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Decided:
    """What is kept of a decision.

    Attributes:
        timestamp_ms: Kafka's timestamp of it, wall clock.
        trigger_ms: The same of the event or tick that led to it; None where it isn't known.
        template: What is to be rendered; empty for a hold and a wait.
        waits: Whether the rest was put off to a better hour.
    """

    send: bool
    flow: str
    template: str
    reason: str
    timestamp_ms: int
    trigger_ms: int | None
    waits: bool = False


class Observer:
    """Follows all topics but the catalog.

    Args:
        config: librdkafka's configuration, at least `bootstrap.servers`.
        topology: Topic names and the journal's partition count.
        codec: Decodes decisions, deliveries and dead letters; of events only the id is read.

    Attributes:
        positions: How far each partition has been read: the next offset.
        journaled: Event id to its journal records, repeats of a source offset left out.
        dead: Topic, partition and offset of each dead letter to its reason.
        decisions: By id.
        repeated_decisions: Records of a decision seen before (a crash repeats them).
        undelivered: Ids of decisions to send without a delivery event so far.
        deliveries: Decision id to the status of its first delivery event.
        bounced: Decisions of which a delivery event says that the mail came back.
        complained: Decisions of which one says that the mail was called spam.
        from_shoppers: Event records but deliveries: emitted by shoppers, or by the web for them.
        outcomes: Outcomes that left; labels, which share their topic, left out.
    """

    def __init__(self, config: Mapping[str, Any], topology: Topology, codec: Codec) -> None:
        self._topology = topology
        self._codec = codec
        self._events = frozenset(topology.event_topics)
        self._journal = topology.name("journal")
        self._delivery = topology.name("events.delivery")
        self.positions: dict[Place, int] = {}
        self._admin = AdminClient(dict(config))
        on_broker = self._admin.list_topics(timeout=_ANSWER_SECONDS).topics
        for topic in TOPICS:
            if topic.name not in _UNACCOUNTED:
                name = topology.name(topic.name)
                self.positions.update({(name, p): 0 for p in on_broker[name].partitions})
        self._covered: dict[Place, set[int]] = defaultdict(set)
        self._events_read = 0
        self._events_covered = 0
        self._event_ms: dict[str, int] = {}
        self._tick_ms: dict[int, int] = {}
        self._left: set[int] = set()
        self.journaled: Counter[str] = Counter()
        self.dead: dict[tuple[str, int, int], str] = {}
        self.decisions: dict[str, Decided] = {}
        self.repeated_decisions = 0
        self.holds: Counter[str] = Counter()
        self.undelivered: set[str] = set()
        self.deliveries: dict[str, str] = {}
        self.bounced: set[str] = set()
        self.complained: set[str] = set()
        self.from_shoppers = 0
        self.outcomes = 0
        self._handlers = {
            self._journal: self._on_journal,
            topology.name("decisions"): self._on_decision,
            topology.name("outcomes"): self._on_outcome,
            topology.name("dead-letters"): self._on_dead_letter,
        }
        self._consumer = Consumer(
            {
                **config,
                "group.id": "nextbest-demo-observer-unused",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "queued.min.messages": 20_000,
            }
        )
        self._consumer.assign([TopicPartition(t, p, 0) for t, p in self.positions])

    def close(self) -> None:
        """Let go of the brokers."""
        self._consumer.close()

    # --- reading -------------------------------------------------------------------------

    def read(self, timeout_seconds: float = 0.0) -> int:
        """Take in all that has been fetched; wait up to the timeout for the first of it."""
        count = 0
        while messages := self._consumer.consume(_BATCH, 0.0 if count else timeout_seconds):
            for message in messages:
                self._take(message)
            count += len(messages)
        return count

    def behind(self) -> list[Place]:
        """List the partitions whose log goes on after what was read.

        Tansu answers with the start of the last batch instead of the log's end; whoever has read
        the start of a batch has been sent all of it, so `read` once more makes up for that.
        """
        wanted = {TopicPartition(t, p): OffsetSpec.latest() for t, p in self.positions}
        asked = self._admin.list_offsets(wanted, request_timeout=_ANSWER_SECONDS)
        ends = {(tp.topic, tp.partition): future.result().offset for tp, future in asked.items()}
        return [place for place, end in ends.items() if self.positions[place] < end]

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            raise DemoError(f"reading {message.topic()} failed: {error.str()}")
        topic, partition, offset = message.topic(), message.partition(), message.offset()
        assert topic is not None
        assert partition is not None
        assert offset is not None
        self.positions[topic, partition] = offset + 1
        handler = self._handlers.get(topic)
        if handler is not None:
            handler(message)
        else:
            self._on_event(topic, message)

    # --- events and the journal ----------------------------------------------------------

    def _on_event(self, topic: str, message: Message) -> None:
        self._events_read += 1
        if topic == self._delivery:
            _, record = self._codec.decode(message.value())
            self._on_delivery(record["decision_id"], record["status"])
            return
        self.from_shoppers += 1
        event_id = event_id_of(message.value())
        if event_id is not None:
            self._event_ms.setdefault(event_id, message.timestamp()[1])

    def _on_delivery(self, decision_id: str, status: str) -> None:
        self.deliveries.setdefault(decision_id, status)
        self.undelivered.discard(decision_id)
        if status == "bounced":
            self.bounced.add(decision_id)
        elif status == "complained":
            self.complained.add(decision_id)

    def _on_journal(self, message: Message) -> None:
        header = next((v for k, v in message.headers() or () if k == SOURCE_HEADER), None)
        if header is None or isinstance(header, str):  # only ticks have none
            _, tick = self._codec.decode(message.value())
            self._tick_ms[tick["at"]] = message.timestamp()[1]
            return
        source = unpack_source(header)
        if source.topic not in self._events:
            self._left.add(hash(message.value()))  # handed on within the journal, by a worker
        elif self._cover(source.topic, source.partition, source.offset):
            event_id = event_id_of(message.value())
            assert event_id is not None, "intake journals only what it could decode"
            self.journaled[event_id] += 1

    def _cover(self, topic: str, partition: int, offset: int) -> bool:
        covered = self._covered[topic, partition]
        before = len(covered)
        covered.add(offset)
        self._events_covered += len(covered) - before
        return len(covered) > before

    def intake_lag(self) -> int:
        """How many event records read so far stand neither in the journal nor as dead letters."""
        return self._events_read - self._events_covered

    def journal_positions(self) -> list[int]:
        """The next offset of each journal partition."""
        count = self._topology.journal_partitions
        return [self.positions[self._journal, partition] for partition in range(count)]

    # --- what leaves the workers ---------------------------------------------------------

    def has_left(self, value: bytes) -> bool:
        """Whether these bytes stand in one of the topics that workers write to."""
        return hash(value) in self._left

    def _on_decision(self, message: Message) -> None:
        value = message.value()
        self._left.add(hash(value))
        _, record = self._codec.decode(value)
        decision_id = record["decision_id"]
        if decision_id in self.decisions:
            self.repeated_decisions += 1
            return
        trigger = record["trigger"]
        if trigger["kind"] == "event":
            led = self._event_ms.get(trigger["id"])
        else:
            led = self._tick_ms.get(record["decided_at"])
        send, waits = record["action"] == "send", record["action"] == "wait"
        reason = record["reasons"][0] if record["reasons"] else "unknown"
        if record["action"] == "hold":
            self.holds[reason] += 1
        # The two topics are read in no common order.
        if send and decision_id not in self.deliveries:
            self.undelivered.add(decision_id)
        self.decisions[decision_id] = Decided(
            send, record["flow"], record["message"], reason, message.timestamp()[1], led, waits
        )

    def _on_outcome(self, message: Message) -> None:
        self._left.add(hash(message.value()))
        self.outcomes += self._codec.decode(message.value())[0] == "outcome"

    def _on_dead_letter(self, message: Message) -> None:
        self._left.add(hash(message.value()))
        _, letter = self._codec.decode(message.value())
        place = (letter["topic"], letter["partition"], letter["offset"])
        self.dead[place] = letter["reason"]
        if letter["topic"] in self._events and letter["stage"] == "intake":
            self._cover(*place)


def event_id_of(value: bytes | None) -> str | None:
    """Read the id of an event without decoding the rest of it; None for what isn't an event.

    `event_id` is the first field of every event: after the five bytes of the header stands its
    length as a zigzag varint (Avro 1.12, "Binary encoding"), of one or two bytes here.
    """
    if not value or len(value) < 7 or value[0] != 0:
        return None
    length, start = value[5], 6
    if length & 0x80:
        length, start = (length & 0x7F) | value[6] << 7, 7
    end = start + (length >> 1)
    if length & 1 or end > len(value) or (start == 7 and value[6] & 0x80):
        return None
    try:
        return value[start:end].decode()
    except UnicodeDecodeError:
        return None
