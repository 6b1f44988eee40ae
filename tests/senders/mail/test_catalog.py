"""The senders' catalog: the topic's last word of what can be shown, and nothing of what is bad."""

from itertools import islice
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

import senders.mail.catalog
from runtime.settings import load_settings
from schemas.admission import UnreadCatalogError
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from schemas.topics import Topology
from senders.mail.catalog import CatalogReader
from tests.models.life import product

CODEC = Codec(BundledRegistry())


class Stored:
    """A record as the client hands it over."""

    def __init__(self, key: str, value: bytes | None, offset: int = 7) -> None:
        self._key, self._value, self._offset = key, value, offset

    def error(self) -> None: ...

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return self._offset

    def key(self) -> bytes:
        return self._key.encode()

    def value(self) -> bytes | None:
        return self._value


def reader() -> CatalogReader:
    settings = load_settings(kafka={"bootstrap_servers": "127.0.0.1:1"})
    return CatalogReader(settings, CODEC, Topology())


def take(into: CatalogReader, *records: dict[str, Any] | str) -> None:
    """Have it take records; a text deletes a product."""
    for record in records:
        if isinstance(record, str):
            into._take(Stored(record, None))
        else:
            into._take(Stored(record["product_id"], CODEC.encode("catalog", record)))


def test_it_holds_what_mails_show() -> None:
    catalog = reader()
    url = "https://shop.example/tents/t1"
    take(catalog, product("t1", url=url, text="Dry."), product("t2"), product("t1", url=url), "t2")
    assert list(catalog.products) == ["t1"]
    assert catalog.products["t1"].url == url
    assert catalog.products["t1"].text is None
    assert catalog.shop_url == "https://shop.example/"


def test_what_workers_put_aside_is_not_shown_either() -> None:
    catalog = reader()
    take(
        catalog,
        product("t1", price=20.0),
        product("t1", price=-1.0),
        product("t2", currency="USD"),
    )
    catalog._take(Stored("t3", b"no record"))
    assert list(catalog.products) == ["t1"]
    assert catalog.products["t1"].price == 20.0


def test_a_topic_that_falls_silent_before_its_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders.mail.catalog, "SILENT_SECONDS", 0.001)
    catalog = reader()
    take(catalog, product("t1"))
    with pytest.raises(UnreadCatalogError, match="after 1 records"):
        catalog.wait_complete()
    catalog._complete.set()
    catalog.wait_complete()


class Leaderless:
    """A topic of one record, in a partition that has a leader only once it is read."""

    def __init__(self) -> None:
        self._events = iter([Stored("t1", CODEC.encode("catalog", product("t1"))), End()])

    def list_topics(self, topic: str, timeout: float) -> Any:
        found = SimpleNamespace(error=None, partitions={0: None})
        return SimpleNamespace(topics={topic: found})

    def get_watermark_offsets(self, _part: TopicPartition, timeout: float) -> None:
        raise KafkaException(KafkaError(KafkaError.LEADER_NOT_AVAILABLE))

    def assign(self, _parts: list[TopicPartition]) -> None: ...

    def consume(self, most: int, _timeout: float) -> list[Any]:
        return list(islice(self._events, most))

    def close(self) -> None: ...


class End:
    """What the client hands over at a partition's end."""

    def error(self) -> KafkaError:
        return KafkaError(KafkaError._PARTITION_EOF)

    def partition(self) -> int:
        return 0


def test_a_partition_whose_end_nobody_tells_is_read_to_where_it_shows() -> None:
    catalog = reader()
    replaced: Any = catalog
    replaced._consumer = Leaderless()
    catalog.start()
    catalog.wait_complete()
    catalog.stop()
    assert list(catalog.products) == ["t1"]


def test_it_is_complete_with_the_last_record_that_was_there_when_it_began() -> None:
    catalog = reader()
    catalog._ends = {0: 9}
    for offset, complete in ((7, False), (8, True), (9, True)):
        catalog._take(Stored("t1", CODEC.encode("catalog", product("t1")), offset))
        assert catalog._complete.is_set() == complete
    assert list(catalog.products) == ["t1"]
