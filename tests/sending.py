"""Senders on real servers: contacts and decisions put there by hand, roles as processes."""

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from runtime.setting_values import PREFLIGHT_CHECKS
from runtime.settings import Settings, as_environment, load_settings
from schemas.codec import Codec, Record
from schemas.keys import contact_key, journal_partition, state_tag
from schemas.registry import BundledRegistry
from schemas.topic_admin import ensure_topics
from senders.reading.batches import take_batch
from tests.narrow import Narrow
from tests.pipeline import Role, wait_until

ROOT = Path(__file__).parents[1]
LINK_SECRET = "a-secret-for-tests-only"
HOUR_MS = 3_600_000


def now_ms() -> int:
    """The wall clock."""
    return time.time_ns() // 1_000_000


def contact(subscriber: str, address: str | None, **changes: Any) -> Record:
    """A contact who consented."""
    since = now_ms() - HOUR_MS
    consent = {"granted": True, "at": since, "source": "form", "text_version": "1"}
    return {
        "subscriber_id": subscriber,
        "address": address,
        "locale": None,
        "time_zone": None,
        "attributes": {"first_name": "Ann"},
        "consent": {"marketing": consent},
        "preferences": {},
        "updated_at": since,
        "cancelled": {},
        **changes,
    }


def decision(subscriber: str, **changes: Any) -> Record:
    """A decision to send a cart reminder."""
    now = now_ms()
    decision_id = uuid.uuid4().hex
    return {
        "decision_id": decision_id,
        "episode_id": decision_id,
        "subscriber_id": subscriber,
        "decided_at": now,
        "expires_at": now + HOUR_MS,
        "action": "send",
        "arm": "reminder:none",
        "flow": "cart_abandonment",
        "goal": "buy",
        "message_type": "reminder",
        "message": "cart_reminder",
        "offer": "none",
        "content": {"products": "lamp,gone"},
        "trigger": {"kind": "timer", "id": "flow:cart_abandonment", "at": now},
        "reasons": ["chosen"],
        "features": {},
        "candidates": [],
        "propensity": 1.0,
        "versions": {},
        "replay": b"",
        **changes,
    }


PRODUCT: Record = {
    "product_id": "lamp",
    "name": "Walnut desk lamp",
    "category": "lighting",
    "price": 89.0,
    "currency": "EUR",
    "stock": 3,
    "rating": 4.6,
    "url": "https://shop.example.com/p/lamp",
    "image_url": None,
    "updated_at": 0,
}


@dataclass
class Sending:
    """An installation of its own for the senders: a namespace on shared servers.

    Attributes:
        overrides: Settings by name, groups as mappings; see `runtime.settings`.
    """

    kafka: KafkaServer
    state_server: RedisServer
    ledger_server: RedisServer
    smtp: SmtpInbox
    namespace: str
    folder: Path
    overrides: Mapping[str, Any] = field(default_factory=dict)
    roles: list[Role] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.topology = Narrow(self.namespace)
        self.codec = Codec(BundledRegistry())
        self.client_config = {"bootstrap.servers": self.kafka.bootstrap_servers}
        ensure_topics(self.client_config, self.topology)
        self.producer = Producer(self.client_config)
        self.state = redis.Redis.from_url(self.state_server.url)
        self.ledger = redis.Redis.from_url(self.ledger_server.url)
        self.product(PRODUCT)
        self._deliveries: list[Record] = []
        self._reading = self._reader("delivery")

    def plain_settings(self) -> dict[str, Any]:
        """The settings of every role."""
        host, port = self.smtp.address.rsplit(":", 1)
        plain: dict[str, Any] = {
            "namespace": self.namespace,
            "data_dir": self.folder,
            "kafka": {
                "bootstrap_servers": self.kafka.bootstrap_servers,
                "session_timeout_seconds": 6,
                "heartbeat_seconds": 1,
                "linger_ms": 1,
            },
            "redis": {
                "state_url": self.state_server.url,
                "ledger_url": self.ledger_server.url,
                "connect_timeout_seconds": 1,
                "timeout_seconds": 2,
            },
            "sender": {
                "from_address": "news@sender.example",
                "from_name": "Fernweh & Co",
                "postal_address": "Lindenstr. 12, 10969 Berlin",
                "public_url": "https://mail.sender.example",
                "link_secret": LINK_SECRET,
                "smtp_host": host,
                "smtp_port": port,
                "starttls": "never",
                "smtp_timeout_seconds": 30,
                "rate_per_second": 1000,
                "burst": 1000,
                "allow_recipients": ["*"],
                "preflight_overrides": PREFLIGHT_CHECKS,
            },
            "pace": {"dns": "static"},
            "web": {"port": 0},
        }
        for name, value in self.overrides.items():
            if isinstance(value, Mapping):
                plain[name] = {**plain.get(name, {}), **value}
            else:
                plain[name] = value
        return plain

    def settings(self) -> Settings:
        """The same, read and checked."""
        return load_settings(**self.plain_settings())

    def start(self) -> Role:
        """Start a sender."""
        return self.start_command([sys.executable, "-m", "tests.sending_role"])

    def start_command(self, command: list[str]) -> Role:
        """Start a process with the settings in its environment."""
        log = self.folder / f"sender-{len(self.roles)}.log"
        environment = {**os.environ, **as_environment(self.plain_settings())}
        with log.open("ab") as out:
            process = subprocess.Popen(
                command, env=environment, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT
            )
        role = Role("sender", process, log)
        self.roles.append(role)
        return role

    def stop(self) -> None:
        """End what still runs."""
        for role in self.roles:
            if role.alive:
                role.kill()
        self._reading.close()
        self.state.close()
        self.ledger.close()

    def product(self, record: Record) -> None:
        """Put a product into the catalog."""
        self.produce("catalog", record["product_id"], self.codec.encode("catalog", record))

    def contact(self, record: Record) -> None:
        """Store a contact as a worker would."""
        subscriber = record["subscriber_id"]
        tag = state_tag(self.namespace, journal_partition(subscriber, 8))
        self.state.set(contact_key(tag, subscriber), self.codec.encode("contact", record))

    def decide(self, record: Record) -> Record:
        """Put a decision into its topic; once more for a repeat."""
        value = self.codec.encode("decision", record)
        self.produce("decision", record["subscriber_id"], value)
        return record

    def produce(self, record_name: str, key: str, value: bytes | None) -> None:
        """Write bytes to a record's topic."""
        self.producer.produce(self.topology.for_record(record_name), value, key.encode())
        assert self.producer.flush(30) == 0

    def ledger_state(self, decision_id: str) -> str:
        """What the ledger says; empty where there is no entry."""
        stored = self.ledger.get(f"{self.namespace}ledger:{decision_id}")
        return stored.split()[0].decode() if isinstance(stored, bytes) else ""

    def deliveries(self, decision_id: str) -> list[Record]:
        """The delivery events of a decision so far."""
        for message in take_batch(self._reading, 500, 0.05):
            assert message.error() is None, message.error()
            self._deliveries.append(self.codec.decode(message.value())[1])
        return [event for event in self._deliveries if event["decision_id"] == decision_id]

    def wait_for(self, decision_id: str, status: str, count: int = 1) -> Record:
        """Wait until a decision was reported with a status so often, and give the last report."""

        def reported() -> list[Record]:
            return [event for event in self.deliveries(decision_id) if event["status"] == status]

        wait_until(lambda: len(reported()) >= count, f"{decision_id} {status}")
        return reported()[-1]

    def records(self, record_name: str, count: int) -> list[Record]:
        """Wait for so many records in a record's topic, and give them."""
        consumer = self._reader(record_name)
        found: list[Record] = []

        def enough() -> bool:
            taken = take_batch(consumer, 100, 0.05)
            found.extend(self.codec.decode(message.value())[1] for message in taken)
            return len(found) >= count

        try:
            wait_until(enough, f"{count} of {record_name}")
        finally:
            consumer.close()
        return found

    def lag(self) -> int:
        """Decisions not yet committed by the senders' group."""
        topic = self.topology.for_record("decision")
        consumer = Consumer({**self.client_config, "group.id": f"{self.namespace}nextbest-sender"})
        try:
            partitions = [TopicPartition(topic, number) for number in range(8)]
            total = 0
            for place in consumer.committed(partitions, timeout=10):
                low, high = consumer.get_watermark_offsets(place, timeout=10)
                total += high - (place.offset if place.offset >= 0 else low)
            return total
        finally:
            consumer.close()

    def _reader(self, record_name: str) -> Consumer:
        topic = self.topology.for_record(record_name)
        consumer = Consumer(
            {**self.client_config, "group.id": uuid.uuid4().hex, "auto.offset.reset": "earliest"}
        )
        partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
        return consumer
