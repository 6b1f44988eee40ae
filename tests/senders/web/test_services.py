"""Emitting what was promised, after the answers."""

import asyncio
from typing import Any

from senders.web.services import Following


class Slow:
    """What waits to leave, which takes its time."""

    def __init__(self) -> None:
        self.began = 0
        self.go = asyncio.Event()

    async def emit(self) -> int:
        self.began += 1
        await self.go.wait()
        return 0


async def test_a_thousand_answers_have_two_looks_at_what_waits() -> None:
    slow: Any = Slow()
    following = Following(slow)
    for _answer in range(1_000):
        following.soon()
        await asyncio.sleep(0)
    assert slow.began == 2, "one at work, and one for all that came since"
    slow.go.set()
    await following.end()
    following.soon()
    await following.end()
    assert slow.began == 3
