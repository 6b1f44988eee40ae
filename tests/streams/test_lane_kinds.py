"""Lanes of two kinds in one role, and logs that lost what comes next."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from faust.types import TP

from runtime.health import Health
from runtime.metrics import Metrics
from streams.errors import LostJournalError
from streams.inbox import Progress
from streams.lane_kinds import EachPositions
from streams.lanes import Lanes
from streams.transport import ChunkConsumer


@dataclass
class IdleLane:
    """A lane without work."""

    offset: int
    caught_up_at: int = 0
    progress: Progress = field(default_factory=Progress)

    async def skip_to(self, offset: int) -> None:
        self.offset = offset

    async def start(self) -> None:
        self.progress.position = self.offset

    async def run(self) -> None:
        await asyncio.Event().wait()

    async def stop(self, task: "asyncio.Task[None]") -> None:
        task.cancel()

    def backlog(self) -> int:
        return 0


class FakeConsumer:
    """Logs from 20 to 90."""

    def assignment(self) -> set[TP]:
        return {TP("outcomes", 0), TP("interactions", 0)}

    async def bounds(self, tps: list[TP]) -> dict[TP, tuple[int, int]]:
        return dict.fromkeys(tps, (20, 90))


CONSUMER = cast(ChunkConsumer, FakeConsumer())


def lanes_of(topic: str, offset: int, health: Health, metrics: Metrics, **options: Any) -> Lanes:
    async def make(_partition: int, _generation: int) -> Any:
        return IdleLane(offset)

    async def stored(_partition: int) -> int:
        return offset

    return Lanes(topic, make, stored, health, metrics, 60.0, **options)


async def test_each_kind_takes_over_its_own_and_is_watched_by_its_own_name() -> None:
    health, metrics = Health(), Metrics()
    first = lanes_of("outcomes", 30, health, metrics)
    second = lanes_of("interactions", 40, health, metrics, part="interactions-partition")
    both = EachPositions((first, second))
    wanted = {TP("outcomes", 0): 30, TP("interactions", 0): 40}
    assert await both.recover(CONSUMER, set(wanted), 1) == wanted
    assert await both.look_up(CONSUMER, set(wanted)) == wanted
    for lanes in (first, second):
        await lanes.watch(CONSUMER, 1.0)
    assert set(health.ages_seconds()) == {"partition-0", "interactions-partition-0"}
    lag = metrics.registry.get_sample_value
    name = "nextbest_worker_lag_records"
    assert lag(name, {"partition": "0"}) == 60
    assert lag(name, {"partition": "interactions-partition-0"}) == 50
    assert lag("nextbest_worker_partitions") == 2
    await both.recover(CONSUMER, {TP("outcomes", 0)}, 2)
    assert lag("nextbest_worker_partitions") == 1
    assert lag(name, {"partition": "interactions-partition-0"}) is None
    for lanes in (first, second):
        await lanes.stop()
    assert not health.ages_seconds()


async def test_only_where_less_is_learned_it_goes_on_with_what_the_log_has_left() -> None:
    tp = TP("interactions", 0)
    learning = lanes_of("interactions", 7, Health(), Metrics(), keeps_all=False)
    assert await learning.recover(CONSUMER, {tp}, 1) == {tp: 20}
    await learning.stop()
    with pytest.raises(LostJournalError):
        await lanes_of("interactions", 7, Health(), Metrics()).recover(CONSUMER, {tp}, 1)
    beyond = lanes_of("interactions", 91, Health(), Metrics(), keeps_all=False)
    with pytest.raises(LostJournalError):
        await beyond.recover(CONSUMER, {tp}, 1)
