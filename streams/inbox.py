"""What a lane is handed and how far it is: chunks of records, and where they wait."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from streams.prepared import JournalRecord


@dataclass(slots=True)
class Chunk:
    """Records of one fetch, and what to call once they are committed."""

    records: list[JournalRecord]
    acknowledge: Callable[[], None]


@dataclass(slots=True)
class Progress:
    """What the watchdog looks at; times by the event loop's clock, in seconds."""

    busy_since: float | None = None
    position: int = 0


class Inbox:
    """Chunks that wait for a lane, in order; what is in it counts as its length."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[Chunk] = asyncio.Queue()

    def __len__(self) -> int:
        return self._queue.qsize()

    def put(self, chunk: Chunk) -> None:
        """Hand over the next records."""
        self._queue.put_nowait(chunk)

    async def take(self, patience_seconds: float, most_records: int) -> Chunk | None:
        """Wait for records; take all chunks that are there as one, so that they share a write.

        Args:
            patience_seconds: How long to wait.
            most_records: No further chunk is taken from so many records on.

        Returns:
            What there is; None if nothing has come.
        """
        if self._queue.empty():
            try:
                async with asyncio.timeout(patience_seconds):
                    chunks = [await self._queue.get()]
            except TimeoutError:
                return None
        else:
            chunks = [self._queue.get_nowait()]
        size = len(chunks[0].records)
        while not self._queue.empty() and size < most_records:
            chunks.append(self._queue.get_nowait())
            size += len(chunks[-1].records)
        return _joined(chunks) if len(chunks) > 1 else chunks[0]


def _joined(chunks: list[Chunk]) -> Chunk:
    acknowledgements = [chunk.acknowledge for chunk in chunks]

    def acknowledge() -> None:
        for one in acknowledgements:
            one()

    return Chunk([record for chunk in chunks for record in chunk.records], acknowledge)
