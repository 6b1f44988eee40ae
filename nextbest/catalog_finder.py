"""Finding what the catalog topic says of one product, as a worker that reads it whole takes it."""

import time
from dataclasses import dataclass, field
from typing import Any

from models.catalog import Catalog
from nextbest.connections import Stored, codec, read_whole, topology
from runtime.settings import Settings
from schemas.admission import admit_product
from schemas.catalog_entry import CATEGORY_PREFIX
from schemas.codec import Codec
from schemas.errors import DeadLetterError
from schemas.topics import Topology


@dataclass(frozen=True, slots=True)
class Told:
    """One record about the product.

    Attributes:
        place: topic/partition/offset.
        written_at: When Kafka got it, epoch milliseconds.
        price: What it says, with the currency; empty for a deletion and for a bad record.
        stock: Likewise.
        aside: Why workers put it aside; empty where they took it over.
    """

    place: str
    written_at: int
    price: str
    stock: str
    aside: str


@dataclass(slots=True)
class FoundProduct:
    """What is known of a product.

    Attributes:
        record: The last record that was taken over; None where the product was deleted, or where
            no record was taken over.
        priced_at: Since when it costs what it does, as far as is known.
        lowest_price: See `models.catalog.Catalog.lowest_price`.
        lies_in: The categories above its own, the nearest first.
        told: Every record that the topic still holds about it, in order.
    """

    record: dict[str, Any] | None = None
    priced_at: int = 0
    lowest_price: float | None = None
    lies_in: tuple[str, ...] = ()
    told: list[Told] = field(default_factory=list)


def find_product(settings: Settings, product_id: str) -> FoundProduct | None:
    """Find what the topic says of a product, reading it whole; None where it says nothing.

    Raises:
        KafkaAwayError: No broker answers.
        NoTopicError: The topic has not been made.
    """
    topics, decoder = topology(settings), codec(settings)
    topic, wanted = topics.name("catalog"), product_id.encode()
    reading = Reading(decoder, topics, settings.currency, product_id)
    for stored in read_whole(settings, topic):
        # The categories tell what the product's own lies in; a product more makes no difference.
        key = stored.key or b""
        if key == wanted or key.startswith(CATEGORY_PREFIX.encode()):
            reading.read(stored)
    now_ms = time.time_ns() // 1_000_000 if settings.clock == "wall" else None
    return reading.found(now_ms)


class Reading:
    """Follows one product through the topic.

    Args:
        decoder: Decodes the records.
        topics: Names the topic.
        currency: The shop's.
        product_id: The product.
    """

    def __init__(self, decoder: Codec, topics: Topology, currency: str, product_id: str) -> None:
        self._codec, self._topology, self._currency = decoder, topics, currency
        self._product_id = product_id
        self._catalog = Catalog()
        self._found = FoundProduct()

    def read(self, stored: Stored) -> None:
        """Take over a record of the product, or of a category."""
        record, aside = None, ""
        try:
            if stored.value is None:
                key = (stored.key or b"").decode("utf-8", "replace")
                self._catalog.remove(key, stored.timestamp_ms)
            else:
                record = admit_product(self._codec, self._topology, stored.value, self._currency)
                self._catalog.put(record, stored.timestamp_ms)
        except DeadLetterError as error:
            aside = f"{error.reason}: {error}"
        if stored.key != self._product_id.encode():
            return
        if not aside:
            self._found.record = record
        price = f"{record['price']:.2f} {record['currency']}" if record else ""
        stock = str(record["stock"]) if record else ""
        place = f"{stored.topic}/{stored.partition}/{stored.offset}"
        self._found.told.append(Told(place, stored.timestamp_ms, price, stock, aside))

    def found(self, now_ms: int | None) -> FoundProduct | None:
        """What is known of the product; None where nothing was read of it.

        Args:
            now_ms: The present, epoch milliseconds; None for when its record became true.
        """
        found = self._found
        entry = self._catalog.find(self._product_id)
        if entry is not None:
            found.priced_at = entry.priced_at
            at_ms = entry.updated_at if now_ms is None else now_ms
            found.lowest_price = self._catalog.lowest_price(self._product_id, at_ms)
            found.lies_in = self._catalog.ancestors(entry.category)
        return found if found.told else None
