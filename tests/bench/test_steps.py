import asyncio

import pytest

from bench.steps import Steps


class Work:
    def busy(self, turns: int) -> int:
        return sum(range(turns))

    async def outer(self) -> int:
        self.busy(200_000)
        await asyncio.sleep(0)
        return await self.inner()

    async def inner(self) -> int:
        await asyncio.sleep(0)
        return self.busy(400_000)

    async def fails(self) -> None:
        await asyncio.sleep(0)
        raise ValueError("no")

    async def waits(self) -> str:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            return "cancelled"
        return "slept"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Steps:
    made = Steps()
    for name in ("outer", "inner", "fails", "waits"):
        monkeypatch.setattr(Work, name, getattr(Work, name))
        made.watch(Work, name, name)
    return made


async def test_an_inner_step_is_no_part_of_the_outer(steps: Steps) -> None:
    steps.start()
    found = await asyncio.gather(*(Work().outer() for _ in range(5)))
    seconds = steps.stop()
    assert found == [sum(range(400_000))] * 5
    assert seconds["inner"] > seconds["outer"] > 0.0
    assert seconds["rest"] >= 0.0


async def test_errors_and_cancellation_pass_through(steps: Steps) -> None:
    steps.start()
    with pytest.raises(ValueError, match="no"):
        await Work().fails()

    async def wait() -> str:
        return await Work().waits()

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cancelled"
    assert "waits" in steps.stop()
