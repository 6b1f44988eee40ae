"""Starting and draining a stream role, as far as it needs no server."""

import asyncio
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

import streams.role
from runtime.health import Health
from runtime.metrics import Metrics
from streams.errors import FencedError, UndeliveredError, UnfinishedError
from streams.lanes import Lanes


def loaded(module: str) -> set[str]:
    """Tell which modules a new process has after importing one."""
    program = f"import sys, {module}; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    return set(run.stdout.split())


def test_intake_starts_without_what_decides() -> None:
    """River and SciPy take seconds of CPU to import, at every start of every replica."""
    modules = loaded("streams.role, streams.intake_role")
    assert "streams.intake" in modules
    assert not modules & {"river", "scipy", "numpy", "models.world", "models.learning.population"}


class EndedError(Exception):
    """Stands for the end of the process."""


class FakeApp:
    """A Faust app that starts, stops and never crashes."""

    crashed = False
    stopped = False

    async def start(self) -> None:
        return None

    async def wait_until_stopped(self) -> None:
        await asyncio.Event().wait()

    async def stop(self) -> None:
        self.stopped = True


class FakeProducer:
    """A producer that only closes, with records left that nobody took."""

    def __init__(self, left: int) -> None:
        self.closed = False
        self._left = left

    async def close(self, timeout_seconds: float) -> int:
        self.closed = True
        return self._left


async def served(
    monkeypatch: pytest.MonkeyPatch, *draining: Any, left: int = 0
) -> tuple[FakeApp, FakeProducer]:
    """Run a role that is told to stop at once; raises what would end the process."""

    def end(error: BaseException) -> None:
        assert app.stopped, "it left its group first"
        assert producer.closed, "it delivered what was queued first"
        raise EndedError from error

    monkeypatch.setattr(streams.role, "end_process", end)
    app: Any = FakeApp()
    producer, stop = FakeProducer(left), asyncio.Event()
    stop.set()
    common: Any = SimpleNamespace(background=[], draining=list(draining), producer=producer)
    await streams.role._serve(app, common, stop)
    return app, producer


async def test_an_error_while_draining_ends_the_process_after_the_rest_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drained = []

    async def fails() -> None:
        raise UndeliveredError("decisions", "too large")

    async def works() -> None:
        drained.append("the rest")

    with pytest.raises(EndedError) as caught:
        await served(monkeypatch, fails, works)
    assert isinstance(caught.value.__cause__, UndeliveredError)
    assert drained == ["the rest"]


async def test_a_clean_drain_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def works() -> None:
        return None

    app, producer = await served(monkeypatch, works)
    assert app.stopped
    assert producer.closed


async def test_records_that_nobody_took_in_time_end_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(EndedError) as caught:
        await served(monkeypatch, left=17)
    assert isinstance(caught.value.__cause__, UnfinishedError)
    assert "17 undelivered records" in str(caught.value.__cause__)


class FailingLane:
    """A lane whose batch at hand fails while it is told to stop."""

    offset = 0
    caught_up_at = 0

    def __init__(self, error: Exception | None) -> None:
        self.progress = SimpleNamespace(position=0, busy_since=None)
        self._error = error
        self._stopping = asyncio.Event()

    async def start(self) -> None:
        return None

    async def run(self) -> None:
        await self._stopping.wait()
        if self._error is not None:
            raise self._error

    async def stop(self, task: "asyncio.Task[None]") -> None:
        self._stopping.set()
        await asyncio.wait([task])


class FakeConsumer:
    """Knows logs from 0 to 0."""

    async def bounds(self, tps: Any) -> dict[Any, tuple[int, int]]:
        return dict.fromkeys(tps, (0, 0))


async def lanes_of(*errors: Exception | None) -> Lanes:
    async def make(partition: int, generation: int) -> Any:
        return FailingLane(errors[partition] if generation == 1 else None)

    async def stored(partition: int) -> int:
        return 0

    lanes = Lanes("journal", make, stored, Health(), Metrics(), 60.0)
    await lanes.recover(FakeConsumer(), assigned(len(errors)), 1)  # type: ignore[arg-type]
    return lanes


def assigned(count: int) -> set[Any]:
    return {TP("journal", partition) for partition in range(count)}


async def test_a_lane_that_fails_while_stopping_is_not_passed_over() -> None:
    lanes = await lanes_of(None, UndeliveredError("decisions", "too large"), None)
    with pytest.raises(UndeliveredError, match="too large"):
        await lanes.stop()
    await lanes.stop()  # all have ended


async def test_a_lane_that_fails_while_its_partition_is_given_away_ends_nothing() -> None:
    """The next owner may have the fence already: a refused write is as it should be."""
    lanes = await lanes_of(FencedError("{p0}", "another fence"))
    await lanes.recover(FakeConsumer(), assigned(1), 2)  # type: ignore[arg-type]
    await lanes.stop()
