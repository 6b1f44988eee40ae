"""Ending a lane: the batch at hand finishes, then what it committed leaves, within a time."""

import asyncio
from typing import Protocol

from streams.errors import UnfinishedError

LANE_SECONDS = 18.0
"""Less than whoever manages lanes waits for one (20 s), who couldn't say what was left of it."""


class Undelivered(Protocol):
    """What is needed of `streams.outbox.Outbox`."""

    undelivered: int
    failed: asyncio.Future[None]

    async def drain(self) -> None:
        """Wait until everything produced has been delivered."""
        ...


async def end_lane(
    name: str, task: "asyncio.Task[None]", outbox: Undelivered, *, busy: bool, waiting: int
) -> None:
    """Let the batch at hand finish and leave, then end `task`; what took too long is void.

    Args:
        name: The partition's name.
        task: Runs the lane, and ends by itself after the batch.
        outbox: The lane's.
        busy: Whether there is a batch at hand; else the task is ended at once.
        waiting: How many chunks of records come after it and are left.

    Raises:
        UndeliveredError: Something that was committed can't ever leave.
        UnfinishedError: It took longer than `LANE_SECONDS`.
    """
    if not busy:
        task.cancel()
    try:
        async with asyncio.timeout(LANE_SECONDS):
            await asyncio.wait([task])
            await outbox.drain()
    except TimeoutError as error:
        left = [] if task.done() else [f"the batch at hand and {waiting} chunks after it"]
        left += [f"{outbox.undelivered} records on their way"] if outbox.undelivered else []
        task.cancel()
        raise UnfinishedError(name, LANE_SECONDS, " and ".join(left)) from error
    if outbox.failed.done():
        outbox.failed.result()
