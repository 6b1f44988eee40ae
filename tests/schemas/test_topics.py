"""The declaration of the topics."""

import pytest

from schemas import library
from schemas.checks import EVENTS
from schemas.codec import MAX_DEAD_LETTER_BYTES
from schemas.topics import TOPICS, BadTopologyError, Topology

PLAIN = Topology()


def test_every_event_has_its_topic() -> None:
    assert set(PLAIN.event_topics) == {f"events.{name}" for name in EVENTS}
    assert [PLAIN.for_record(name) for name in EVENTS] == [f"events.{name}" for name in EVENTS]


def test_every_record_is_somewhere_except_contacts() -> None:
    placed = {}
    for name in library.record_names():
        if name != "contact":
            placed[name] = PLAIN.for_record(name)

    assert placed["decision"] == "decisions"
    assert placed["outcome"] == "outcomes"
    assert placed["dead_letter"] == "dead-letters"
    assert placed["catalog"] == "catalog"
    assert placed["merge"] == placed["tick"] == "journal"
    assert placed["codes"] == placed["redemption"] == "journal"
    with pytest.raises(KeyError):
        PLAIN.for_record("contact")


def test_the_namespace_begins_every_name() -> None:
    topology = Topology("shop.")

    assert topology.name("journal") == "shop.journal"
    assert topology.for_record("browse") == "shop.events.browse"
    assert topology.event_topics[0] == "shop.events.browse"
    assert set(topology.names) == {f"shop.{name}" for name in PLAIN.names}
    assert topology.declared("shop.journal").name == "journal"


def test_partition_counts() -> None:
    topology = Topology(journal_partitions=3)
    counts = {topic.name: topology.partitions(topic) for topic in TOPICS}

    assert counts["journal"] == 3
    assert counts["decisions"] == 8
    assert counts["outcomes"] == 1
    assert {counts[name] for name in PLAIN.event_topics} == {4}


def test_a_dead_letter_fits_its_topic_and_every_record_the_journal() -> None:
    sizes = {topic.name: topic.max_message_bytes for topic in TOPICS}

    assert sizes["dead-letters"] > MAX_DEAD_LETTER_BYTES
    assert sizes["journal"] >= max(sizes[name] for name in PLAIN.event_topics)


def test_unknown_names_raise() -> None:
    for lookup in (PLAIN.name, PLAIN.for_record, PLAIN.declared):
        with pytest.raises(KeyError):
            lookup("nothing")


@pytest.mark.parametrize("namespace", ["a/b", "ä", "a b", "x" * 240, "a\n"])
def test_a_namespace_that_kafka_refuses(namespace: str) -> None:
    with pytest.raises(BadTopologyError, match="namespace"):
        Topology(namespace)


@pytest.mark.parametrize("partitions", [0, -1, 10_001])
def test_a_count_that_makes_no_sense(partitions: int) -> None:
    with pytest.raises(BadTopologyError, match="partitions"):
        Topology(journal_partitions=partitions)
