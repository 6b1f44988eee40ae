"""What the stream roles are put together from."""

import asyncio
from types import SimpleNamespace
from typing import Any

from streams.wiring import LOOKS_PER_LIMIT, watched


async def test_a_role_is_looked_at_several_times_within_its_limit() -> None:
    """Also after a look that failed, and not more often: each look asks the brokers."""
    limit, enough, looks = 0.4, asyncio.Event(), list[float]()

    async def look(consumer: Any, loop_seconds: float) -> None:
        assert consumer == "the consumer"
        looks.append(loop_seconds)
        if len(looks) == 2:
            raise ConnectionError("no broker answers")
        if len(looks) == LOOKS_PER_LIMIT:
            enough.set()

    app: Any = SimpleNamespace(consumer="the consumer")
    start = asyncio.get_running_loop().time()
    task = asyncio.create_task(watched(app, look, limit))
    async with asyncio.timeout(20):
        await enough.wait()
    task.cancel()
    assert len(looks) == LOOKS_PER_LIMIT
    assert looks[-1] - start > 0.9 * limit
