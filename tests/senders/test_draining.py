"""Draining a sender, with fakes for the reader and the relay: what is left is told."""

import asyncio
from typing import Any

import pytest

import senders.worker
from runtime.settings import load_settings
from schemas.errors import StopError
from senders.errors import LostDeliveryEventError, UnfinishedError
from senders.worker import Sender
from tests.schemas.samples import sample


class FakeReader:
    """Reads nothing."""

    def __init__(self) -> None:
        self.stopped = False

    def drain(self) -> None:
        return None

    def stop(self) -> None:
        self.stopped = True


class FakePool:
    """Has no connections."""

    async def close(self) -> None:
        return None


def made(**kafka: Any) -> Sender:
    settings = load_settings(
        kafka={"bootstrap_servers": "127.0.0.1:1", **kafka}, sender={"smtp_timeout_seconds": 0.1}
    )
    return Sender(settings)


async def drained(sender: Sender) -> StopError | None:
    reader, pool = FakeReader(), FakePool()
    left: StopError | None = await sender._drain(reader, pool)  # type: ignore[arg-type]
    assert reader.stopped
    return left


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(senders.worker, "DRAIN_SECONDS", 0.1)


async def test_what_ends_in_time_leaves_nothing() -> None:
    sender = made()
    sender._start(asyncio.sleep(0.01), "d1", pytest.fail)
    assert await drained(sender) is None


async def test_decisions_that_take_too_long_are_named() -> None:
    sender = made()
    for number in range(30):
        sender._start(asyncio.sleep(60), f"d{number:02}", pytest.fail)
    left: Any = await drained(sender)
    assert isinstance(left, UnfinishedError)
    assert left.decision_ids == [f"d{number:02}" for number in range(30)]
    assert "30 decisions were not finished within 0.2 s" in str(left)
    assert "d19 and 10 more" in str(left)


async def test_events_that_kafka_did_not_take_are_counted() -> None:
    sender = made()
    sender._emitter.emit("delivery", sample("delivery"))
    left = await drained(sender)
    assert isinstance(left, LostDeliveryEventError)
    assert left.count == 1


@pytest.mark.parametrize(
    ("kafka", "linger_ms"),
    [
        ({}, 100),
        ({"linger_ms": 200}, 200),
        ({"producer_overrides": {"linger.ms": "7"}}, "7"),
    ],
)
def test_events_leave_together_unless_an_override_says_when(
    monkeypatch: pytest.MonkeyPatch, kafka: dict[str, Any], linger_ms: object
) -> None:
    configs = []
    monkeypatch.setattr(senders.worker, "Emitter", lambda config, *_, **__: configs.append(config))
    made(**kafka)
    assert [config["linger.ms"] for config in configs] == [linger_ms]
