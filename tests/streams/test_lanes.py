"""What a role's watch makes of an assignment that never came, or was never taken over."""

from typing import Any, cast

import pytest
from faust.types import TP

import streams.lanes
from runtime.health import Health
from runtime.metrics import Metrics
from streams.errors import NotAdmittedError, StuckError
from streams.lanes import Lanes
from streams.transport import ChunkConsumer

LIMIT_SECONDS = 60.0


class EndedError(Exception):
    """Stands for the end of the process."""


class FakeConsumer:
    """A member of a group, with what it has been assigned."""

    def __init__(self, *partitions: int) -> None:
        self.assigned = {TP("journal", partition) for partition in partitions}

    def assignment(self) -> set[TP]:
        return self.assigned

    async def bounds(self, tps: list[TP]) -> dict[TP, tuple[int, int]]:
        return dict.fromkeys(tps, (0, 0))


@pytest.fixture(autouse=True)
def _raising(monkeypatch: pytest.MonkeyPatch) -> None:
    def end(error: BaseException) -> None:
        raise EndedError from error

    monkeypatch.setattr(streams.lanes, "end_process", end)


def _lanes() -> Lanes:
    async def nothing(*_: Any) -> Any:
        raise AssertionError

    return Lanes("journal", nothing, nothing, Health(), Metrics(), LIMIT_SECONDS)


async def _watched(lanes: Lanes, member: FakeConsumer, until_seconds: float) -> None:
    for seconds in range(0, int(until_seconds) + 1, 15):
        await lanes.watch(cast(ChunkConsumer, member), float(seconds))


async def test_a_member_that_its_group_never_lets_in_ends_and_says_so() -> None:
    lanes, member = _lanes(), FakeConsumer()
    await _watched(lanes, member, LIMIT_SECONDS)
    with pytest.raises(EndedError) as caught:
        await lanes.watch(cast(ChunkConsumer, member), LIMIT_SECONDS + 1.0)
    assert isinstance(caught.value.__cause__, NotAdmittedError)


async def test_a_spare_that_was_given_nothing_goes_on() -> None:
    lanes, member = _lanes(), FakeConsumer()
    await lanes.recover(cast(ChunkConsumer, member), set(), 3)
    await _watched(lanes, member, 10 * LIMIT_SECONDS)


async def test_partitions_never_taken_over_end_it_sooner() -> None:
    lanes, member = _lanes(), FakeConsumer()
    await lanes.recover(cast(ChunkConsumer, member), set(), 3)
    member.assigned = FakeConsumer(0).assigned
    with pytest.raises(EndedError) as caught:
        await _watched(lanes, member, LIMIT_SECONDS)
    assert isinstance(caught.value.__cause__, StuckError)
