"""What a worker or intake refuses to start or go on with, and that it says why."""

from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from models.person.encoding import decode
from schemas.keys import journal_partition, meta_key, profile_key, state_tag
from tests.pipeline import Pipeline, Role, wait_until
from tests.streams.records import NOW_MS

pytestmark = pytest.mark.integration


def refused(role: Role) -> str:
    """Wait for a role to end by itself; return what it said."""
    wait_until(lambda: not role.alive, f"{role.name} has ended")
    assert role.process.returncode not in (0, None)
    return role.output()


def emit_browses(pipeline: Pipeline, *numbers: int) -> None:
    with pipeline.emitter() as emitter:
        for number in numbers:
            event: dict[str, Any] = {
                "event_id": f"e{number}",
                "occurred_at": NOW_MS,
                "subscriber_id": "ann",
                "category": "shoes",
            }
            emitter.emit("browse", event)


def test_a_stored_offset_outside_the_log_stops_the_worker(pipeline: Pipeline) -> None:
    for partition in range(pipeline.partitions):
        key = meta_key(state_tag(pipeline.namespace, partition))
        pipeline.redis.hset(key, mapping={"offset": 999, "commits": 1})
    said = refused(pipeline.start("worker"))
    assert "must go on at offset 999, but its log holds 0 to 0" in said


def test_state_of_another_cluster_stops_the_worker(pipeline: Pipeline) -> None:
    for partition in range(pipeline.partitions):
        key = meta_key(state_tag(pipeline.namespace, partition))
        pipeline.redis.hset(key, "cluster", "another-one")
    assert "was written for cluster another-one" in refused(pipeline.start("worker"))


def test_another_partition_count_of_the_journal_stops_every_role(pipeline: Pipeline) -> None:
    pipeline.partitions += 1
    for role in [pipeline.start(name) for name in ("worker", "intake")]:
        assert "partitions, declared are 5" in refused(role)


def test_a_redis_that_evicts_stops_the_worker(
    kafka: KafkaServer, redis_ledger: RedisServer, tmp_path: Path
) -> None:
    with RedisServer(tmp_path / "state", "state") as state:
        pipeline = Pipeline(kafka, state, redis_ledger, tmp_path)
        pipeline.redis.config_set("maxmemory-policy", "allkeys-lru")
        assert "maxmemory-policy 'allkeys-lru'" in refused(pipeline.start("worker"))
        pipeline.end()


def test_a_wrong_programme_stops_the_worker_and_lists_every_error(pipeline: Pipeline) -> None:
    folder = pipeline.folder / "programme"
    folder.mkdir()
    (folder / "flows.yaml").write_text("version: 1\nsurprise: 1\nflows: {Bad Name: {delay: -1 h}}")
    pipeline.overrides = {"programme_dir": folder}
    said = refused(pipeline.start("worker"))
    assert "surprise" in said
    assert "Bad Name" in said


def test_a_source_topic_made_anew_is_read_from_its_start(pipeline: Pipeline) -> None:
    """Its offsets begin again, its id differs: nothing of it is taken for a repeat."""
    pipeline.start("intake")
    worker = pipeline.start("worker")
    emit_browses(pipeline, *range(20))
    pipeline.wait_until(lambda: sum(pipeline.ends("journal").values()) == 20, "20 are journaled")
    # Until it has started it would refuse to without the topic, as it should.
    pipeline.wait_until(worker.has_joined, "the worker has joined its group")
    name = pipeline.topology.name("events.browse")
    admin = AdminClient(pipeline.client_config)
    admin.delete_topics([name])[name].result(30)

    def remade() -> bool:
        try:
            admin.create_topics([NewTopic(name, 1, 1)])[name].result(10)
        except Exception as error:  # noqa: BLE001 - the deletion is still under way
            return "marked for deletion" not in str(error) and name in admin.list_topics().topics
        return True

    wait_until(remade, "the topic is made anew")
    emit_browses(pipeline, *range(100, 110))

    def journaled() -> bool:
        # Intake notices by a rebalance, or ends itself, as an orchestrator would mend.
        for role in list(pipeline.roles):
            if role.name == "intake" and not role.alive:
                said = role.output()
                why = ("made anew", "not as declared", "could not be taken over")
                assert any(told in said for told in why), said
                pipeline.roles.remove(role)
                pipeline.start("intake")
        return sum(pipeline.ends("journal").values()) >= 30

    wait_until(journaled, "30 are journaled")
    pipeline.wait_until(pipeline.caught_up, "the worker has applied all")
    assert worker.alive
    partition = journal_partition("ann", pipeline.partitions)
    stored = pipeline.redis.get(profile_key(state_tag(pipeline.namespace, partition), "ann"))
    assert isinstance(stored, bytes)
    assert decode(stored).browses == 30
    assert pipeline.unique("dead-letters", "dead_letter_id") == {}
