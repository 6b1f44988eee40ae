"""Records that are learned from: waited for while the registry is away, put aside if wrong."""

from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from models.step import Record
from runtime.metrics import Metrics
from schemas.errors import DeadLetterError, RetryError
from schemas.topics import Topology
from streams import patience
from streams.training.reader import TopicReader
from tests.models.intent.labels import label
from tests.models.outcomes import learnable
from tests.streams.records import CODEC, NOW_MS, FakeRecord
from tests.streams.training.on_outcomes import encoded


class Away:
    """A codec whose registry can't be asked a few times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def decode(self, value: bytes | None) -> tuple[str, Record]:
        if self.times:
            self.times -= 1
            raise RetryError("the registry is away")
        return CODEC.decode(value)

    def encode(self, name: str, record: Record) -> bytes:
        return CODEC.encode(name, record)


def reader(codec: Any = CODEC, metrics: Metrics | None = None) -> TopicReader:
    return TopicReader(codec, Topology("shop."), metrics or Metrics(), "outcomes", ("outcome",))


async def test_while_the_registry_is_away_it_waits_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patience, "PAUSE_SECONDS", 0.0)
    with capture_logs() as logs:
        name, record = await reader(Away(3)).decode(encoded(learnable("d1")))
    assert (name, record["decision_id"]) == ("outcome", "d1")
    assert [entry["reason"] for entry in logs] == ["the registry is away"] * 3


async def test_what_belongs_elsewhere_is_refused() -> None:
    with pytest.raises(DeadLetterError, match="a label record does not belong into outcomes"):
        await reader().decode(encoded(label("l1", orders=[1])))


def test_a_dead_letter_says_where_the_record_stands_and_is_counted() -> None:
    metrics = Metrics()
    record = FakeRecord(7, b"junk", key=b"k")
    leaving = reader(metrics=metrics).put_aside(3, cast(Any, record), DeadLetterError("odd", "why"))
    assert leaving.topic == "shop.dead-letters"
    letter = CODEC.decode(leaving.value)[1]
    assert leaving.key.decode() == letter["dead_letter_id"] == "shop.outcomes/3/7"
    told = {name: letter[name] for name in ("stage", "reason", "timestamp", "key", "value")}
    assert told == {
        "stage": "trainer",
        "reason": "odd",
        "timestamp": NOW_MS,
        "key": b"k",
        "value": b"junk",
    }
    labels = {"stage": "trainer", "reason": "odd"}
    read = metrics.registry.get_sample_value
    assert read("nextbest_dead_letters_total", labels) == 1.0
