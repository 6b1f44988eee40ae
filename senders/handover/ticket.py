"""One decision under way: whose it is, and waiting without holding others up."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from schemas.codec import Record
from senders.errors import AbandonedError
from senders.handover.states import Entry


@dataclass(slots=True)
class Ticket:
    """A decision taken from the topic.

    Attributes:
        decision: The decision, to be sent.
        written_at_ms: When it was written to its topic, wall clock, epoch milliseconds.
        stopping: Set when the process drains.
        is_ours: Whether its partition is still assigned to this process.
        parked: Told 1 when the decision begins to wait for something slow, -1 when that ends.
        owner: Names this process' handling of it in the ledger.
        seen_claim: Another process' claim that was found at the last look.
        claiming: Whether a claim was asked for that may stand, and nothing was sent since: then
            only this ticket, as its owner, can end the decision with what is known of it.
    """

    decision: Record
    written_at_ms: int
    stopping: asyncio.Event
    is_ours: Callable[[], bool]
    parked: Callable[[int], None]
    owner: str = field(default_factory=lambda: uuid4().hex)
    seen_claim: Entry | None = None
    claiming: bool = False

    @property
    def decision_id(self) -> str:
        """The decision's id."""
        return str(self.decision["decision_id"])

    def check(self) -> None:
        """Go on only where that still makes sense; asked wherever nothing was claimed.

        Raises:
            AbandonedError: The process drains, or another process has the partition now.
        """
        if self.stopping.is_set() or not self.is_ours():
            raise AbandonedError(f"decision {self.decision_id} is left to whoever reads it next")

    async def sleep(self, seconds: float) -> None:
        """Wait for a moment within a turn.

        Raises:
            AbandonedError: See `check`.
        """
        with suppress(TimeoutError):
            await asyncio.wait_for(self.stopping.wait(), seconds)
        self.check()

    @contextmanager
    def parking(self) -> Iterator[None]:
        """Let other decisions be taken meanwhile."""
        self.parked(1)
        try:
            yield
        finally:
            self.parked(-1)

    async def park(self, seconds: float) -> None:
        """Wait, and let other decisions be taken meanwhile.

        Raises:
            AbandonedError: See `check`.
        """
        with self.parking():
            await self.sleep(seconds)
