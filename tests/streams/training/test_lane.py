"""A lane that is learned in, whatever the topic: what is put aside, left, and written when."""

import asyncio
from typing import Any, cast

import pytest

from models.step import Record
from runtime.metrics import Metrics
from schemas.errors import DeadLetterError, StopError
from schemas.topics import Topology
from streams.inbox import Chunk
from streams.training.lane import TrainingLane
from streams.training.reader import TopicReader
from tests.models.outcomes import learnable
from tests.streams.fakes import FakeOutbox, FakeState
from tests.streams.records import CODEC, FakeRecord
from tests.streams.training.on_outcomes import topic_of


class Listening:
    """Notes whom it heard of, and writes when it is told to."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.fails: dict[str, Exception] = {}
        self.happens: Any = lambda _decision: None

    async def start(self, _lane: TrainingLane[Any]) -> None:
        return None

    def hear(self, _name: str, record: Record) -> None:
        decision = record["decision_id"]
        self.happens(decision)
        if decision in self.fails:
            raise self.fails[decision]
        self.heard.append(decision)

    async def write(self, lane: TrainingLane[Any], *, idle: bool) -> None:
        if lane.ahead:
            await lane.commit({"heard": b"x"}, advance=True)


def made() -> tuple[TrainingLane[Listening], FakeState, FakeOutbox]:
    state, outbox = FakeState(), FakeOutbox()
    lane = TrainingLane(
        learning=Listening(),
        reader=TopicReader(CODEC, Topology(), Metrics(), "outcomes", ("outcome",)),
        state=cast(Any, state),
        outbox=cast(Any, outbox),
        partition=0,
        offset=0,
    )
    return lane, state, outbox


def topic(count: int) -> list[FakeRecord]:
    return topic_of([learnable(f"d{number}") for number in range(count)])


def reasons(outbox: FakeOutbox) -> list[str]:
    return [CODEC.decode(leaving.value)[1]["reason"] for leaving in outbox.left]


async def test_dead_letters_leave_with_the_write_that_goes_past_their_records() -> None:
    lane, state, outbox = made()
    lane.learning.fails = {
        "d1": DeadLetterError("too_odd", "never seen such a thing"),
        "d2": ZeroDivisionError(),
    }
    await lane.learn([*topic(4), FakeRecord(4, b"junk")])
    await lane.commit({"part": b"1"}, advance=False)
    assert outbox.left == []
    assert lane.offset == 0
    await lane.commit({"part": b"2"}, advance=True)
    assert reasons(outbox) == ["too_odd", "not_learnable", "wrong_magic"]
    assert len(state.commits[-1].outbox) == 3
    assert lane.offset == state.commits[-1].next_offset == 5
    assert lane.learning.heard == ["d0", "d3"]
    await lane.commit({}, advance=True)
    assert state.commits[-1].outbox == {}


async def test_what_has_to_end_the_process_is_no_dead_letter() -> None:
    lane, _, _ = made()
    lane.learning.fails = {"d1": StopError("the disk is full")}
    with pytest.raises(StopError):
        await lane.learn(topic(2))
    assert (lane.dead, lane.progress.position) == ([], 1)


async def test_what_was_heard_is_not_heard_again() -> None:
    lane, _, _ = made()
    await lane.learn(topic(3))
    await lane.learn(topic(5))
    assert lane.learning.heard == ["d0", "d1", "d2", "d3", "d4"]


async def test_told_to_end_it_stores_what_it_heard_and_leaves_the_rest() -> None:
    lane, state, _ = made()
    await lane.start()
    task = asyncio.create_task(lane.run())
    stopping: list[asyncio.Task[None]] = []

    def end(decision: str) -> None:
        if decision == "d2":
            lane._stopping = True
            stopping.append(asyncio.create_task(lane.stop(task)))

    lane.learning.happens = end
    await lane.put(Chunk(cast(Any, topic(9)), lambda: None))
    async with asyncio.timeout(20):
        await asyncio.wait([task])
        await stopping[0]
    assert lane.learning.heard == ["d0", "d1", "d2"]
    assert [write.next_offset for write in state.commits] == [3]
