"""Products and people that make no sense, on real servers: told of, left out, and nothing ends."""

from pathlib import Path
from typing import Any

import pytest

from models.person.encoding import decode
from models.recommend.facts import ACTIVITY
from runtime.settings import BUNDLED_PROGRAMME, FLOWS_FILE
from schemas.catalog_entry import category_key
from schemas.keys import journal_partition, profile_key, state_tag
from tests.integration.one_shopper import NOON_MS
from tests.models.life import product
from tests.pipeline import Pipeline

pytestmark = pytest.mark.integration

Told = tuple[str, dict[str, Any]]

BAD = (
    product("shoes-1", price=-80.0, updated_at=1),
    product("shoes-2", currency="USD"),
    product(category_key("boots"), kind="category", category="shoes", price=0.0),
    product(category_key("shoes"), kind="category", category="boots", price=0.0),
)
"""A price below 0, one in another currency, and two categories that lie in each other."""
VIEWS = 2_600
"""Of a bot, in as many milliseconds, of three hundred products."""


def installed(pipeline: Pipeline, folder: Path) -> None:
    """With an attribute declared as a number, and bad products after a good one.

    They are written past the emitter, which would refuse them.
    """
    text = (BUNDLED_PROGRAMME / FLOWS_FILE).read_text(encoding="utf-8")
    text = text.replace("\nattributes:\n", "\nattributes:\n  seats: number\n")
    folder.mkdir()
    (folder / FLOWS_FILE).write_text(text, encoding="utf-8")
    pipeline.overrides = {"programme_dir": folder}
    producer, topic = pipeline._ticking, pipeline.topology.for_record("catalog")
    for record in (product("shoes-1", price=50.0), *BAD):
        value = pipeline.codec.encode("catalog", record)
        producer.produce(topic, value, record["product_id"].encode(), partition=0)
    assert producer.flush(30) == 0


def happens(pipeline: Pipeline, subscriber: str, *told: Told) -> None:
    with pipeline.emitter() as emitter:
        for number, (name, event) in enumerate(told):
            at = {"subscriber_id": subscriber, "occurred_at": NOON_MS + number}
            emitter.emit(name, {**at, **event})
        emitter.flush(30)


def stored(pipeline: Pipeline, subscriber: str) -> bytes:
    """The stored profile."""
    tag = state_tag(pipeline.namespace, journal_partition(subscriber, pipeline.partitions))
    found = pipeline.redis.get(profile_key(tag, subscriber))
    assert isinstance(found, bytes)
    return found


def test_what_makes_no_sense_is_told_of_left_out_and_ends_nothing(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    installed(pipeline, tmp_path / "programme")
    roles = [pipeline.start("intake"), pipeline.start("worker")]
    looks: list[Told] = [("browse", {"product_id": name}) for name in ("shoes-1", "shoes-2")]
    yesterday: Told = ("profile", {"attributes": {"seats": "5"}})
    today: Told = ("profile", {"attributes": {"seats": "a dozen"}, "time_zone": "Europe/Vienna"})
    happens(pipeline, "anna", *looks, yesterday, today)
    views: list[Told] = [("browse", {"product_id": f"p{n % 300}"}) for n in range(VIEWS)]
    happens(pipeline, "bot", *views)
    pipeline.wait_until(pipeline.intake_caught_up, "intake has journaled the events")
    pipeline.wait_until(pipeline.caught_up, "the worker has committed the journal")
    pipeline.wait_until(lambda: pipeline.outboxes() == 0, "the outboxes are empty")

    letters = sorted(letter["reason"] for letter in pipeline.records("dead-letters"))
    assert letters == ["bad_price", "category_cycle", "other_currency"], "each is told of once"
    anna = decode(stored(pipeline, "anna"))
    # The events name no price: it is the catalog's, where that knows a good one.
    assert (anna.price_seen, anna.price_mean) == (1, 50.0)
    assert anna.attributes == {"seats": 5.0}, "what was known stays"
    assert anna.time_zone == "Europe/Vienna", "the rest of the event counts"
    assert "attribute refused" in roles[1].output()

    assert decode(stored(pipeline, "bot")).browses == VIEWS
    assert len(stored(pipeline, "bot")) < 2_048
    records = pipeline.records("interactions")
    gathered = sum(len(record["interactions"]) for record in records)
    assert gathered <= ACTIVITY + len(looks), "the rest is no shopper's, and teaches nothing"
    pipeline.stop()
