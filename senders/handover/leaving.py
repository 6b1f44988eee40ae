"""A mail on its way out of its lane: whether it still may leave, and its room in the day's volume.

Asked at the front of the lane, before the pace: what may not leave costs its provider nothing
(docs/decisions/0512).
"""

from contextlib import AbstractAsyncContextManager
from types import TracebackType

from senders.clock import WallTime
from senders.handover.delivery import Ended
from senders.handover.looking import Looks
from senders.handover.services import Again, Clear, Services
from senders.handover.ticket import Ticket
from senders.volume.volume import Room


class Leaving:
    """One attempt of a mail to leave. As a context it holds the mail's room until the end.

    Args:
        services: What it works with.
        looks: Looks again.
        ticket: The decision.
        clear: What the last look came to.
        since: When it first came for room, as the look for it told.

    Attributes:
        clear: What the last look came to that found nothing against it.
        instead: What one came to that did.
        room: What it was told of the day's volume once it asked for room.
    """

    def __init__(
        self, services: Services, looks: Looks, ticket: Ticket, clear: Clear, since: int
    ) -> None:
        self.clear = clear
        self.instead: Ended | Again | None = None
        self.room: Room | None = None
        self._with = services
        self._looks = looks
        self._ticket = ticket
        self._since = since
        self._held: AbstractAsyncContextManager[Room] | None = None

    async def __aenter__(self) -> "Leaving":
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._held is not None:
            await self._held.__aexit__(kind, error, trace)

    async def expired(self) -> bool:
        """Whether it waited in line for longer than it may.

        Raises:
            RetryError: The clock can't be read now.
        """
        return self._is_over(await self._now_ms())

    async def _now_ms(self) -> int:
        """The time it is: at midnight another day's volume begins.

        A clock that has to be asked over the network is not while what it told is fresh: all of a
        lane wait for the answer.
        """
        facts, clock = self.clear.facts, self._with.clock
        known = facts.fresh() and not isinstance(clock, WallTime)
        return facts.now_ms if known else await clock.now_ms()

    def _is_over(self, now_ms: int) -> bool:
        return bool(now_ms >= self._ticket.decision["expires_at"])

    async def ready(self) -> bool:
        """Whether it may leave now, as far as that is told without much asking; takes its room.

        Raises:
            RetryError: A store can't be asked now.
        """
        now_ms = await self._now_ms()
        if self._is_over(now_ms):
            return False
        if self.room is None:
            held = self._with.volume.room(self._ticket.decision, now_ms, self._since)
            self.room = await held.__aenter__()
            self._held = held
        return self.room.found

    async def waits(self) -> bool:
        """Whether it may still leave, where it has to wait for the pace and there is time to look.

        Raises:
            RetryError: Something can't be read now.
        """
        return self.clear.facts.fresh() or await self.look()

    async def look(self) -> bool:
        """Look at everything again.

        Raises:
            RetryError: Something can't be read now.
        """
        looked = await self._looks.look(self._ticket, self.clear.facts)
        if not isinstance(looked, Clear):
            self.instead = looked
        elif looked.address != self.clear.address:
            self.instead = Again("address_changed", 0.0)
        else:
            self.clear = looked
        return self.instead is None

    def left(self, outcome: Ended | Again) -> None:
        """Note what came of the attempt: its room is given back unless the mail may have left."""
        if self.room is not None:
            self.room.left = isinstance(outcome, Ended) and outcome.may_have_left(
                self._ticket.owner
            )
