"""Making the topics as declared, and checking that those on the broker are as declared."""

import logging
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AdminClient,
    ConfigResource,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from schemas.errors import RetryError, StopError
from schemas.topics import Topic, Topology

_TIMEOUT_SECONDS = 15.0
_LED_SECONDS = 60.0
"""How long new topics may take until they can be used: seconds on a busy single broker."""
_POLL_SECONDS = 0.05
_TOPIC_EXISTS = 36
"""The protocol's TOPIC_ALREADY_EXISTS (https://kafka.apache.org/protocol#protocol_error_codes)."""
_ZERO_UUID = "AAAAAAAAAAAAAAAAAAAAAA"
_NO_ANSWER = frozenset(
    {
        KafkaError._TIMED_OUT,  # noqa: SLF001  its public name, as those of its neighbours
        KafkaError._TIMED_OUT_QUEUE,  # noqa: SLF001
        KafkaError._TRANSPORT,  # noqa: SLF001
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._RESOLVE,  # noqa: SLF001
        KafkaError._AUTHENTICATION,  # noqa: SLF001
        KafkaError.REQUEST_TIMED_OUT,
        KafkaError.NETWORK_EXCEPTION,
        KafkaError.BROKER_NOT_AVAILABLE,
        KafkaError.NOT_CONTROLLER,
    }
)
"""Failures that say nothing about a topic: whoever had to answer did not."""


class BrokerUnavailableError(RetryError):
    """No broker answered in time; the message holds librdkafka's own words."""

    def __init__(self, timeout_seconds: float, words: str) -> None:
        super().__init__(
            f"no Kafka broker answered within {timeout_seconds:g} s: {words}. "
            "Check bootstrap.servers and that the broker runs."
        )


class UnledTopicsError(RetryError):
    """New topics are there and can't be used yet."""


class TopicsError(StopError):
    """Topics are missing or not as declared.

    Attributes:
        mismatches: One line each.
    """

    def __init__(self, mismatches: list[str]) -> None:
        lines = "\n  ".join(mismatches)
        super().__init__(
            f"the topics are not as declared:\n  {lines}\n"
            "`nextbest topics create` makes the missing ones; others must be altered by hand."
        )
        self.mismatches = mismatches


def ensure_topics(
    admin_config: Mapping[str, Any],
    topology: Topology,
    *,
    replication_factor: int = 1,
) -> list[str]:
    """Create the declared topics that are missing, and wait until they can be used.

    Never alters one that exists.

    Args:
        admin_config: librdkafka's configuration, at least `bootstrap.servers`.
        replication_factor: Of the topics made. With 3 or more, two replicas must acknowledge.

    Returns:
        What was done, one line each; empty where nothing was missing.

    Raises:
        BrokerUnavailableError: No broker answered.
        UnledTopicsError: What was made can't be used within a minute.
        TopicsError: The broker refuses to make a topic.
    """
    admin = _admin(admin_config)
    present = _partition_counts(admin)
    missing = [topic for topic in _declared(topology) if topic[0] not in present]
    if not missing:
        return []
    wanted = [
        NewTopic(
            name,
            num_partitions=topology.partitions(topic),
            replication_factor=replication_factor,
            config=topic_config(topic, replication_factor),
        )
        for name, topic in missing
    ]
    futures = admin.create_topics(wanted, request_timeout=_TIMEOUT_SECONDS)
    refused, done = [], []
    for name, future in futures.items():
        error = _failure(future)
        if error is None:
            partitions = topology.partitions(topology.declared(name))
            done.append(f"created {name} with {partitions} partitions")
        elif error.args[0].code() != _TOPIC_EXISTS:  # another role may be making them as well
            _raise_if_away(error)
            refused.append(f"{name} can't be made: {error.args[0].str()}")
    if refused:
        raise TopicsError(refused)
    _wait_until_led(admin_config, [name for name, _ in missing], topology)
    return done


def check_topics(admin_config: Mapping[str, Any], topology: Topology) -> list[str]:
    """Compare the broker's topics with the declaration.

    Returns:
        Notes on what could not be checked or is merely unusual; for the log.

    Raises:
        BrokerUnavailableError: No broker answered.
        TopicsError: Something is not as declared; lists everything that isn't.
    """
    admin = _admin(admin_config)
    counts = _partition_counts(admin)
    present = [name for name in topology.names if name in counts]
    configs = _configs(admin, present) or {}
    mismatches: list[str] = []
    notes: list[str] = []
    for name, topic in _declared(topology):
        if name not in counts:
            mismatches.append(f"{name} does not exist")
            continue
        found = configs.get(name)
        wrong, odd = compare(name, topic, topology.partitions(topic), counts[name], found)
        mismatches += wrong
        notes += odd
    if mismatches:
        raise TopicsError(mismatches)
    return notes


def compare(
    name: str,
    topic: Topic,
    partitions: int,
    found_partitions: int,
    found: Mapping[str, str] | None,
) -> tuple[list[str], list[str]]:
    """What is wrong, and what is odd, with one topic of the broker.

    Args:
        partitions: The declared count.
        found: The broker's settings of the topic; None or a missing entry where it does not tell.
    """
    wrong: list[str] = []
    odd: list[str] = []
    if topic.exact_partitions and found_partitions != partitions:
        wrong.append(
            f"{name} has {found_partitions} partitions, declared are {partitions}; "
            "this count can't be changed once the topic holds records"
        )
    if not found or "cleanup.policy" not in found:
        odd.append(f"{name}: the broker does not tell its settings, only partitions were checked")
    found = found or {}
    size = found.get("max.message.bytes")
    if size is not None and int(size) < topic.max_message_bytes:
        wrong.append(
            f"{name}: max.message.bytes is {size}, at least {topic.max_message_bytes} are needed"
        )
    cleanup = found.get("cleanup.policy")
    if cleanup is not None and _policies(cleanup) != _policies(topic.cleanup):
        wrong.append(f"{name}: cleanup.policy is {cleanup!r}, declared is {topic.cleanup!r}")
    lag = found.get("min.compaction.lag.ms")
    if lag is not None and int(lag) < topic.compaction_lag_ms:
        wrong.append(
            f"{name}: min.compaction.lag.ms is {lag}, at least {topic.compaction_lag_ms} are needed"
        )
    retention = found.get("retention.ms")
    if retention is not None and "delete" in topic.cleanup and int(retention) != -1:
        short = topic.retention_ms == -1 or int(retention) < topic.retention_ms
        if short:
            # Event topics belong to the product apps; intake has long read what they delete.
            into = odd if topic.is_event else wrong
            into.append(f"{name}: retention.ms is {retention}, declared is {topic.retention_ms}")
    return wrong, odd


def topic_config(topic: Topic, replication_factor: int = 1) -> dict[str, str]:
    """The broker's settings for a topic, as it is made."""
    config = {
        "cleanup.policy": topic.cleanup,
        "max.message.bytes": str(topic.max_message_bytes),
        # Retention counts from arrival: a recorded log of 2019, sent today, stays as long as
        # any other, whatever time its producer puts on the records.
        "message.timestamp.type": "LogAppendTime",
    }
    if "delete" in topic.cleanup:
        config["retention.ms"] = str(topic.retention_ms)
    if topic.compaction_lag_ms:
        config["min.compaction.lag.ms"] = str(topic.compaction_lag_ms)
    if replication_factor >= 3:
        config["min.insync.replicas"] = "2"
    return config


def topic_ids(admin_config: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """The ids that tell a topic from one made again under its name.

    Where the broker has none (embedded ones), the id is `name:` and the name: stable, and blind to
    a topic made again, which such a broker's restart already is.

    Raises:
        BrokerUnavailableError: No broker answered.
        TopicsError: A topic does not exist.
    """
    wanted = list(names)
    admin = _admin(admin_config)
    futures = admin.describe_topics(TopicCollection(wanted), request_timeout=_TIMEOUT_SECONDS)
    ids: dict[str, str] = {}
    failed: list[str] = []
    for name, future in futures.items():
        if error := _failure(future):
            _raise_if_away(error)
            failed.append(f"{name} can't be described: {error.args[0].str()}")
            continue
        topic_id = str(future.result().topic_id or "")
        ids[name] = topic_id if topic_id not in ("", _ZERO_UUID) else f"name:{name}"
    if failed:
        raise TopicsError(failed)
    return ids


def cluster_id(
    admin_config: Mapping[str, Any], *, timeout_seconds: float = _TIMEOUT_SECONDS
) -> str:
    """The Kafka cluster's id; `unknown` where the broker has none.

    Raises:
        BrokerUnavailableError: No broker answered.
    """
    return str(_metadata(_admin(admin_config), timeout_seconds).cluster_id or "unknown")


def _admin(config: Mapping[str, Any]) -> AdminClient:
    return AdminClient(dict(config), logger=logging.getLogger("nextbest.kafka.admin"))


def _declared(topology: Topology) -> list[tuple[str, Topic]]:
    return [(name, topology.declared(name)) for name in topology.names]


def _policies(value: str) -> set[str]:
    return {part.strip() for part in value.split(",")}


def _metadata(admin: AdminClient, timeout_seconds: float) -> Any:
    try:
        return admin.list_topics(timeout=timeout_seconds)
    except KafkaException as error:
        raise BrokerUnavailableError(timeout_seconds, error.args[0].str()) from error


def _partition_counts(admin: AdminClient) -> dict[str, int]:
    topics = _metadata(admin, _TIMEOUT_SECONDS).topics
    return {name: len(topic.partitions) for name, topic in topics.items()}


def _wait_until_led(config: Mapping[str, Any], names: list[str], topology: Topology) -> None:
    """Wait until every partition of new topics answers.

    A controller says that a topic is made before the brokers know that they lead its partitions;
    until then they answer that it is unknown or that they don't.
    """
    waiting = {
        TopicPartition(name, partition): OffsetSpec.earliest()
        for name in names
        for partition in range(topology.partitions(topology.declared(name)))
    }
    deadline = time.monotonic() + _LED_SECONDS
    while waiting:
        # A client of its own for each look: librdkafka 2.16 remembers that a partition had no
        # leader and, now and then, keeps to that for a minute or more.
        admin = _admin(config)
        # Asked for offsets of a partition without a leader, librdkafka looks again after 3 s.
        if _have_leaders(admin, waiting):
            futures = admin.list_offsets(waiting, request_timeout=_TIMEOUT_SECONDS)
            waiting = {
                part: OffsetSpec.earliest() for part, future in futures.items() if _failure(future)
            }
        if waiting and time.monotonic() > deadline:
            names = sorted({part.topic for part in waiting})
            raise UnledTopicsError(
                f"no broker leads every partition of {', '.join(names)}, {_LED_SECONDS:g} s "
                "after they were made. Check the brokers' logs."
            )
        if waiting:
            time.sleep(_POLL_SECONDS)


def _have_leaders(admin: AdminClient, parts: Iterable[TopicPartition]) -> bool:
    topics = _metadata(admin, _TIMEOUT_SECONDS).topics
    led = {
        (name, partition.id)
        for name, topic in topics.items()
        for partition in topic.partitions.values()
        if partition.leader >= 0
    }
    return all((part.topic, part.partition) in led for part in parts)


def _configs(admin: AdminClient, names: list[str]) -> dict[str, dict[str, str]] | None:
    if not names:
        return {}
    resources = [ConfigResource(ResourceType.TOPIC, name) for name in names]
    try:
        futures = admin.describe_configs(resources, request_timeout=_TIMEOUT_SECONDS)
    except KafkaException:
        return None
    configs: dict[str, dict[str, str]] = {}
    for resource, future in futures.items():
        if _failure(future):
            return None
        entries = future.result()
        configs[resource.name] = {
            key: entry.value for key, entry in entries.items() if entry.value is not None
        }
    return configs


def _raise_if_away(error: KafkaException) -> None:
    """Tell a broker that is away from a topic that is wrong: nobody must alter topics for it."""
    if error.args[0].code() in _NO_ANSWER:
        raise BrokerUnavailableError(_TIMEOUT_SECONDS, error.args[0].str()) from error


def _failure(future: "Future[Any]") -> KafkaException | None:
    try:
        error = future.exception(timeout=_TIMEOUT_SECONDS * 2)
    except TimeoutError as silent:
        raise BrokerUnavailableError(_TIMEOUT_SECONDS * 2, "no answer at all") from silent
    if error is not None and not isinstance(error, KafkaException):
        raise error
    return error
