"""What sending is measured on: real servers, people, products and decisions that wait."""

import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import redis
from confluent_kafka import Producer

from bench.sending_task import SendingTask
from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_sink import SmtpSink
from runtime.metrics import Metrics
from runtime.setting_values import PREFLIGHT_CHECKS
from runtime.settings import BUNDLED_PROGRAMME, load_settings
from schemas.catalog_entry import ShownEntry
from schemas.codec import Codec, Record
from schemas.keys import contact_key, journal_partition, state_tag
from schemas.registry import BundledRegistry
from schemas.topic_admin import ensure_topics
from schemas.topics import Topology
from senders.mail.composer import open_composer
from senders.mail.rendering import FOLDER, Templates
from senders.signing.generate import generate_ed25519, generate_rsa

MESSAGE = "bench_picks"
TEMPLATES = Path(__file__).parent / "templates"
DOMAINS = ("one.example", "two.example", "three.example", "four.example", "five.example")
"""Of the recipients: all at one provider, so that it has as many connections as the loop."""
BLOCKED = "blocked.example"
"""At a provider of its own, whose pace lets one mail through in hours."""
PROVIDERS = {
    "default": "messages_per_second = 1000000\nburst = 1000000\n",
    "blocked": f'messages_per_second = 0.0001\nburst = 1\n[match]\ndomains = ["{BLOCKED}"]\n',
}
BLOCKED_SHARE = 5
"""Of so many mails one more is for the blocked provider, where that is measured."""
PRODUCTS = 60
SHOWN = 6
HOUR_MS = 3_600_000
SAMPLES = 100
"""Mails rendered beforehand for the bare loop."""
FLUSH_SECONDS = 60.0


class Catalog:
    """Stands for the reader of the catalog where mails are rendered beforehand."""

    shop_url = "https://www.shop.example/"

    def __init__(self) -> None:
        self.products = {one["product_id"]: ShownEntry.of(one) for one in products()}


def products() -> Iterator[Record]:
    """Products with names, pages and pictures of usual lengths."""
    for number in range(PRODUCTS):
        product_id = f"sku-{number:05d}"
        yield {
            "product_id": product_id,
            "name": f"Hand-thrown stoneware pitcher no. {number}, speckled glaze",
            "category": ("kitchen", "lighting", "textiles")[number % 3],
            "price": 19.9 + number,
            "currency": "EUR",
            "stock": 20,
            "rating": 4.5,
            "url": f"https://www.shop.example/products/stoneware-pitcher-{product_id}",
            "image_url": f"https://cdn.shop.example/pictures/{product_id}/front-600.jpg",
            "updated_at": 0,
        }


def subscriber(number: int) -> str:
    """The key of a person."""
    return f"customer-{number:07d}"


def contact(number: int, now_ms: int, domain: str = "") -> Record:
    """A person who consented."""
    since = now_ms - HOUR_MS
    consent = {"granted": True, "at": since, "source": "form", "text_version": "1"}
    return {
        "subscriber_id": subscriber(number),
        "address": f"person-{number}@{domain or DOMAINS[number % len(DOMAINS)]}",
        "locale": "en-GB",
        "time_zone": "Europe/Berlin",
        "attributes": {"first_name": "Ann"},
        "consent": {"marketing": consent},
        "preferences": {},
        "updated_at": since,
        "cancelled": {},
    }


def decision(number: int, now_ms: int) -> Record:
    """A decision to send a mail with six products."""
    decision_id = uuid.uuid4().hex
    shown = [f"sku-{(number * 7 + at) % PRODUCTS:05d}" for at in range(SHOWN)]
    return {
        "decision_id": decision_id,
        "episode_id": decision_id,
        "subscriber_id": subscriber(number),
        "decided_at": now_ms,
        "expires_at": now_ms + HOUR_MS,
        "action": "send",
        "arm": "picks:none",
        "flow": "picks",
        "goal": "buy",
        "message_type": "picks",
        "message": MESSAGE,
        "offer": "none",
        "content": {"products": ",".join(shown), "hero": shown[0], "action": "shop"},
        "trigger": {"kind": "timer", "id": "flow:picks", "at": now_ms},
        "reasons": ["chosen"],
        "features": {},
        "candidates": [],
        "propensity": 1.0,
        "versions": {},
        "replay": b"",
        "kind": "marketing",
        "stream": "marketing",
        "topic": None,
        "resend_unknown": False,
        "engagement": 0.5,
        "segments": [],
        "attributes": {},
        "slots": [],
    }


class SendingGround:
    """Servers and everything in them, for one run after another.

    Args:
        kafka: Apache Kafka.
        state, ledger: Both Redis, durable as production wants them.
        sink: Takes the mails.
        folder: For files.
        connections: To the sink.
        warm, mails: Mails before and in the measured stretch.
    """

    def __init__(
        self,
        kafka: KafkaServer,
        state: RedisServer,
        ledger: RedisServer,
        sink: SmtpSink,
        folder: Path,
        *,
        connections: int,
        warm: int,
        mails: int,
    ) -> None:
        self._kafka, self._state, self._ledger, self._sink = kafka, state, ledger, sink
        self.folder = folder
        self._connections, self._warm, self._mails = connections, warm, mails
        self._codec = Codec(BundledRegistry())
        shutil.copytree(BUNDLED_PROGRAMME, folder / "programme")
        shutil.copytree(TEMPLATES, folder / "programme" / FOLDER, dirs_exist_ok=True)
        self._providers = folder / "providers"
        self._providers.mkdir()
        for name, text in PROVIDERS.items():
            (self._providers / f"{name}.toml").write_text(text)
        rsa_path, _ = generate_rsa(folder, "bench")
        ed_path, _ = generate_ed25519(folder, "bench-ed")
        self._keys = {
            "rsa_selector": "bench",
            "rsa_key_file": str(rsa_path),
            "ed25519_selector": "bench-ed",
            "ed25519_key_file": str(ed_path),
        }
        self.bytes_path = folder / "mails.json"
        self.mail_bytes = 0

    def task(self, group: str, *, signed: bool = False) -> SendingTask:
        """What a process is told; `group` is the run's namespace too."""
        return SendingTask(
            group=group,
            settings=self._settings(f"{group}.", self._keys if signed else {}),
            warm=self._warm,
            mails=self._mails,
            bytes_path=str(self.bytes_path),
        )

    def render(self) -> None:
        """Render the mails that the bare loop sends: what the sender would send, unsigned."""
        settings = load_settings(**self._settings("render.", {}))
        templates = Templates(settings.programme_dir / FOLDER)
        composer = open_composer(settings, templates, Catalog(), Metrics())
        now_ms = time.time_ns() // 1_000_000
        mails = []
        for number in range(SAMPLES):
            told = contact(number, now_ms)
            mails.append(
                composer.compose(decision(number, now_ms), told, told["address"], now_ms).data
            )
        self.mail_bytes = sum(map(len, mails)) // len(mails)
        self.bytes_path.write_bytes(msgspec.json.encode(mails))

    def prepare(self, task: SendingTask, *, blocked: bool = False) -> list[Record]:
        """Make topics, catalog, contacts and decisions of a run; gives the decisions.

        Args:
            task: The run.
            blocked: Put mails for the blocked provider among the others.
        """
        topology = Topology(f"{task.group}.")
        config = {"bootstrap.servers": self._kafka.bootstrap_servers}
        ensure_topics(config, topology)
        producer = Producer({**config, "linger.ms": 20})
        for one in products():
            value = self._codec.encode("catalog", one)
            producer.produce(topology.for_record("catalog"), value, one["product_id"].encode())
        decisions = self._decide(producer, topology, blocked=blocked)
        assert producer.flush(FLUSH_SECONDS) == 0
        return decisions

    def _decide(self, producer: Producer, topology: Topology, *, blocked: bool) -> list[Record]:
        now_ms = time.time_ns() // 1_000_000
        wanted = self._warm + self._mails
        # The one blocked mail that leaves at once is a mail less of the others' to wait for.
        count = wanted + wanted // BLOCKED_SHARE if blocked else wanted
        decisions = [decision(number, now_ms) for number in range(count)]
        with redis.Redis.from_url(self._state.url) as client:
            pipeline = client.pipeline(transaction=False)
            for number, one in enumerate(decisions):
                key = one["subscriber_id"]
                tag = state_tag(topology.namespace, journal_partition(key, 8))
                aside = blocked and number % (BLOCKED_SHARE + 1) == 0
                told = contact(number, now_ms, BLOCKED if aside else "")
                pipeline.set(contact_key(tag, key), self._codec.encode("contact", told))
                value = self._codec.encode("decision", one)
                producer.produce(topology.for_record("decision"), value, key.encode())
                producer.poll(0)
            pipeline.execute()
        return decisions

    def _settings(self, namespace: str, signing: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "namespace": namespace,
            "programme_dir": str(self.folder / "programme"),
            "data_dir": str(self.folder / "roles"),
            "kafka": {"bootstrap_servers": self._kafka.bootstrap_servers},
            "redis": {"state_url": self._state.url, "ledger_url": self._ledger.url},
            "signing": dict(signing),
            # Asked for each mail, and never in the way.
            "pace": {"providers_dir": str(self._providers), "dns": "static"},
            "volume": {"floor": 1_000_000_000},
            "sender": {
                "from_address": "news@shop.example",
                "from_name": "The Shop",
                "postal_address": "The Shop, 1 Example Street, 12345 Exampletown",
                "public_url": "https://mail.shop.example",
                "return_path_domain": "bounce.shop.example",
                "link_secret": "a-secret-of-the-benchmark",
                "smtp_host": self._sink.host,
                "smtp_port": self._sink.port,
                "starttls": "never",
                "connections": self._connections,
                "allow_recipients": ["*"],
                "preflight_overrides": list(PREFLIGHT_CHECKS),
            },
        }
