"""The producer against the broker that librdkafka has built in: when reports are taken."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from confluent_kafka import KafkaError, Message

from streams import producer as under_test
from streams.commit import Leaving
from streams.producer import AsyncProducer, Batch

MOCK = {"test.mock.num.brokers": 1, "linger.ms": 0, "log_level": 0}
PATIENCE_SECONDS = 30.0


@pytest.fixture(autouse=True)
def no_idle_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a reason to be busy, reports are never taken: what hangs then was left idle."""
    monkeypatch.setattr(under_test, "_IDLE_POLL_SECONDS", 3_600.0)
    monkeypatch.setattr(under_test, "_BUSY_SECONDS", 60.0)  # the first report may take its time


def run(scene: Callable[[AsyncProducer], Awaitable[int]], **config: int) -> int:
    async def play() -> int:
        async with asyncio.timeout(PATIENCE_SECONDS):
            made = AsyncProducer({**MOCK, **config})
            await asyncio.sleep(0.01)  # the first look was idle
            return await scene(made)

    return asyncio.run(play())


async def produce(producer: AsyncProducer, count: int) -> Batch:
    batch = producer.batch()
    for number in range(count):
        await producer.produce(Leaving("topic", b"k", b"%d" % number), batch)
    batch.close()
    return batch


def test_a_batch_after_an_idle_time_is_done() -> None:
    async def scene(producer: AsyncProducer) -> int:
        await (await produce(producer, 10)).done
        return await producer.close(PATIENCE_SECONDS)

    assert run(scene) == 0


def test_a_full_queue_empties_itself() -> None:
    async def scene(producer: AsyncProducer) -> int:
        await (await produce(producer, 200)).done
        return await producer.close(PATIENCE_SECONDS)

    assert run(scene, **{"queue.buffering.max.messages": 10}) == 0


def test_many_batches_at_once_are_each_done() -> None:
    async def scene(producer: AsyncProducer) -> int:
        batches = [await produce(producer, count) for count in range(40)]
        await asyncio.gather(*(batch.done for batch in batches))
        return await producer.close(PATIENCE_SECONDS)

    assert run(scene) == 0


async def fall_idle(producer: AsyncProducer) -> None:
    producer._busy_until = 0.0  # as after a second without a report
    await asyncio.sleep(0.02)


def test_a_record_after_a_pause_within_its_batch_is_reported() -> None:
    async def scene(producer: AsyncProducer) -> int:
        batch = producer.batch()
        await fall_idle(producer)
        await producer.produce(Leaving("topic", b"k", b"v"), batch)
        batch.close()
        await batch.done
        return await producer.close(PATIENCE_SECONDS)

    assert run(scene) == 0


def test_closing_asks_for_reports_however_long_it_was_idle() -> None:
    async def scene(producer: AsyncProducer) -> int:
        await produce(producer, 3)
        await fall_idle(producer)
        return await producer.close(PATIENCE_SECONDS)

    assert run(scene, **{"linger.ms": 300}) == 0


def test_closing_takes_the_last_reports() -> None:
    async def scene(producer: AsyncProducer) -> int:
        batch = await produce(producer, 5)
        left = await producer.close(PATIENCE_SECONDS)
        assert batch.done.done()
        return left

    assert run(scene) == 0


def test_an_error_in_a_report_does_not_end_them(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = Batch.on_delivery
    failures = [RuntimeError("once")]

    def fail_once(batch: Batch, error: KafkaError | None, message: Message) -> None:
        taken(batch, error, message)
        if failures:
            raise failures.pop()

    async def scene(producer: AsyncProducer) -> int:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
        await (await produce(producer, 1)).done
        await (await produce(producer, 3)).done
        return await producer.close(PATIENCE_SECONDS)

    monkeypatch.setattr(Batch, "on_delivery", fail_once)
    assert run(scene) == 0
    assert not failures
