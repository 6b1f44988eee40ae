"""Reading the catalog topic whole, outside any group, and following it."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any

import structlog
from confluent_kafka import Consumer, TopicPartition

from models.catalog import Catalog
from runtime.metrics import Metrics
from schemas.admission import UnreadCatalogError, admit_product
from schemas.codec import Codec
from schemas.dead_letters import LetterWriter, Placed
from schemas.errors import DeadLetterError, RetryError
from schemas.topics import Topology
from streams.commit import Leaving
from streams.patience import wait_for_schemas
from streams.producer import AsyncProducer

log = structlog.get_logger(__name__)

_POLL_SECONDS = 0.2
_BATCH_RECORDS = 1_000
_SILENT_SECONDS = 60.0
"""A topic that has not ended and brings nothing for so long can't be read."""
_TELL_SECONDS = 10.0


class CatalogReader:
    """Keeps a `Catalog` as the topic says.

    Args:
        config: librdkafka consumer properties.
        topology: Topic names.
        codec: Decodes products.
        producer: Takes dead letters. Every worker reads the whole catalog, so each puts a bad
            record aside; the letters share an id and are one.
        metrics: Counts them.
        currency: The shop's; see `schemas.checks.check_product`.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        topology: Topology,
        codec: Codec,
        producer: AsyncProducer,
        metrics: Metrics,
        currency: str,
    ) -> None:
        self._metrics = metrics
        self._currency = currency
        self._topology = topology
        self._topic = topology.name("catalog")
        self._letters = LetterWriter(codec, topology, "worker")
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
        """Read up to the end the topic has now, however long that takes.

        Raises:
            UnreadCatalogError: Nothing came for a while, and the end was not reached.
        """
        ends = await asyncio.to_thread(self._assign)
        loop = asyncio.get_running_loop()
        moved_at = told_at = loop.time()
        records = 0
        while any(self._position(partition) < end for partition, end in ends.items()):
            read = await self._read_some()
            records += read
            now = loop.time()
            if read:
                moved_at = now
            elif now - moved_at > _SILENT_SECONDS:
                raise UnreadCatalogError(self._topic, _SILENT_SECONDS, records)
            if now - told_at > _TELL_SECONDS:
                told_at = now
                log.info("reading the catalog", records=records, products=len(self.catalog))
        log.info("catalog read", records=records, products=len(self.catalog))

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

    async def _read_some(self) -> int:
        """Apply what there is; how many records that were."""
        messages = await asyncio.to_thread(self._consumer.consume, _BATCH_RECORDS, _POLL_SECONDS)
        bad: list[tuple[Any, DeadLetterError]] = []
        read = 0
        for message in messages:
            if message.error() is not None:
                continue
            read += 1
            try:
                await self._apply(message)
            except DeadLetterError as error:
                bad.append((message, error))
        if bad:
            await self._put_aside(bad)
        return read

    async def _apply(self, message: Any) -> None:
        while True:
            try:
                self._take(message)
            except RetryError as error:
                await wait_for_schemas(error)
            else:
                return

    def _take(self, message: Any) -> None:
        key, value, written_ms = message.key(), message.value(), message.timestamp()[1]
        if value is not None:
            product = admit_product(self._codec, self._topology, value, self._currency)
            self.catalog.put(product, written_ms)
        elif key is not None:
            self.catalog.remove(key.decode("utf-8", "replace"), written_ms)

    async def _put_aside(self, bad: list[tuple[Any, DeadLetterError]]) -> None:
        """Write a dead letter for each, and wait until all are written."""
        batch = self._producer.batch()
        for message, error in bad:
            self._metrics.dead_letters_total.labels(stage="worker", reason=error.reason).inc()
            letter = self._letters.write(error, Placed.of(message))
            await self._producer.produce(Leaving(*letter), batch)
        batch.close()
        await batch.done
        # One line for all: a whole catalog in another currency would fill the log.
        reasons = Counter(error.reason for _, error in bad)
        log.warning("bad catalog records put aside", first_offset=bad[0][0].offset(), **reasons)

    async def close(self) -> None:
        """Close the client."""
        await asyncio.to_thread(self._consumer.close)
