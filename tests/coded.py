"""Codes for tests on servers: a programme that gives them, mails that end, the account of both."""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from confluent_kafka import Consumer, Producer, TopicPartition

from models.offers import code as codes
from schemas.codec import Record
from schemas.keys import codes_key, free_codes_key, state_tag
from senders.reading.batches import take_batch
from streams.code_records import write_codes
from tests.pipeline import Pipeline
from tests.workload import HOUR_MS, START_MS

BUNDLED = Path(__file__).parents[1] / "programme"


def coded_programme(folder: Path) -> Path:
    """The shipped programme, whose welcome and cart mails may carry a code, and mostly do."""
    shutil.copytree(BUNDLED, folder)
    flows = folder / "flows.yaml"
    plain = yaml.safe_load(flows.read_text(encoding="utf-8"))
    plain["offers"]["gift"] = {"discount_percent": 5, "codes": True, "codes_total": 240}
    for flow in ("welcome", "cart_abandonment"):
        message = plain["flows"][flow]["messages"][0]
        message |= {"offers": ["gift", "none"], "clicks": 0.3, "orders": 0.3}
    flows.write_text(yaml.safe_dump(plain), encoding="utf-8")
    return folder


def load_codes(pipeline: Pipeline, loaded: Sequence[str]) -> None:
    """Load codes; every third one is too old to be given before the workload is over."""
    ends_ms = [START_MS + hours * HOUR_MS for hours in (24, 24 * 30, 24 * 60)]
    pairs = [(code, ends_ms[number % 3]) for number, code in enumerate(loaded)]
    producer = Producer({**pipeline.client_config, "enable.idempotence": True})
    write_codes(producer, pipeline.topology, pipeline.codec, "gift", pairs)


def ending(decision: Record) -> str:
    """How a decision's mail ends: the same whenever it is asked."""
    endings = ("expired", "accepted", "redeemed", "unknown")
    return endings[int(decision["decision_id"][:2], 16) % len(endings)]


class Mailing:
    """Stands in for senders and shoppers: tells what became of each mail with a code.

    Args:
        pipeline: Whose decisions are read.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._emitter = pipeline.emitter()
        self._consumer = Consumer({**pipeline.client_config, "group.id": "unused"})
        name = pipeline.topology.name("decisions")
        self._consumer.assign([TopicPartition(name, p, 0) for p in pipeline.ends("decisions")])
        self._told: set[str] = set()

    def report(self) -> None:
        """Report on the decisions that have come."""
        while messages := take_batch(self._consumer, 1_000, 0.1):
            for message in messages:
                assert message.error() is None, message.error()
                decision = self._pipeline.codec.decode(message.value())[1]
                if "code" in decision["content"] and decision["decision_id"] not in self._told:
                    self._told.add(decision["decision_id"])
                    self._tell(decision)
        self._emitter.flush(30)

    def _tell(self, decision: Record) -> None:
        how, code, identity = ending(decision), decision["content"]["code"], decision["decision_id"]
        head = {"subscriber_id": decision["subscriber_id"], "occurred_at": decision["decided_at"]}
        status = "accepted" if how == "redeemed" else how
        event = {
            **head,
            "event_id": f"{identity}:{status}",
            "decision_id": identity,
            "status": status,
            "code": code,
            "claimed": status != "expired",
        }
        for _ in range(2 if how == "expired" else 1):
            self._emitter.emit("delivery", event)
        if how == "redeemed":
            order = {"order_id": identity, "items": [], "total": 40.0, "discount": 2.0}
            purchase = {**head, **order, "offer": "gift", "code": code, "event_id": f"{identity}:o"}
            self._emitter.emit("purchase", purchase)

    def close(self) -> None:
        """End it."""
        self._consumer.close()
        self._emitter.flush(30)


def check_codes(pipeline: Pipeline, loaded: Sequence[str], decisions: Sequence[Record]) -> None:
    """Hold what the store says of each code against the decisions that took it."""
    found: dict[str, codes.Known] = {}
    free: set[str] = set()
    for partition in range(pipeline.partitions):
        tag = state_tag(pipeline.namespace, partition)
        states: dict[Any, Any] = pipeline.redis.hgetall(codes_key(tag))
        found |= {code.decode(): codes.from_bytes(data) for code, data in states.items()}
        places: Any = pipeline.redis.zrange(free_codes_key(tag), 0, -1)
        free |= {codes.place(place.decode())[1] for place in places}
    assert set(found) == set(loaded)
    assert free == {code for code, known in found.items() if known.state == codes.FREE}

    takers: dict[str, list[Record]] = {}
    for decision in decisions:
        if "code" in decision["content"]:
            takers.setdefault(decision["content"]["code"], []).append(decision)
    endings = Counter(ending(taker) for several in takers.values() for taker in several)
    assert min(endings.values()) > 10, f"too few to prove anything: {endings}"
    assert any(len(several) > 1 for several in takers.values()), "none went back and out again"
    for code, several in takers.items():
        kept = [taker for taker in several if ending(taker) != "expired"]
        assert len(kept) <= 1, f"{code} was given {len(kept)} times"
        if kept:
            assert found[code].state != codes.FREE
    untaken = set(found) - set(takers)
    assert {found[code].state for code in untaken} == {codes.FREE}
