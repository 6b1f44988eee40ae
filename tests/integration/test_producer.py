"""The producer on Apache Kafka: what is done has been acknowledged, what is refused is told."""

import asyncio
import uuid
from collections.abc import Sequence

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from deploy.servers.kafka import KafkaServer
from schemas.source import SOURCE_HEADER
from streams.commit import Leaving
from streams.errors import UndeliveredError
from streams.producer import AsyncProducer
from tests.integration.reading import read_topics

pytestmark = pytest.mark.integration


@pytest.fixture
def topic(kafka: KafkaServer) -> str:
    """A topic of one partition that takes less than the client does."""
    name = f"produced-{uuid.uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    config = {"max.message.bytes": "400000"}
    made = admin.create_topics([NewTopic(name, 1, 1, config=config)])
    made[name].result()
    return name


async def _deliver(producer: AsyncProducer, records: Sequence[Leaving]) -> None:
    batch = producer.batch()
    for record in records:
        await producer.produce(record, batch)
    batch.close()
    await batch.done


def test_a_batch_is_done_when_all_of_it_has_arrived(kafka: KafkaServer, topic: str) -> None:
    async def run() -> tuple[int, int]:
        producer = AsyncProducer({"bootstrap.servers": kafka.bootstrap_servers})
        await _deliver(producer, [])
        first = [Leaving(topic, b"k", str(n).encode(), 0, b"from") for n in range(3_000)]
        await _deliver(producer, first)
        arrived = len(read_topics(kafka.bootstrap_servers, [topic]))
        await _deliver(producer, [Leaving(topic, b"k", b"last")])
        return arrived, await producer.close(20.0)

    arrived, left = asyncio.run(run())

    assert (arrived, left) == (3_000, 0)
    found = read_topics(kafka.bootstrap_servers, [topic])
    assert [message.value() for message in found[:3_000]] == [b"%d" % n for n in range(3_000)]
    assert found[0].headers() == [(SOURCE_HEADER, b"from")]
    assert (found[-1].value(), found[-1].headers()) == (b"last", None)


def test_what_the_broker_refuses_fails_its_batch_only(kafka: KafkaServer, topic: str) -> None:
    async def run() -> None:
        producer = AsyncProducer({"bootstrap.servers": kafka.bootstrap_servers, "linger.ms": 0})
        with pytest.raises(UndeliveredError, match=topic):
            await _deliver(producer, [Leaving(topic, b"k", bytes(500_000))])
        await _deliver(producer, [Leaving(topic, b"k", b"short")])
        assert await producer.close(20.0) == 0

    asyncio.run(run())

    assert [m.value() for m in read_topics(kafka.bootstrap_servers, [topic])] == [b"short"]


def test_what_the_client_refuses_is_raised_at_once(kafka: KafkaServer, topic: str) -> None:
    async def run() -> None:
        producer = AsyncProducer({"bootstrap.servers": kafka.bootstrap_servers})
        with pytest.raises(UndeliveredError, match=topic):
            await producer.produce(Leaving(topic, b"k", bytes(2_000_000)), producer.batch())
        assert await producer.close(20.0) == 0

    asyncio.run(run())


def test_closing_tells_what_could_not_leave() -> None:
    async def run() -> int:
        producer = AsyncProducer({"bootstrap.servers": "127.0.0.1:1", "log_level": 0})
        await producer.produce(Leaving("nowhere", b"k", b"v"), producer.batch())
        return await producer.close(0.2)

    assert asyncio.run(run()) == 1
