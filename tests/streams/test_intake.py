"""Intake without a broker: what it counts, and how it ends when the journal doesn't answer."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

import streams.intake
from runtime.health import Health
from runtime.metrics import Metrics
from streams.errors import NotAdmittedError, StuckError
from streams.intake import Intake
from streams.journal import Journaling
from streams.transport import ChunkConsumer
from tests.streams.records import CODEC, NOW_MS, TOPOLOGY, FakeRecord, browse

TOPIC = "events.browse"


class FakeBatch:
    """A batch that is delivered when the test says so."""

    def __init__(self) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def close(self) -> None:
        return None


class FakeProducer:
    """Takes everything."""

    def __init__(self) -> None:
        self.batches: list[FakeBatch] = []
        self.topics: list[str] = []

    def batch(self) -> FakeBatch:
        self.batches.append(FakeBatch())
        return self.batches[-1]

    async def produce(self, leaving: Any, _batch: FakeBatch) -> None:
        self.topics.append(leaving.topic)


def made(producer: Any, stuck_seconds: float = 60.0) -> Intake:
    metrics = Metrics()
    journaling = Journaling(CODEC, TOPOLOGY, {TOPIC: "id"}, metrics)
    return Intake(journaling, producer, metrics, lambda: NOW_MS, dict, Health(), stuck_seconds)


def chunk(*values: bytes) -> Any:
    records = [FakeRecord(offset, value) for offset, value in enumerate(values)]
    message = SimpleNamespace(
        topic=TOPIC, partition=0, offset=len(values) - 1, tp=(TOPIC, 0), value=records
    )
    return SimpleNamespace(message=message, ack=lambda: None)


def counted(intake: Intake, name: str, **labels: str) -> float | None:
    return intake.metrics.registry.get_sample_value(f"nextbest_{name}_total", labels)


async def test_dead_letters_are_not_counted_as_journal_records() -> None:
    producer = FakeProducer()
    intake = made(producer)
    good = CODEC.encode("browse", browse(1))
    await intake.take(chunk(good, b"{}", good, good[:-1]))
    assert counted(intake, "intake_journal_records") == 0, "nothing is acknowledged yet"

    producer.batches[0].done.set_result(None)
    await intake.drain()
    assert producer.topics == ["journal", "dead-letters", "journal", "dead-letters"]
    assert counted(intake, "intake_journal_records") == 2
    assert counted(intake, "intake_records", topic=TOPIC) == 4
    assert counted(intake, "dead_letters", stage="intake", reason="wrong_magic") == 1


async def test_a_drain_the_journal_never_acknowledges_says_what_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class EndedError(Exception):
        """Stands for the end of the process."""

    def end(error: BaseException) -> None:
        raise EndedError from error

    monkeypatch.setattr(streams.intake, "end_process", end)
    intake = made(FakeProducer(), stuck_seconds=0.01)
    for _ in range(3):
        await intake.take(chunk(CODEC.encode("browse", browse(1))))
    with pytest.raises(EndedError) as caught:
        await intake.drain()
    assert isinstance(caught.value.__cause__, StuckError)
    assert "nor the 2 after it" in str(caught.value.__cause__)


async def test_intake_that_its_group_never_lets_in_ends_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class EndedError(Exception):
        """Stands for the end of the process."""

    class Member:
        """Of a group that has assigned nothing."""

        def assignment(self) -> set[Any]:
            return set()

        async def bounds(self, tps: list[Any]) -> dict[Any, Any]:
            return dict.fromkeys(tps)

    def end(error: BaseException) -> None:
        raise EndedError from error

    monkeypatch.setattr(streams.intake, "end_process", end)
    member = cast(ChunkConsumer, Member())
    left_out, spare = made(FakeProducer(), stuck_seconds=60), made(FakeProducer(), stuck_seconds=60)
    await spare.recover(member, set(), 3)
    for intake in (left_out, spare):
        await intake.watch(member, 0.0)
    await spare.watch(member, 61.0)
    with pytest.raises(EndedError) as caught:
        await left_out.watch(member, 61.0)
    assert isinstance(caught.value.__cause__, NotAdmittedError)
