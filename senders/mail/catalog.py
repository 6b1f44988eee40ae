"""The catalog in memory: the whole compacted topic, read outside any consumer group, kept current.

A thread of its own reads, since librdkafka's consumer blocks; the dictionary is only ever changed
key by key, which other threads may watch. What workers put aside as dead letters is passed over.
"""

import threading
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from runtime.kafka_config import librdkafka_config
from runtime.logging import get_logger
from runtime.settings import Settings
from schemas.admission import UnreadCatalogError, admit_product
from schemas.catalog_entry import ShownEntry
from schemas.codec import Codec
from schemas.errors import DeadLetterError, RetryError
from schemas.topics import Topology
from senders.links.tokens import is_web_url
from senders.reading.batches import take_batch

SILENT_SECONDS = 60.0
"""A topic that has not ended and brings nothing for so long can't be read."""
UNKNOWN = -1
"""The end of a partition that Kafka didn't tell in time: it shows when it is read."""
log = get_logger(__name__)


class CatalogReader:
    """Keeps `products` equal to the catalog topic.

    Args:
        settings: How to reach Kafka.
        codec: Decodes the records.
        topology: Names the topic.
    """

    def __init__(self, settings: Settings, codec: Codec, topology: Topology) -> None:
        self.products: dict[str, ShownEntry] = {}
        self.shop_url = settings.sender.public_url
        self._complete = threading.Event()
        self._records = 0
        self._currency = settings.currency
        self._topology = topology
        self._codec = codec
        self._topic = topology.name("catalog")
        self._timeout = settings.kafka.request_timeout_seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="catalog", daemon=True)
        self._ends: dict[int, int] = {}  # of the partitions still to be read, as they were found
        self._consumer = Consumer(
            {
                **librdkafka_config(settings, client_id="nextbest-catalog"),
                # Never joined nor committed to: librdkafka wants a name all the same.
                "group.id": f"{settings.namespace}nextbest-catalog-{uuid4()}",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # Products change seldom: don't ask as often as whoever waits for records.
                "fetch.wait.max.ms": 500,
            }
        )

    def start(self) -> None:
        """Begin to read; see `wait_complete`.

        Raises:
            KafkaException: The topic can't be looked up.
        """
        found = self._consumer.list_topics(self._topic, timeout=self._timeout).topics[self._topic]
        if found.error is not None:
            raise KafkaException(found.error)
        parts = [TopicPartition(self._topic, n, OFFSET_BEGINNING) for n in found.partitions]
        self._ends = {part.partition: self._end_of(part) for part in parts}
        self._consumer.assign(parts)
        self._thread.start()

    def _end_of(self, part: TopicPartition) -> int:
        try:
            bounds = self._consumer.get_watermark_offsets(part, timeout=self._timeout)
        except KafkaException:
            bounds = None  # it may have no leader now: whoever reads waits for one
        return bounds[1] if bounds else UNKNOWN

    def wait_complete(self) -> None:
        """Wait until the topic was read to its end, however long that takes.

        Raises:
            UnreadCatalogError: Nothing came for a while, and the end was not reached.
        """
        before = -1
        while not self._complete.wait(SILENT_SECONDS):
            if self._records == before:
                raise UnreadCatalogError(self._topic, SILENT_SECONDS, self._records)
            before = self._records

    def stop(self) -> None:
        """End the thread; a second call does nothing."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
            self._consumer.close()

    def _run(self) -> None:
        while not self._stop.is_set():
            for message in take_batch(self._consumer, 500, 0.5):
                self._take(message)

    def _take(self, message: Any) -> None:
        error = message.error()
        if error is not None:
            if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001  its public name
                self._end(message.partition())
            else:
                log.warning("catalog_unreadable", error=error.str())
            return
        self._records += 1
        self._keep(message)
        # Kafka tells the end only after a fetch has waited there in vain, and not before.
        if message.offset() + 1 == self._ends.get(message.partition()):
            self._end(message.partition())

    def _end(self, partition: int) -> None:
        self._ends.pop(partition, None)
        if not self._ends:
            self._complete.set()

    def _keep(self, message: Any) -> None:
        value = message.value()
        if value is None:
            self.products.pop((message.key() or b"").decode("utf-8", "replace"), None)
            return
        try:
            record = admit_product(self._codec, self._topology, value, self._currency)
        except (DeadLetterError, RetryError) as problem:
            # A product less is shown; the catalog has no one who waits for this record.
            log.warning("catalog_record_skipped", offset=message.offset(), problem=str(problem))
            return
        self.products[record["product_id"]] = ShownEntry.of(record)
        self._notice_shop(record["url"])

    def _notice_shop(self, url: str | None) -> None:
        if url and is_web_url(url):
            parts = urlsplit(url)
            self.shop_url = f"{parts.scheme}://{parts.netloc}/"
