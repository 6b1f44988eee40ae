"""What a catalog of a million products costs: to load, to keep, and to ask.

    python -m bench.catalog worker
    python -m bench.catalog sender
    python -m bench.catalog topic

Loading is what a worker does with each record of the topic (decode, check, take over) and a sender
likewise, without the broker. Times are CPU time of this one process; memory is what the process
grew by, garbage collected. `topic` is a worker's reader at an Apache Kafka that it starts itself,
by the wall clock.
"""

import argparse
import asyncio
import gc
import random
import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, process_time

from rich.console import Console
from rich.table import Table

from deploy.servers.kafka import KafkaServer
from models.catalog import Catalog
from runtime.metrics import Metrics
from schemas.admission import admit_product
from schemas.catalog_entry import ShownEntry, category_key
from schemas.codec import Codec, Record
from schemas.emitter import Emitter
from schemas.registry import BundledRegistry
from schemas.topic_admin import ensure_topics
from schemas.topics import Topology
from streams.catalog import CatalogReader
from streams.producer import AsyncProducer

PRODUCTS = 1_000_000
CATEGORIES, PARENTS = 2_000, 100
NOW_MS = 1_757_505_600_000
DAY_MS = 86_400_000
_ASKED = 200_000
_TOPOLOGY = Topology()


def records(products: int) -> Iterator[Record]:
    """Categories in two levels, and products with all that a shop tells of them."""
    for number in range(CATEGORIES):
        parent = f"department {number % PARENTS}"
        yield {**_category(f"category {number}", parent)}
    for number in range(PARENTS):
        yield {**_category(f"department {number}", "")}
    rng = random.Random(1)
    for number in range(products):
        yield product(number, rng.uniform(5.0, 150.0), rng.randrange(500), rng.gauss(4.0, 0.5))


def product(number: int, price: float, stock: int, rating: float, at_ms: int = NOW_MS) -> Record:
    """One product; its id and category follow from its number."""
    return {
        "product_id": f"sku-{number:07d}",
        "name": f"Product with a usual name {number}",
        "category": f"category {number % CATEGORIES}",
        "price": round(price, 2),
        "stock": stock,
        "rating": round(min(5.0, max(1.0, rating)), 1),
        "url": f"https://shop.example/products/sku-{number:07d}",
        "image_url": f"https://cdn.shop.example/pictures/sku-{number:07d}/front.jpg",
        "updated_at": at_ms,
        "brand": f"Brand {number % 5_000}",
        "tags": [f"tag {number % 300}", f"colour {number % 12}"],
        "since": at_ms - (number % 1_000) * DAY_MS,
    }


def _category(name: str, parent: str) -> Record:
    return {
        "product_id": category_key(name),
        "name": name,
        "category": parent,
        "price": 0.0,
        "stock": 0,
        "updated_at": NOW_MS,
        "kind": "category",
    }


def resident_mib() -> float:
    """What the process holds in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def each_us(action: Callable[[int], object], times: int) -> float:
    """CPU microseconds of an action, given a running number."""
    began = process_time()
    for number in range(times):
        action(number)
    return (process_time() - began) / times * 1e6


def load(codec: Codec, values: list[bytes], take: Callable[[Record], object]) -> float:
    """CPU microseconds a record, from bytes to where `take` keeps it."""
    began = process_time()
    for value in values:
        take(admit_product(codec, _TOPOLOGY, value, "EUR"))
    return (process_time() - began) / len(values) * 1e6


def questions(catalog: Catalog, products: int) -> Iterator[tuple[str, float]]:
    """What workers ask, each with its CPU microseconds."""
    rng = random.Random(2)
    ids = [f"sku-{rng.randrange(products):07d}" for _ in range(_ASKED)]
    yield "find, and its category", each_us(lambda n: catalog.find(ids[n]).category, _ASKED)  # type: ignore[union-attr]
    yield "a category's shelf, first time", each_us(lambda n: catalog.shelf(f"category {n}"), 1_000)
    yield "the same, again", each_us(lambda n: catalog.shelf(f"category {n}"), 1_000)
    departments = [f"department {number}" for number in range(PARENTS)]
    yield "a department's, first time", each_us(lambda n: catalog.shelf(departments[n]), PARENTS)
    yield (
        "new in a department, first time",
        each_us(lambda n: catalog.new_since(departments[n], NOW_MS - 30 * DAY_MS), PARENTS),
    )

    def sells(number: int) -> None:
        told = product(rng.randrange(products), 50.0, rng.randrange(3), 4.0, NOW_MS + DAY_MS)
        catalog.put(told)
        catalog.shelf(departments[number % PARENTS])

    yield "a change of price and stock, then a shelf", each_us(sells, 20_000)
    yield "lowest price", each_us(lambda n: catalog.lowest_price(ids[n], NOW_MS + DAY_MS), _ASKED)


def worker(products: int, table: Table) -> None:
    """What a worker keeps."""
    codec, values = _written(products)
    before, catalog = resident_mib(), Catalog()
    took = load(codec, values, catalog.put)
    table.add_row("worker: load", f"{took:.1f} µs a record, {1e6 / took:,.0f} records/s")
    table.add_row("worker: memory", f"{resident_mib() - before:,.0f} MiB")
    for what, cost_us in questions(catalog, products):
        table.add_row(f"worker: {what}", f"{cost_us:.2f} µs")


def sender(products: int, table: Table) -> None:
    """What a sender keeps."""
    codec, values = _written(products)
    before = resident_mib()
    shown: dict[str, ShownEntry] = {}
    took = load(codec, values, lambda r: shown.__setitem__(r["product_id"], ShownEntry.of(r)))
    table.add_row("sender: load", f"{took:.1f} µs a record, {1e6 / took:,.0f} records/s")
    table.add_row("sender: memory", f"{resident_mib() - before:,.0f} MiB")


def _written(products: int) -> tuple[Codec, list[bytes]]:
    gc.set_threshold(50_000, 20, 100)  # as the stream roles have it
    codec = Codec(BundledRegistry())
    return codec, [codec.encode("catalog", record) for record in records(products)]


def topic(products: int, table: Table) -> None:
    """What a worker waits for at start."""
    topology = Topology()
    with TemporaryDirectory() as folder, KafkaServer(Path(folder)) as kafka:
        config = {"bootstrap.servers": kafka.bootstrap_servers}
        ensure_topics(config, topology)
        with Emitter(config, topology=topology) as emitter:
            for record in records(products):
                emitter.emit("catalog", record)
            emitter.flush(300.0)
        seconds, cpu_seconds, found = asyncio.run(_read(config, topology))
    table.add_row("worker: read the topic", f"{seconds:.1f} s, {found / seconds:,.0f} records/s")
    table.add_row("worker: CPU of that", f"{cpu_seconds / found * 1e6:.1f} µs a record")


async def _read(config: dict[str, str], topology: Topology) -> tuple[float, float, int]:
    gc.set_threshold(50_000, 20, 100)
    producer = AsyncProducer(config)
    codec = Codec(BundledRegistry())
    reader = CatalogReader(config, topology, codec, producer, Metrics(), "EUR")
    began, cpu_began = monotonic(), process_time()
    await reader.read_all()
    took, cpu_took = monotonic() - began, process_time() - cpu_began
    await reader.close()
    await producer.close(1.0)
    return took, cpu_took, len(reader.catalog)


_PARTS: dict[str, Callable[[int, Table], None]] = {
    "worker": worker,
    "sender": sender,
    "topic": topic,
}


def main(arguments: list[str]) -> None:
    """Measure one part, in a process of its own for the memory, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.catalog")
    parser.add_argument("part", choices=sorted(_PARTS))
    parser.add_argument("--products", type=int, default=PRODUCTS)
    given = parser.parse_args(arguments)
    table = Table("what", "figure", title=f"{given.products:,} products, {CATEGORIES:,} categories")
    _PARTS[given.part](given.products, table)
    Console().print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
