"""Reading the catalog: bad records are put aside, and a topic that goes on coming is waited for."""

from collections.abc import Callable
from typing import Any

import pytest

import streams.catalog
from runtime.metrics import Metrics
from schemas.admission import UnreadCatalogError
from schemas.catalog_entry import category_key
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from schemas.topics import Topology
from streams.catalog import CatalogReader
from streams.commit import Leaving
from tests.models.life import product

CODEC = Codec(BundledRegistry())


class Stored:
    """A record as the client hands it over."""

    def __init__(self, offset: int, key: str, value: bytes | None) -> None:
        self._offset, self._key, self._value = offset, key, value

    def error(self) -> None: ...

    def key(self) -> bytes:
        return self._key.encode()

    def value(self) -> bytes | None:
        return self._value

    def offset(self) -> int:
        return self._offset

    def topic(self) -> str:
        return "catalog"

    def partition(self) -> int:
        return 0

    def timestamp(self) -> tuple[int, int]:
        return 2, 1_700_000_000_000


class Producer:
    """Takes dead letters."""

    def __init__(self) -> None:
        self.letters: list[dict[str, Any]] = []

    def batch(self) -> Any:
        return Written()

    async def produce(self, record: Leaving, batch: Any) -> None:
        self.letters.append(CODEC.decode(record.value)[1])


class Written:
    """A batch that is acknowledged."""

    def __init__(self) -> None:
        self.done = self

    def close(self) -> None: ...

    def __await__(self) -> Any:
        return iter(())


class Reader(CatalogReader):
    """A reader of a topic in memory, with so many records at a time."""

    def __init__(self, records: list[dict[str, Any] | str], currency: str = "EUR") -> None:
        producer: Any = Producer()
        self.letters: list[dict[str, Any]] = producer.letters
        config = {"bootstrap.servers": "127.0.0.1:1", "log_level": 0}
        super().__init__(config, Topology(), CODEC, producer, Metrics(), currency)
        self._consumer.close()
        self.stored = [self._stored(offset, record) for offset, record in enumerate(records)]
        self.at, self.end, self.at_a_time = 0, len(records), 2
        self._consumer: Any = self

    @staticmethod
    def _stored(offset: int, record: dict[str, Any] | str) -> Stored:
        if isinstance(record, str):
            return Stored(offset, record, None)
        return Stored(offset, record["product_id"], CODEC.encode("catalog", record))

    def _assign(self) -> dict[int, int]:
        return {0: self.end}

    def _position(self, partition: int) -> int:
        return self.at

    def consume(self, most: int, timeout: float) -> list[Stored]:
        found = self.stored[self.at : self.at + self.at_a_time]
        self.at += len(found)
        return found

    @property
    def reasons(self) -> list[str]:
        return [letter["reason"] for letter in self.letters]


async def test_an_empty_topic_is_an_empty_catalog() -> None:
    reader = Reader([])
    await reader.read_all()
    assert len(reader.catalog) == 0


async def test_it_ends_with_what_the_topic_says_last() -> None:
    reader = Reader([product("a"), product("b"), product("a", stock=0), "b", product("c")])
    await reader.read_all()
    assert list(reader.catalog) == ["a", "c"]
    assert reader.catalog.sold_out("a")


async def test_bad_records_are_put_aside_and_the_good_ones_stay() -> None:
    reader = Reader(
        [
            product("a", price=20.0),
            product("a", price=-1.0),
            product("b", price=1e300),
            product("c", currency="USD"),
            product(category_key("x"), kind="category", category="y", price=0.0),
            product(category_key("y"), kind="category", category="x", price=0.0),
        ]
    )
    await reader.read_all()
    assert reader.reasons == ["bad_price", "bad_price", "other_currency", "category_cycle"]
    assert [letter["offset"] for letter in reader.letters] == [1, 2, 3, 5]
    assert reader.catalog["a"].price == 20.0
    assert set(reader.catalog) == {"a", category_key("x")}


async def test_each_may_have_a_currency_of_its_own() -> None:
    reader = Reader([product("a"), product("c", currency="USD")], currency="any")
    await reader.read_all()
    assert len(reader.catalog) == 2
    assert reader.reasons == []


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Has each look at the topic take so long."""

    def takes(seconds: float) -> None:
        monkeypatch.setattr(streams.catalog, "_SILENT_SECONDS", seconds)

    return takes


async def test_however_long_it_takes_while_records_come(clock: Callable[[float], None]) -> None:
    clock(0.0)
    reader = Reader([product(f"p-{number}") for number in range(50)])
    await reader.read_all()
    assert len(reader.catalog) == 50


async def test_a_topic_that_falls_silent_before_its_end_is_told(
    clock: Callable[[float], None],
) -> None:
    clock(0.0)
    reader = Reader([product("a")])
    reader.end = 2
    with pytest.raises(UnreadCatalogError, match="after 1 records"):
        await reader.read_all()
