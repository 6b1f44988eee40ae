"""Reading a topic whole, for tests that look at what was produced."""

from collections.abc import Iterable
from typing import Any

from confluent_kafka import Consumer, TopicPartition


def read_topics(bootstrap_servers: str, topics: Iterable[str]) -> list[Any]:
    """Every message that the topics hold now, of every partition, in order of each partition."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap_servers,
            "group.id": "unused",
            "enable.auto.commit": False,
        }
    )
    try:
        known = consumer.list_topics(timeout=10).topics
        parts = [TopicPartition(t, p) for t in topics for p in sorted(known[t].partitions)]
        bounds = [consumer.get_watermark_offsets(part, timeout=10) for part in parts]
        consumer.assign(
            [
                TopicPartition(part.topic, part.partition, low)
                for part, (low, high) in zip(parts, bounds, strict=True)
                if high > low
            ]
        )
        wanted = sum(high - low for low, high in bounds)
        messages: list[Any] = []
        while len(messages) < wanted:
            got = consumer.consume(num_messages=wanted - len(messages), timeout=10)
            assert got, f"{len(messages)} of {wanted} messages came"
            assert [message.error() for message in got] == [None] * len(got)
            messages += got
        return messages
    finally:
        consumer.close()
