"""Topics made, checked and told apart on Apache Kafka and on the demo's broker."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from deploy.servers.embedded import EmbeddedBroker
from deploy.servers.kafka import KafkaServer
from schemas.topic_admin import TopicsError, check_topics, cluster_id, ensure_topics, topic_ids
from schemas.topics import Topology
from tests.pipeline import wait_until

pytestmark = pytest.mark.integration


@pytest.fixture
def config(kafka: KafkaServer) -> dict[str, str]:
    return {"bootstrap.servers": kafka.bootstrap_servers}


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[dict[str, str]]:
    with EmbeddedBroker(tmp_path / "broker") as broker:
        yield {"bootstrap.servers": broker.bootstrap_servers}


def alter(config: dict[str, str], topic: str, **changes: str) -> None:
    entries = [
        ConfigEntry(name.replace("_", "."), value, incremental_operation=AlterConfigOpType.SET)
        for name, value in changes.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    admin = AdminClient(config)
    for future in admin.incremental_alter_configs([resource]).values():
        future.result(10)


def test_made_once_and_as_declared(config: dict[str, str], namespace: str) -> None:
    topology = Topology(namespace, journal_partitions=3)

    done = ensure_topics(config, topology)
    assert len(done) == len(topology.names)
    assert f"created {namespace}journal with 3 partitions" in done
    assert ensure_topics(config, topology) == []
    assert check_topics(config, topology) == []


def test_missing_topics_are_all_listed(config: dict[str, str], namespace: str) -> None:
    topology = Topology(namespace)

    with pytest.raises(TopicsError) as caught:
        check_topics(config, topology)
    assert caught.value.mismatches == [f"{name} does not exist" for name in topology.names]
    with pytest.raises(TopicsError, match="can't be described"):
        topic_ids(config, [topology.name("journal")])


def test_every_mismatch_is_listed(config: dict[str, str], namespace: str) -> None:
    ensure_topics(config, Topology(namespace))
    alter(config, f"{namespace}decisions", max_message_bytes="1000", cleanup_policy="compact")
    alter(config, f"{namespace}outcomes", retention_ms="60000")
    alter(config, f"{namespace}catalog", cleanup_policy="delete")

    with pytest.raises(TopicsError) as caught:
        check_topics(config, Topology(namespace, journal_partitions=9))
    found = [
        line.removeprefix(namespace).replace(":", " ").split()[0]
        for line in caught.value.mismatches
    ]
    assert sorted(found) == ["catalog", "decisions", "decisions", "journal", "outcomes"]


def test_the_journal_may_not_grow(config: dict[str, str], namespace: str) -> None:
    topology = Topology(namespace)
    ensure_topics(config, topology)
    admin = AdminClient(config)
    for future in admin.create_partitions([NewPartitions(f"{namespace}journal", 9)]).values():
        future.result(10)

    with pytest.raises(TopicsError, match="9 partitions, declared are 8"):
        check_topics(config, topology)


def test_what_exists_is_never_altered(config: dict[str, str], namespace: str) -> None:
    admin = AdminClient(config)
    own = NewTopic(f"{namespace}events.browse", num_partitions=7, config={"retention.ms": "1000"})
    for future in admin.create_topics([own]).values():
        future.result(10)
    topology = Topology(namespace)

    assert len(ensure_topics(config, topology)) == len(topology.names) - 1
    notes = check_topics(config, topology)
    assert len(notes) == 1
    assert "retention.ms is 1000" in notes[0]


def test_a_topic_made_again_has_another_id(config: dict[str, str], namespace: str) -> None:
    topology = Topology(namespace)
    ensure_topics(config, topology)
    name = topology.name("events.browse")
    first = topic_ids(config, topology.names)
    assert len(set(first.values())) == len(topology.names)
    assert topic_ids(config, [name]) == {name: first[name]}
    admin = AdminClient(config)
    for future in admin.delete_topics([name]).values():
        future.result(10)
    wait_until(lambda: name not in admin.list_topics(timeout=10).topics, "the topic is gone")
    ensure_topics(config, topology)

    assert topic_ids(config, [name])[name] != first[name]


def test_the_cluster_has_an_id(config: dict[str, str], embedded: dict[str, str]) -> None:
    assert cluster_id(config) == cluster_id(config)
    assert cluster_id(config) not in ("", "unknown", cluster_id(embedded))


def test_a_broker_that_refuses_a_topic(config: dict[str, str], namespace: str) -> None:
    with pytest.raises(TopicsError, match="replication factor") as caught:
        ensure_topics(config, Topology(namespace), replication_factor=3)
    assert len(caught.value.mismatches) == len(Topology(namespace).names)


def test_the_demos_broker_does_it_too(embedded: dict[str, str]) -> None:
    topology = Topology("demo.", journal_partitions=4)

    assert len(ensure_topics(embedded, topology)) == len(topology.names)
    assert check_topics(embedded, topology) == []
    with pytest.raises(TopicsError, match="4 partitions, declared are 8"):
        check_topics(embedded, Topology("demo."))
    ids = topic_ids(embedded, topology.names)
    assert len(set(ids.values())) == len(topology.names)
    assert topic_ids(embedded, topology.names) == ids
