"""Intake is killed and paused: everything reaches the journal, nothing is applied twice.

The order between different topics is the product apps' matter and differs from run to run, so what
is compared is what each person did: every unique event counted once in exactly one profile.

No app says anything twice here: the events of other topics that a kill lets in between may be more
than the window of ids that recognises such a repeat (`models.person.dedupe`).
"""

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from models.person import encoding
from models.person.profile import Profile
from schemas.keys import state_tag
from schemas.source import unpack_source
from schemas.topics import Topology
from tests.faults.chaos import Fleet
from tests.pipeline import Pipeline
from tests.workload import Workload

pytestmark = [pytest.mark.integration, pytest.mark.faults]

WORKLOAD = Workload(people=300, hours=20, events_an_hour=400, seed=3, repeats=0.0)


@pytest.fixture
def pipeline(
    kafka: KafkaServer, redis_state: RedisServer, redis_ledger: RedisServer, tmp_path: Path
) -> Iterator[Pipeline]:
    settings = {
        "kafka": {"session_timeout_seconds": 4, "heartbeat_seconds": 1},
        "intake": {"chunk_records": 5},
    }
    made = Pipeline(kafka, redis_state, redis_ledger, tmp_path, settings, topics=Topology)
    yield made
    made.end()


def profiles(pipeline: Pipeline) -> dict[str, Profile]:
    found: dict[str, Profile] = {}
    for partition in range(pipeline.partitions):
        prefix = f"{state_tag(pipeline.namespace, partition)}:s:"
        for key in pipeline.redis.scan_iter(f"{prefix}*", count=1_000):
            subscriber = key.decode().removeprefix(prefix)
            assert subscriber not in found, f"{subscriber} lives in two partitions"
            stored: Any = pipeline.redis.get(key)
            found[subscriber] = encoding.decode(stored)
    return found


def expected() -> dict[str, Counter[str]]:
    """What each person did, each event id once."""
    seen: set[str] = set()
    counts: dict[str, Counter[str]] = {}
    for _, events in WORKLOAD.steps():
        for name, event in events:
            if event["event_id"] not in seen:
                seen.add(event["event_id"])
                counts.setdefault(event["subscriber_id"], Counter())[name] += 1
    return counts


def test_killed_and_paused_intake_loses_and_doubles_nothing(pipeline: Pipeline) -> None:
    chance = random.Random(5)
    with pipeline.emitter() as emitter:
        for _, events in WORKLOAD.steps():
            for name, event in events:
                emitter.emit(name, event)
    with Fleet(pipeline, "intake", 2) as fleet, Fleet(pipeline, "worker", 1) as worker:
        total = WORKLOAD.events
        for share, pause_seconds in (
            (0.1, 0),
            (0.25, 0),
            (0.4, 6.0),
            (0.55, 0),
            (0.7, 0),
            (0.8, 6.0),
        ):
            pipeline.wait_until(
                lambda share=share: sum(pipeline.ends("journal").values()) >= share * total,  # type: ignore[misc]
                f"{share:.0%} of the events are journaled",
            )
            fleet.strike(chance, pause_seconds)
        pipeline.wait_until(pipeline.intake_caught_up, "intake has journaled everything")
        pipeline.wait_until(pipeline.caught_up, "the worker has applied the journal")
        fleet.end()
        worker.end()
    assert len(fleet.exits) >= 4

    sources = Counter(
        (source.topic, source.partition, source.offset)
        for message in pipeline.messages("journal")
        for source in [unpack_source(dict(message.headers())["source"])]
    )
    assert len(sources) == total, "some source records never reached the journal"
    assert pipeline.unique("dead-letters", "dead_letter_id") == {}

    found = profiles(pipeline)
    for subscriber, counts in expected().items():
        profile = found[subscriber]
        assert profile.browses == counts["browse"]
        assert profile.carts == counts["cart"]
        assert profile.searches == counts["search"]
        assert profile.purchases == counts["purchase"]
