"""What the handlers of `nextbest web` work with."""

import asyncio
import time
from dataclasses import dataclass, field

from runtime.logging import get_logger
from runtime.metrics import Metrics
from runtime.redis_client import Client
from schemas.emitter import Emitter
from senders.clock import PipelineClock
from senders.links.tokens import Links
from senders.recipients.choices import Choices
from senders.recipients.contacts import ContactReader
from senders.recipients.optouts import OptOuts
from senders.recipients.pending import PendingEvents
from senders.web.topics import Told

log = get_logger(__name__)


class LatestTime:
    """The wall clock, or the driven one's last reading where that is ahead."""

    def __init__(self) -> None:
        self.seen_ms = 0

    def now_ms(self) -> int:
        """Epoch milliseconds."""
        return max(self.seen_ms, time.time_ns() // 1_000_000)


class Following:
    """Emits what was promised, after the answer that promised it."""

    def __init__(self, pending: PendingEvents) -> None:
        self._pending = pending
        self._tasks: set[asyncio.Task[int]] = set()

    def soon(self) -> None:
        """Begin, unless as many are at it already as can be of use."""
        if len(self._tasks) >= 2:
            return  # the one that waits reads what this one would
        task = asyncio.ensure_future(self._pending.emit())
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def end(self) -> None:
        """Wait for those under way."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ended(self, task: "asyncio.Task[int]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.warning("events_wait", problem=str(task.exception()))


@dataclass(frozen=True, slots=True)
class Services:
    """What the handlers work with.

    Attributes:
        links: Opens and signs tokens.
        ledger: The ledger Redis.
        namespace: Put before every key.
        contacts: Reads contacts.
        optouts: Takes withdrawals.
        choices: Takes preferences.
        pending: Keeps events until Kafka has them.
        following: Emits those.
        emitter: Takes clicks and opens, which may be lost.
        clock: The pipeline's time.
        latest: Told of each reading of it.
        metrics: The process's.
        sender_name: Shown on the pages.
        told: What the pages tell of the programme.
    """

    links: Links
    ledger: Client
    namespace: str
    contacts: ContactReader
    optouts: OptOuts
    choices: Choices
    pending: PendingEvents
    following: Following
    emitter: Emitter
    clock: PipelineClock
    metrics: Metrics
    sender_name: str
    told: Told = field(default_factory=Told)
    latest: LatestTime = field(default_factory=LatestTime)

    async def now_ms(self) -> int:
        """The pipeline's time, epoch milliseconds.

        Raises:
            RetryError: It can't be read now.
        """
        now_ms = await self.clock.now_ms()
        self.latest.seen_ms = max(self.latest.seen_ms, now_ms)
        return now_ms
