"""A lane without servers: a state and an outbox in memory."""

import asyncio
from bisect import bisect_left, bisect_right
from typing import Any

from models.world import World
from runtime.metrics import Metrics
from streams.codes import Codes
from streams.commit import Commit
from streams.errors import FencedError
from streams.fanout import Fanout
from streams.lane import Lane
from streams.producer import Batch
from streams.reach import Reach
from streams.registry import Registry
from tests.streams.records import NOW_MS, Desk, world


class NoProducer:
    """Delivers nothing, for lanes that have nothing to say."""

    def batch(self) -> Batch:
        return Batch(asyncio.get_running_loop())


class FakeState:
    """A partition's state in memory: every commit is kept, timers answer as Redis would."""

    def __init__(self) -> None:
        self.commits: list[Commit] = []
        self.values: dict[str, bytes] = {}
        self.timers: dict[str, int] = {}
        self.waits: list[str] = []
        self.went_back = False

    async def commit(self, write: Commit) -> None:
        self.commits.append(write)
        self.values |= write.values
        for member, due in write.timers.items():
            self.timers.pop(member, None)
            if due is not None:
                self.timers[member] = due
        for member, stands in write.waits.items():
            self.waits = sorted({*self.waits} - {member} | ({member} if stands else set()))

    async def waiting(self, first: str, last: str, limit: int) -> list[str]:
        begin = 0 if first == "-" else _place(self.waits, first, "(")
        stop = len(self.waits) if last == "+" else _place(self.waits, last, "[")
        return self.waits[begin:stop][:limit]

    async def count_waiting(self, first: str, last: str) -> int:
        return len(await self.waiting(first, last, 1_000_000))

    async def verify(self, offset: int) -> None:
        if self.went_back:
            raise FencedError("{p0}", "stored offset 0, commit 0")

    async def load(self, keys: list[str]) -> list[bytes | None]:
        return [self.values.get(key) for key in keys]

    async def some_codes(self, cursor: int, about: int) -> tuple[int, dict[bytes, bytes]]:
        return 0, {}

    async def due_timers(self, until_ms: int, limit: int) -> list[tuple[str, int]]:
        due = sorted((due, member) for member, due in self.timers.items() if due <= until_ms)
        return [(member, due) for due, member in due[:limit]]

    async def next_due_ms(self) -> int | None:
        return min(self.timers.values(), default=None)


def _place(members: list[str], end: str, passes: str) -> int:
    """Where a lexicographical range begins or ends; `passes` marks the end beyond its member."""
    find = bisect_right if end[0] == passes else bisect_left
    return find(members, end[1:])


class FakeOutbox:
    """Takes what leaves and delivers nothing."""

    def __init__(self) -> None:
        self.next_sequence = 0
        self.undelivered = 0
        self.delivered: list[int] = []
        self.left: list[Any] = []
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def produce(self, first: int, records: list[Any]) -> None:
        self.left += records

    def take_delivered(self, limit: int) -> list[int]:
        return []

    async def drain(self) -> None:
        return None


def lane(
    registry: Registry, now_ms: int = NOW_MS, known: World | None = None, pace: int = 50
) -> tuple[Lane, FakeState]:
    """A lane that knows `known`, or the shipped programme, and its state."""
    desk, state, metrics = Desk(registry), FakeState(), Metrics()
    known = known or world()
    made = Lane(
        state=state,  # type: ignore[arg-type]
        stepper=desk.stepper,
        outbox=FakeOutbox(),  # type: ignore[arg-type]
        codes=Codes(state, desk.stepper.pool, metrics, "0"),  # type: ignore[arg-type]
        world=lambda: known,
        wall_ms=lambda: now_ms,
        fanout=Fanout(state, desk.stepper, Reach(state, {}), lambda: known, metrics, pace),  # type: ignore[arg-type]
        metrics=metrics,
        offset=0,
        clock_ms=0,
        chunk_records=100,
        timer_batch=10,
    )
    return made, state


async def run_until(made: Lane, condition: Any) -> None:
    """Run the lane until the condition holds, or its own error."""
    task = asyncio.create_task(made.run())
    async with asyncio.timeout(20):
        while not condition() and not task.done():
            await asyncio.sleep(0)
    if task.done():
        task.result()
    await made.stop(task)
