"""What the topic says of one product, taken as a worker takes it."""

from typing import Any

import pytest
from typer.testing import CliRunner

import nextbest.catalog_finder
from nextbest.catalog_finder import FoundProduct, Reading
from nextbest.cli import app
from nextbest.connections import Stored
from schemas.catalog_entry import category_key
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from schemas.topics import Topology
from tests.models.life import DAY_MS, product

CODEC = Codec(BundledRegistry())
NOW_MS = 1_700_000_000_000


def stored(*records: dict[str, Any] | str) -> list[Stored]:
    """The topic's records; a text deletes the product."""
    found = []
    for offset, record in enumerate(records):
        deletes = isinstance(record, str)
        key = record if isinstance(record, str) else record["product_id"]
        value = None if deletes else CODEC.encode("catalog", record)  # type: ignore[arg-type]
        found.append(Stored("catalog", 0, offset, NOW_MS, key.encode(), value))
    return found


def lamp(day: int, price: float, **fields: Any) -> dict[str, Any]:
    return product("lamp", price=price, updated_at=NOW_MS + day * DAY_MS, **fields)


LOG = stored(
    product(category_key("tents"), kind="category", category="outdoor", price=0.0, stock=0),
    lamp(0, 80.0),
    lamp(40, 50.0),
    lamp(41, -3.0),
)


def read(log: list[Stored], now_ms: int | None = None) -> FoundProduct | None:
    reading = Reading(CODEC, Topology(), "EUR", "lamp")
    for record in log:
        reading.read(record)
    return reading.found(now_ms)


def test_it_is_what_a_worker_would_know() -> None:
    found = read(LOG)
    assert found is not None
    assert found.record is not None
    assert (found.record["price"], found.lowest_price) == (50.0, 80.0)
    assert found.priced_at == NOW_MS + 40 * DAY_MS
    assert found.lies_in == ("outdoor",)
    assert [told.place for told in found.told] == [f"catalog/0/{n}" for n in (1, 2, 3)]
    assert "bad_price" in found.told[2].aside


def test_of_a_deleted_product_what_was_told_is_left() -> None:
    found = read([*LOG, *stored("lamp")])
    assert found is not None
    assert found.record is None
    assert len(found.told) == 4


def test_of_an_unknown_product_nothing_is_found() -> None:
    assert read(LOG[:1]) is None


def test_the_command_shows_record_prices_and_what_was_put_aside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nextbest.catalog_finder, "read_whole", lambda *_: iter(LOG))
    shown = CliRunner().invoke(app, ["show", "product", "lamp"]).output
    assert "80.00 EUR" in shown
    assert "bad_price" in shown
    assert "2023-12-24" in shown
    unknown = CliRunner().invoke(app, ["show", "product", "table"])
    assert unknown.exit_code == 1
    assert "says nothing of 'table'" in unknown.output
