"""The emitter on Apache Kafka: what the README shows works, and what arrives is what was meant."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

import schemas.emitter
from deploy.servers.kafka import KafkaServer
from schemas.codec import Codec
from schemas.emitter import Emitter, UndeliveredError
from schemas.keys import journal_partition
from schemas.registry import BundledRegistry
from schemas.topic_admin import ensure_topics
from schemas.topics import Topology
from tests.integration.reading import read_topics
from tests.schemas.samples import SAMPLES, sample

pytestmark = pytest.mark.integration

CODEC = Codec(BundledRegistry())


@pytest.fixture
def topology(kafka: KafkaServer, namespace: str) -> Topology:
    made = Topology(namespace)
    ensure_topics({"bootstrap.servers": kafka.bootstrap_servers}, made)
    return made


def test_every_record_arrives(kafka: KafkaServer, topology: Topology) -> None:
    with Emitter({"bootstrap.servers": kafka.bootstrap_servers}, topology=topology) as emitter:
        for name in SAMPLES:
            emitter.emit(name, sample(name))
        emitter.delete_product("gone")

    assert (emitter.emitted, emitter.delivered, emitter.failed) == (len(SAMPLES) + 1,) * 2 + (0,)
    found = read_topics(kafka.bootstrap_servers, [*topology.event_topics, topology.name("catalog")])
    decoded = {
        message.topic(): CODEC.decode(message.value()) for message in found if message.value()
    }
    assert decoded == {topology.for_record(name): (name, sample(name)) for name in SAMPLES}
    assert [message.key() for message in found if message.value() is None] == [b"gone"]


def test_one_persons_events_keep_their_order(kafka: KafkaServer, topology: Topology) -> None:
    with Emitter({"bootstrap.servers": kafka.bootstrap_servers}, topology=topology) as emitter:
        for number in range(2000):
            who = f"user-{number % 7}"
            emitter.emit("browse", {"subscriber_id": who, "product_id": str(number)})

    seen: dict[bytes, list[int]] = {}
    partitions: dict[bytes, set[int]] = {}
    for message in read_topics(kafka.bootstrap_servers, [topology.for_record("browse")]):
        seen.setdefault(message.key(), []).append(
            int(CODEC.decode(message.value())[1]["product_id"])
        )
        partitions.setdefault(message.key(), set()).add(message.partition())
    assert sum(map(len, seen.values())) == 2000
    assert all(numbers == sorted(numbers) for numbers in seen.values())
    # Placed as Java's clients place them, which is also how the journal is keyed.
    assert partitions == {key: {journal_partition(key.decode(), 4)} for key in seen}


def test_old_events_stay_as_long_as_new_ones(kafka: KafkaServer, topology: Topology) -> None:
    with Emitter({"bootstrap.servers": kafka.bootstrap_servers}, topology=topology) as emitter:
        emitter.emit("browse", sample("browse", occurred_at=1_569_888_000_000))

    [message] = read_topics(kafka.bootstrap_servers, [topology.for_record("browse")])
    kind, timestamp_ms = message.timestamp()
    assert kind == 2  # LogAppendTime
    assert timestamp_ms > 1_700_000_000_000


def test_a_topic_that_is_not_there_is_reported(kafka: KafkaServer, namespace: str) -> None:
    emitter = Emitter(
        {"bootstrap.servers": kafka.bootstrap_servers, "message.timeout.ms": 3000, "log_level": 0},
        topology=Topology(f"{namespace}missing."),
    )
    emitter.emit("browse", sample("browse"))

    with pytest.raises(UndeliveredError):
        emitter.flush(20)


def shown_in(text: str) -> str:
    """The example: a fenced block, or an indented one, with an Emitter in it."""
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    blocks += re.findall(r"(?:^    .*\n|^\n)+", text, re.MULTILINE)
    return textwrap.dedent(str(next(block for block in blocks if "with Emitter(" in block)))


@pytest.mark.parametrize("where", ["docstring", "README"])
def test_the_example_works(
    kafka: KafkaServer, topology: Topology, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    readme = Path(__file__).parents[2] / "README.md"
    text = schemas.emitter.__doc__ or "" if where == "docstring" else readme.read_text()
    code = shown_in(text)
    assert len(code.strip().splitlines()) <= 10

    class Here(Emitter):
        def __init__(self, config: dict[str, Any]) -> None:
            assert config["bootstrap.servers"]
            super().__init__({"bootstrap.servers": kafka.bootstrap_servers}, topology=topology)

    monkeypatch.setattr(schemas.emitter, "Emitter", Here)
    exec(compile(code, where, "exec"), {})  # noqa: S102  it is our own example

    found = read_topics(kafka.bootstrap_servers, topology.event_topics)
    assert "browse" in {CODEC.decode(message.value())[0] for message in found}
    assert len(found) >= 2
