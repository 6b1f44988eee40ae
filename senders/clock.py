"""The pipeline's time for senders: the machine's, or the driven clock's in the state Redis."""

from datetime import UTC, datetime
from typing import Protocol

from runtime.clock import WallClock, driven_ms
from runtime.redis_client import Client
from runtime.settings import Settings
from schemas.keys import clock_key
from senders.asking import Asker


class PipelineClock(Protocol):
    """A source of the pipeline's time that may have to be asked over the network."""

    async def now_ms(self) -> int:
        """The time, epoch milliseconds.

        Raises:
            RetryError: It can't be read now.
        """
        ...


class WallTime:
    """The machine's time."""

    def __init__(self) -> None:
        self._clock = WallClock()

    async def now_ms(self) -> int:
        """The time, epoch milliseconds."""
        return self._clock.now_ms()


class DrivenTime:
    """What the driver last left in the state Redis, read each time, for many mails at once."""

    def __init__(self, state: Client, namespace: str) -> None:
        self._asker = Asker(state, "state")
        self._namespace = namespace

    async def now_ms(self) -> int:
        """The time, epoch milliseconds.

        Raises:
            StoreAwayError: Redis doesn't answer.
            ClockNotSetError: No tick has come yet.
        """
        [stored] = await self._asker.ask([("GET", clock_key(self._namespace))])
        return driven_ms(stored, self._namespace)


def pipeline_clock(settings: Settings, state: Client) -> PipelineClock:
    """The clock that the settings ask for."""
    return DrivenTime(state, settings.namespace) if settings.clock == "driven" else WallTime()


def at(now_ms: int) -> datetime:
    """A point in time, UTC, from epoch milliseconds."""
    return datetime.fromtimestamp(now_ms / 1000, UTC)
