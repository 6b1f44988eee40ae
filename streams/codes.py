"""A lane's single-use codes in the store: read before they are needed, told of afterwards.

The pool (`models.offers.pool`) decides and gathers; what it changed is written by the lane's own
fenced write. Here is what it takes to read: what is known of the codes that records name, the first
free ones of each offer, and old ones to be forgotten.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.offers import code as codes
from models.offers.changes import Changes
from models.offers.pool import Pool
from models.offers.window import SIZE
from runtime.metrics import Metrics
from streams.prepared import Prepared
from streams.state import PartitionState

_SWEPT = 200
"""Codes looked at, in a moment without work, for those to forget."""
_ASKED = 5_000
"""Codes asked for at once, so that nobody else waits long for Redis."""
_NAMED = frozenset({"codes", "delivery", "redemption"})


@dataclass(slots=True)
class Codes:
    """One partition's codes, between its pool and its store.

    Attributes:
        state: The partition's state.
        pool: Its codes.
        metrics: The process's metrics.
        partition: Its number, as a metric label.
    """

    state: PartitionState
    pool: Pool
    metrics: Metrics
    partition: str
    _cursor: int = 0

    async def load(self, prepared: Sequence[Prepared]) -> None:
        """Read what is known of the codes that records name; they are stepped right after."""
        wanted = list(dict.fromkeys(_named(prepared)))
        found: list[bytes | None] = []
        for start in range(0, len(wanted), _ASKED):
            found += await self.state.codes(wanted[start : start + _ASKED])
        pairs = zip(wanted, found, strict=True)
        self.pool.know({code: codes.from_bytes(data) for code, data in pairs if data is not None})

    async def refill(self, now_ms: int) -> None:
        """Fill the windows that run short; everything must have been written."""
        for offer, from_ms in self.pool.wanted(now_ms).items():
            low, high = codes.span(offer, from_ms)
            first, count = await self.state.free_codes(low, high, SIZE)
            self.pool.fill(offer, [codes.place(each) for each in first], from_ms, count)
        self._gauge(now_ms)

    async def sweep(self, now_ms: int) -> None:
        """Mark some codes that expired long ago to be forgotten by the next write."""
        self._cursor, found = await self.state.some_codes(self._cursor, _SWEPT)
        known = {code.decode(): codes.from_bytes(data) for code, data in found.items()}
        self.pool.forget_old(known, now_ms)

    def report(self, changes: Changes, now_ms: int) -> None:
        """Count what was just written."""
        for what, count in changes.counts.items():
            self.metrics.codes_total.labels(*what).inc(count)
        if changes:
            self._gauge(now_ms)

    def _gauge(self, now_ms: int) -> None:
        for offer, count in self.pool.free(now_ms).items():
            self.metrics.codes_free.labels(offer, self.partition).set(count)


def _named(prepared: Sequence[Prepared]) -> Iterator[str]:
    for item in prepared:
        if item.name not in _NAMED:
            continue
        event = item.event
        if item.name == "codes":
            yield from (each["code"] for each in event["codes"])
        elif event["code"]:
            yield event["code"]
