"""Ending a lane: in time, or with words about what was left."""

import asyncio

import pytest

import streams.ending
from streams.ending import end_lane
from streams.errors import UndeliveredError, UnfinishedError


class FakeOutbox:
    """Has records on their way until it is told that they arrived."""

    def __init__(self, undelivered: int = 0) -> None:
        self.undelivered = undelivered
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def drain(self) -> None:
        if self.undelivered:
            await asyncio.Event().wait()


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.ending, "LANE_SECONDS", 0.05)


async def runs(seconds: float) -> "asyncio.Task[None]":
    task = asyncio.create_task(asyncio.sleep(seconds))
    await asyncio.sleep(0)
    return task


async def test_the_batch_at_hand_finishes() -> None:
    task = await runs(0.01)
    await end_lane("journal/0", task, FakeOutbox(), busy=True, waiting=0)
    assert task.done()
    assert not task.cancelled()


async def test_one_that_only_waits_is_ended_at_once() -> None:
    task = await runs(60)
    await end_lane("journal/0", task, FakeOutbox(), busy=False, waiting=0)
    assert task.cancelled()


async def test_a_batch_that_takes_too_long_is_void_and_told() -> None:
    task = await runs(60)
    with pytest.raises(UnfinishedError, match="the batch at hand and 3 chunks after it") as caught:
        await end_lane("journal/0", task, FakeOutbox(5), busy=True, waiting=3)
    assert "journal/0" in str(caught.value)
    assert "5 records on their way" in str(caught.value)
    await asyncio.wait([task])
    assert task.cancelled()


async def test_records_that_nobody_takes_are_told() -> None:
    task = await runs(0)
    with pytest.raises(UnfinishedError, match="left were 5 records on their way"):
        await end_lane("journal/0", task, FakeOutbox(5), busy=True, waiting=0)


async def test_a_record_that_can_never_leave_is_not_passed_over() -> None:
    outbox = FakeOutbox()
    outbox.failed.set_exception(UndeliveredError("decisions", "too large"))
    with pytest.raises(UndeliveredError):
        await end_lane("journal/0", await runs(0), outbox, busy=True, waiting=0)
