"""What waits for a lane: in order, together up to a limit, and each acknowledged."""

import asyncio
from typing import Any, cast

import pytest

from streams.inbox import Chunk, Inbox

PATIENT_SECONDS = 20.0


def inbox_of(*sizes: int) -> tuple[Inbox, list[int]]:
    """Chunks of so many records, numbered through, and whose chunks were acknowledged."""
    inbox, acknowledged, first = Inbox(), list[int](), 0
    for number, size in enumerate(sizes):
        records = cast(Any, list(range(first, first + size)))
        inbox.put(Chunk(records, lambda number=number: acknowledged.append(number)))  # type: ignore[misc]
        first += size
    return inbox, acknowledged


@pytest.mark.parametrize(
    ("most_records", "taken", "left"),
    [(0, 3, 3), (3, 3, 3), (4, 5, 2), (8, 9, 1), (9, 9, 1), (99, 10, 0)],
)
async def test_chunks_are_taken_together_up_to_a_limit(
    most_records: int, taken: int, left: int
) -> None:
    inbox, acknowledged = inbox_of(3, 2, 4, 1)
    chunk = await inbox.take(PATIENT_SECONDS, most_records)
    assert chunk is not None
    assert cast(Any, chunk.records) == list(range(taken))
    assert len(inbox) == left
    chunk.acknowledge()
    assert acknowledged == list(range(4 - left))


async def test_whoever_waits_gets_what_comes() -> None:
    inbox, _ = inbox_of()
    waiting = asyncio.create_task(inbox.take(PATIENT_SECONDS, 10))
    await asyncio.sleep(0)
    inbox.put(chunk := Chunk([], lambda: None))
    assert await waiting is chunk


async def test_patience_ends() -> None:
    assert await Inbox().take(0.0, 10) is None
