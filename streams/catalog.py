"""Reading the catalog topic whole, outside any group, and following it."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from confluent_kafka import Consumer, TopicPartition

from models.catalog import Catalog
from models.step import Record
from runtime.metrics import Metrics
from schemas.checks import check_product
from schemas.codec import Codec
from schemas.dead_letters import dead_letter
from schemas.errors import DeadLetterError, RetryError
from schemas.personal import is_personal
from schemas.topics import Topology
from streams.commit import Leaving
from streams.producer import AsyncProducer

log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.2
_BATCH_RECORDS = 1_000
_READ_TIMEOUT_SECONDS = 60.0
_RETRY_PAUSE_SECONDS = 1.0


class CatalogReader:
    """Keeps a `Catalog` as the topic says.

    Args:
        config: librdkafka consumer properties.
        topology: Topic names.
        codec: Decodes products.
        producer: Takes dead letters. Every worker reads the whole catalog, so each puts a bad
            record aside; the letters share an id and are one.
        metrics: Counts them.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        topology: Topology,
        codec: Codec,
        producer: AsyncProducer,
        metrics: Metrics,
    ) -> None:
        self._metrics = metrics
        self._topology = topology
        self._topic = topology.name("catalog")
        self._codec = codec
        self._producer = producer
        self.catalog = Catalog()
        # Nothing is ever committed: the group id is only demanded by the client.
        self._consumer = Consumer(
            {
                **config,
                "group.id": "nextbest-catalog-unused",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                # Products change seldom: don't ask as often as whoever waits for records.
                "fetch.wait.max.ms": 500,
            }
        )

    async def read_all(self) -> None:
        """Read up to the end the topic has now.

        Raises:
            RetryError: The end was not reached in time.
        """
        ends = await asyncio.to_thread(self._assign)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _READ_TIMEOUT_SECONDS
        while any(self._position(partition) < end for partition, end in ends.items()):
            if loop.time() > deadline:
                raise RetryError(f"the catalog topic {self._topic} could not be read to its end")
            await self._read_some()
        log.info("catalog read", products=len(self.catalog))

    def _assign(self) -> dict[int, int]:
        metadata = self._consumer.list_topics(self._topic, timeout=10.0)
        partitions = sorted(metadata.topics[self._topic].partitions)
        ends: dict[int, int] = {}
        starts = []
        for partition in partitions:
            low, high = self._consumer.get_watermark_offsets(
                TopicPartition(self._topic, partition), timeout=10.0
            )
            starts.append(TopicPartition(self._topic, partition, low))
            if high > low:
                ends[partition] = high
        self._consumer.assign(starts)
        return ends

    def _position(self, partition: int) -> int:
        return int(self._consumer.position([TopicPartition(self._topic, partition)])[0].offset)

    async def follow(self) -> None:
        """Apply changes as they come, until cancelled."""
        while True:
            await self._read_some()

    async def _read_some(self) -> None:
        for message in await asyncio.to_thread(
            self._consumer.consume, _BATCH_RECORDS, _POLL_SECONDS
        ):
            if message.error() is None:
                await self._apply(message)

    async def _apply(self, message: Any) -> None:
        key = message.key()
        if message.value() is None:
            if key is not None:
                self.catalog.remove(key.decode("utf-8", "replace"))
            return
        try:
            product = await self._product(message.value())
        except DeadLetterError as error:
            await self._put_aside(message, error)
            return
        self.catalog.put(product)

    async def _product(self, value: bytes) -> Record:
        while True:
            try:
                name, product = self._codec.decode(value)
            except RetryError as error:
                log.warning("waiting for the schema registry", reason=str(error))
                await asyncio.sleep(_RETRY_PAUSE_SECONDS)
                continue
            if name != "catalog":
                raise DeadLetterError("wrong_topic", f"a {name} record is no product")
            check_product(product)
            return product

    async def _put_aside(self, message: Any, error: DeadLetterError) -> None:
        self._metrics.dead_letters_total.labels(stage="worker", reason=error.reason).inc()
        log.warning("bad catalog record put aside", offset=message.offset(), reason=error.reason)
        letter = dead_letter(
            error,
            stage="worker",
            topic=self._topic,
            partition=message.partition(),
            offset=message.offset(),
            timestamp_ms=message.timestamp()[1],
            key=message.key(),
            value=message.value(),
            personal=is_personal(self._codec, self._topology, self._topic, message.value()),
        )
        topic = self._topology.for_record("dead_letter")
        value = self._codec.encode("dead_letter", letter)
        batch = self._producer.batch()
        await self._producer.produce(
            Leaving(topic, letter["dead_letter_id"].encode(), value), batch
        )
        batch.close()
        await batch.done

    async def close(self) -> None:
        """Close the client."""
        await asyncio.to_thread(self._consumer.close)
