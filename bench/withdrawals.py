"""How soon a withdrawal holds on what is queued: `python -m bench.withdrawals`.

A queue of decisions, one for each person, leaves at a slow pace through two senders; meanwhile
people in it unsubscribe by one-click POST, in no order, as they come. Apache Kafka, Redis with its
disk syncs, SMTP, processes of their own. Of each POST is measured, on one clock, how long it took
to be answered, to the last mail that was still accepted for that person (none, but for those that
were past their claim), and to the event in Kafka.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import redis
from confluent_kafka import Consumer, Producer, TopicPartition

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from deploy.servers.smtp_inbox import SmtpInbox
from runtime.setting_values import PREFLIGHT_CHECKS
from runtime.settings import as_environment
from schemas.codec import Codec, Record
from schemas.keys import contact_key, journal_partition, state_tag
from schemas.registry import BundledRegistry
from schemas.topic_admin import ensure_topics
from schemas.topics import Topology
from senders.links.tokens import Links, Unsubscribe
from senders.recipients.suppression import digest_of

ROOT: Final = Path(__file__).parents[1]
SECRET: Final = "a-secret-for-benchmarks"  # noqa: S105  signs links that lead nowhere
TARGET_MS: Final = 1_000.0
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Posted:
    """One withdrawal.

    Attributes:
        person: Whose.
        began_ms: Before the request, epoch milliseconds.
        answered_ms: After its answer.
    """

    person: str
    began_ms: float
    answered_ms: float


class House:
    """Servers, two senders and web, with a queue of decisions."""

    def __init__(self, stack: ExitStack, people: int, rate: float) -> None:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="nextbest-bench-")))
        self.kafka = stack.enter_context(KafkaServer(folder / "kafka"))
        self.state = stack.enter_context(RedisServer(folder / "state", "state"))
        self.ledger = stack.enter_context(RedisServer(folder / "ledger", "ledger"))
        self.smtp = stack.enter_context(SmtpInbox())
        self.people = [f"s{number}" for number in range(people)]
        self.topology, self.codec = Topology("bench."), Codec(BundledRegistry())
        self.client = {"bootstrap.servers": self.kafka.bootstrap_servers}
        ensure_topics(self.client, self.topology)
        self._folder = folder
        self._environment = {**os.environ, **as_environment(self._settings(rate))}

    def _settings(self, rate: float) -> Mapping[str, Any]:
        host, port = self.smtp.address.rsplit(":", 1)
        return {
            "namespace": "bench.",
            "data_dir": self._folder,
            "kafka": {"bootstrap_servers": self.kafka.bootstrap_servers, "linger_ms": 1},
            "redis": {"state_url": self.state.url, "ledger_url": self.ledger.url},
            "web": {"port": 0},
            "sender": {
                "from_address": "news@sender.example",
                "postal_address": "Lindenstr. 12, 10969 Berlin",
                "public_url": "https://mail.sender.example",
                "link_secret": SECRET,
                "smtp_host": host,
                "smtp_port": port,
                "starttls": "never",
                "rate_per_second": rate,
                "burst": 1,
                "allow_recipients": ["*"],
                "preflight_overrides": list(PREFLIGHT_CHECKS),
            },
        }

    def fill(self) -> None:
        """Store contacts and queue a decision for each."""
        now_ms, producer = int(time.time() * 1000), Producer(self.client)
        topic = self.topology.for_record("decision")
        with redis.Redis.from_url(self.state.url) as state:
            for person in self.people:
                tag = state_tag("bench.", journal_partition(person, 8))
                value = self.codec.encode("contact", _contact(person, now_ms - HOUR_MS))
                state.set(contact_key(tag, person), value)
                value = self.codec.encode("decision", _decision(person, now_ms))
                producer.produce(topic, value, person.encode())
        assert producer.flush(30) == 0

    @contextmanager
    def role(self, name: str) -> Iterator[Path]:
        """Run a role; gives its log."""
        log = self._folder / f"{name}-{uuid.uuid4().hex[:6]}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(Path(sys.executable).parent / "nextbest"), name],
                env=self._environment,
                cwd=ROOT,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        try:
            yield log
        finally:
            process.terminate()
            process.wait(60)

    def accepted(self) -> dict[str, float]:
        """When the last mail to each person was accepted, epoch milliseconds."""
        return {
            mail.recipients[0].partition("@")[0]: float(mail.accepted_at_ms)
            for mail in self.smtp.mailbox.all()
        }


class Events:
    """When each person's withdrawal came to be read from Kafka, in a thread of its own."""

    def __init__(self, house: House) -> None:
        self.read_ms: dict[str, float] = {}
        self._house = house
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Read no more."""
        self._ended.set()
        self._thread.join(30)

    def _read(self) -> None:
        house = self._house
        topic = house.topology.for_record("consent")
        consumer = Consumer({**house.client, "group.id": "bench", "fetch.wait.max.ms": 10})
        found = consumer.list_topics(topic, timeout=10).topics[topic].partitions
        consumer.assign([TopicPartition(topic, number, 0) for number in found])
        while not self._ended.is_set():
            for message in consumer.consume(500, 0.02):
                value = message.value()
                if message.error() is None and isinstance(value, bytes):
                    person = house.codec.decode(value)[1]["subscriber_id"]
                    self.read_ms.setdefault(person, time.time() * 1000)
        consumer.close()


def measure(people: int, rate: float, posts_per_second: float, seed: int) -> list[str]:
    """Run it once; gives a line for each figure."""
    with ExitStack() as stack:
        house = House(stack, people, rate)
        events = Events(house)
        house.fill()
        log = stack.enter_context(house.role("web"))
        _wait(lambda: '"serving"' in log.read_text(), "web serves")
        port = re.search(r'"port": (\d+)', log.read_text())
        assert port is not None
        for _number in range(2):
            stack.enter_context(house.role("sender"))
        _wait(lambda: len(house.accepted()) >= people // 20, "the queue has begun to leave")
        leaving = random.Random(seed).sample(house.people, people // 2)
        posted = _post_all(f"http://127.0.0.1:{port[1]}", leaving, posts_per_second)
        queued = [
            post for post in posted if house.accepted().get(post.person, 1e15) > post.began_ms
        ]
        _wait(lambda: all(post.person in events.read_ms for post in posted), "events are read")
        _wait(lambda: _ended(house, people), "every decision has ended")
        events.end()
        return _figures(posted, queued, house.accepted(), events.read_ms)


def _ended(house: House, people: int) -> bool:
    with redis.Redis.from_url(house.ledger.url) as ledger:
        return sum(1 for _key in ledger.scan_iter("bench.ledger:*", count=1_000)) >= people


def _post_all(base: str, leaving: Sequence[str], per_second: float) -> list[Posted]:
    links = Links(base, [SECRET])
    began = time.monotonic()
    with httpx.Client(timeout=30) as client, ThreadPoolExecutor(16) as pool:

        def post(turn: tuple[int, str]) -> Posted:
            number, person = turn
            time.sleep(max(0.0, began + number / per_second - time.monotonic()))
            digest = digest_of(f"{person}@inbox.example")
            url = links.unsubscribe(Unsubscribe(person, f"d-{person}", digest))
            before_ms = time.time() * 1000
            answer = client.post(url, data={"List-Unsubscribe": "One-Click"})
            assert answer.status_code == 200, answer.text
            return Posted(person, before_ms, time.time() * 1000)

        return list(pool.map(post, enumerate(leaving)))


def _figures(
    posted: Sequence[Posted],
    queued: Sequence[Posted],
    accepted: Mapping[str, float],
    read_ms: Mapping[str, float],
) -> list[str]:
    answer = [post.answered_ms - post.began_ms for post in posted]
    effect = [
        max(post.answered_ms, accepted.get(post.person, 0.0)) - post.began_ms for post in queued
    ]
    late = sum(accepted.get(post.person, 0.0) > post.answered_ms for post in queued)
    event = [read_ms[post.person] - post.began_ms for post in posted]
    p99 = _percentile(effect, 0.99)
    return [
        f"{len(posted)} POSTs, {len(queued)} of them while the person's mail was queued",
        f"POST to answer           {_spread(answer)}",
        f"POST to effect on queued {_spread(effect)}",
        f"POST to event in Kafka   {_spread(event)}",
        f"mails accepted after their person's answer: {late}",
        f"p99 of the effect under {TARGET_MS:g} ms: {'yes' if p99 < TARGET_MS else 'NO'}",
    ]


def _spread(values: Sequence[float]) -> str:
    shares = " ".join(f"p{share * 100:g} {_percentile(values, share):.1f}" for share in (0.5, 0.99))
    return f"{shares} max {max(values):.1f} ms"


def _percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _wait(done: Any, what: str, seconds: float = 300.0) -> None:
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"not within {seconds:g} s: {what}")
        time.sleep(0.05)


def _contact(person: str, since_ms: int) -> Record:
    consent = {"granted": True, "at": since_ms, "source": "form", "text_version": "1"}
    return {
        "subscriber_id": person,
        "address": f"{person}@inbox.example",
        "consent": {"marketing": consent},
        "updated_at": since_ms,
    }


def _decision(person: str, now_ms: int) -> Record:
    return {
        "decision_id": f"d-{person}",
        "episode_id": f"d-{person}",
        "subscriber_id": person,
        "decided_at": now_ms,
        "expires_at": now_ms + HOUR_MS,
        "action": "send",
        "arm": "reminder:none",
        "flow": "cart_abandonment",
        "goal": "buy",
        "message_type": "reminder",
        "message": "cart_reminder",
        "offer": "none",
        "content": {},
        "trigger": {"kind": "timer", "id": "flow:cart_abandonment", "at": now_ms},
        "reasons": ["chosen"],
        "features": {},
        "candidates": [],
        "propensity": 1.0,
        "versions": {},
    }


def main(arguments: Sequence[str]) -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.withdrawals", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000, help="decisions queued")
    parser.add_argument("--rate", type=float, default=30.0, help="mails a second, all senders")
    parser.add_argument("--posts", type=float, default=50.0, help="withdrawals a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    lines = measure(options.people, options.rate, options.posts, options.seed)
    print("\n".join(lines))
    return 1 if lines[-1].endswith("NO") else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
