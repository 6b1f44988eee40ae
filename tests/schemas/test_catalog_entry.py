"""A catalog record in memory: what it holds, and what it shares."""

import gc

import pytest

from schemas.catalog_entry import Entry, ShownEntry, category_key, category_name
from schemas.checks import check_product
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from tests.schemas.samples import NOW_MS, sample

CODEC = Codec(BundledRegistry())


def test_it_holds_what_the_record_says() -> None:
    record = CODEC.decode(CODEC.encode("catalog", sample("catalog")))[1]
    entry = ShownEntry.of(record)
    kept = {name: entry[name] for name in record}
    assert kept == {**record, "tags": tuple(record["tags"]), "about": ()}
    assert entry.priced_at == NOW_MS


def test_a_record_made_by_hand_has_the_schemas_defaults() -> None:
    least = {"product_id": "p", "name": "P", "category": "c", "price": 1.0, "stock": 1}
    entry = ShownEntry.of({**least, "updated_at": 0}, written_ms=7)
    decoded = CODEC.decode(CODEC.encode("catalog", {**least, "updated_at": 7}))[1]
    assert entry == ShownEntry.of(decoded)


def test_workers_keep_nothing_that_only_mails_show() -> None:
    with pytest.raises(KeyError, match="url"):
        Entry.of(sample("catalog"))["url"]


def test_what_many_have_in_common_is_there_once() -> None:
    records = [CODEC.decode(CODEC.encode("catalog", sample("catalog")))[1] for _ in range(2)]
    one, other = (ShownEntry.of(record) for record in records)
    for field in ("category", "currency", "kind", "brand", "tags", "rating"):
        assert one[field] is other[field]
    assert not gc.is_tracked(one)


def test_a_category_has_a_key_that_no_product_has() -> None:
    key = category_key("tents")
    assert category_name(key) == "tents"
    check_product(sample("catalog", product_id=key, kind="category", category=""))
