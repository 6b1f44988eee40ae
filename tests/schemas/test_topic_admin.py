"""What a broker's topics are held against; the calls themselves are tested on a real broker."""

from collections.abc import Callable
from typing import Any
from unittest.mock import MagicMock

import pytest
from confluent_kafka import KafkaError, KafkaException

import schemas.topic_admin
from schemas.topic_admin import (
    BrokerUnavailableError,
    check_topics,
    cluster_id,
    compare,
    ensure_topics,
    topic_config,
    topic_ids,
)
from schemas.topics import TOPICS, Topic, Topology

BY_NAME = {topic.name: topic for topic in TOPICS}
JOURNAL = BY_NAME["journal"]


def found(topic: Topic, **changes: str) -> dict[str, str]:
    return {
        **topic_config(topic),
        **{key.replace("_", "."): value for key, value in changes.items()},
    }


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_as_it_is_made_is_as_declared(topic: Topic) -> None:
    assert compare(topic.name, topic, topic.partitions, topic.partitions, found(topic)) == ([], [])


def test_the_journals_partition_count_is_fixed() -> None:
    wrong, _ = compare("journal", JOURNAL, 8, 12, found(JOURNAL))

    assert len(wrong) == 1
    assert "12 partitions, declared are 8" in wrong[0]


def test_event_topics_may_have_any_partition_count() -> None:
    browse = BY_NAME["events.browse"]

    assert compare("events.browse", browse, 4, 64, found(browse)) == ([], [])


def test_everything_wrong_is_listed() -> None:
    wrong, odd = compare(
        "journal",
        JOURNAL,
        8,
        1,
        found(JOURNAL, max_message_bytes="1000", cleanup_policy="compact", retention_ms="3600000"),
    )

    assert [line.split(":")[0] for line in wrong[1:]] == ["journal"] * 3
    assert "partitions" in wrong[0]
    assert "max.message.bytes" in wrong[1]
    assert "cleanup.policy" in wrong[2]
    assert "retention.ms" in wrong[3]
    assert odd == []


def test_product_apps_may_keep_their_events_for_less() -> None:
    browse = BY_NAME["events.browse"]
    wrong, odd = compare("events.browse", browse, 4, 4, found(browse, retention_ms="1"))

    assert wrong == []
    assert "retention.ms" in odd[0]


def test_the_catalogs_last_month_may_not_be_compacted() -> None:
    catalog = BY_NAME["catalog"]
    assert topic_config(catalog)["min.compaction.lag.ms"] == "2678400000"
    wrong, odd = compare("catalog", catalog, 1, 1, found(catalog, min_compaction_lag_ms="0"))

    assert len(wrong) == 1
    assert "min.compaction.lag.ms is 0, at least 2678400000" in wrong[0]
    assert odd == []
    assert "min.compaction.lag.ms" not in topic_config(JOURNAL)


def test_longer_is_fine() -> None:
    more = found(JOURNAL, max_message_bytes="99999999", retention_ms="-1")

    assert compare("journal", JOURNAL, 8, 8, more) == ([], [])


def test_the_order_of_cleanup_policies_says_nothing() -> None:
    letters = BY_NAME["dead-letters"]
    other = found(letters, cleanup_policy="delete, compact")

    assert compare("dead-letters", letters, 1, 1, other) == ([], [])


def test_a_broker_that_does_not_tell_is_believed_with_a_note() -> None:
    wrong, odd = compare("journal", JOURNAL, 8, 8, None)

    assert wrong == []
    assert "does not tell" in odd[0]


def test_two_of_three_replicas_must_acknowledge() -> None:
    assert "min.insync.replicas" not in topic_config(JOURNAL, 1)
    assert topic_config(JOURNAL, 3)["min.insync.replicas"] == "2"


def test_retention_counts_from_arrival() -> None:
    # A log of 2019 sent today would be deleted at once by its records' own times.
    assert {topic_config(topic)["message.timestamp.type"] for topic in TOPICS} == {"LogAppendTime"}


NOWHERE: dict[str, Any] = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}


@pytest.mark.parametrize(
    "ask",
    [
        lambda: cluster_id(NOWHERE, timeout_seconds=0.2),
        lambda: topic_ids(NOWHERE, ["events.browse", "catalog"]),
        lambda: check_topics(NOWHERE, Topology()),
        lambda: ensure_topics(NOWHERE, Topology()),
    ],
    ids=["cluster_id", "topic_ids", "check_topics", "ensure_topics"],
)
def test_a_broker_that_is_away_is_not_blamed_on_the_topics(
    monkeypatch: pytest.MonkeyPatch, ask: Callable[[], object]
) -> None:
    monkeypatch.setattr(schemas.topic_admin, "_TIMEOUT_SECONDS", 0.2)
    with pytest.raises(BrokerUnavailableError, match=r"bootstrap\.servers"):
        ask()


@pytest.mark.parametrize("error", [KafkaError(KafkaError._TRANSPORT), TimeoutError()])
def test_a_broker_that_goes_away_after_it_was_asked(
    monkeypatch: pytest.MonkeyPatch, error: Any
) -> None:
    class GoneAdmin:
        def describe_topics(self, _wanted: Any, **_options: Any) -> dict[str, Any]:
            answer = MagicMock()
            if isinstance(error, KafkaError):
                answer.exception.return_value = KafkaException(error)
            else:
                answer.exception.side_effect = error
            return {"events.browse": answer}

    monkeypatch.setattr(schemas.topic_admin, "_admin", lambda _config: GoneAdmin())
    with pytest.raises(BrokerUnavailableError):
        topic_ids(NOWHERE, ["events.browse"])
