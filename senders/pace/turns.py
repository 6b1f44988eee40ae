"""Waiting for one's turn at a destination, and learning from what its servers answer.

Every destination has a lane of its own: its mails, first come first served, its connections, its
questions to Redis. What one of them waits for holds up no other (docs/decisions/0510).
"""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final, Protocol

from redis.exceptions import RedisError

from runtime.logging import get_logger
from runtime.metrics import Metrics
from senders.errors import CrowdedError, StoreAwayError
from senders.handover.ticket import Ticket
from senders.pace.destination import Destination, Destinations
from senders.pace.gcra import Pace, Pacer, Said, What
from senders.pace.lane import Held, Lane
from senders.pace.leases import Lease, Leases
from senders.pace.throttle import MICROSECONDS, Throttle
from senders.smtp.connection import Connection, Denied, Lost, Result
from senders.smtp.replies import Cause, Reply, Stage, cause_of

LOOK_SECONDS = 0.25
"""How often a process that waits to open a connection looks whether it may."""
LONGEST_SECONDS: Final = 30.0
"""How often the first of a lane whose pace is slow is looked at: it may have expired."""
UNPLACED: Final = "/dns/"
"""Begins the key of a domain whose destination isn't known yet; no destination's key does."""
log = get_logger(__name__)


class InLine(Protocol):
    """A mail that waits for its turn."""

    async def expired(self) -> bool:
        """Whether it waited for too long: asked right before a connection is opened for it."""
        ...

    async def ready(self) -> bool:
        """Whether it may leave now, as far as is known: asked right before the pace is."""
        ...

    async def waits(self) -> bool:
        """Whether it may still leave: asked where the pace has told it to wait."""
        ...


@dataclass(frozen=True, slots=True)
class Shared:
    """What all processes share about destinations, in the state Redis."""

    pacer: Pacer
    throttle: Throttle
    leases: Leases


class Turn:
    """The right to hand over one mail now.

    Args:
        destination: Where it goes.
        connection: Over what; None where no server needs to be asked.
        learn: Told when the dialogue began and what came of it.
    """

    def __init__(
        self,
        destination: Destination,
        connection: Connection | None,
        learn: Callable[[float, Result], Awaitable[None]] | None = None,
    ) -> None:
        self.provider = destination.provider.name
        self._destination = destination
        self._connection = connection
        self._learn = learn

    async def hand_over(
        self, sender: str, mailbox: str, mail: bytes, before_data: Callable[[], Awaitable[bool]]
    ) -> Result:
        """Hand over the mail; see `senders.smtp.connection.Connection.hand_over`."""
        if self._connection is None or self._learn is None:
            refusal = self._destination.refusal
            if refusal is None:
                return Lost(Stage.CONNECT, "the DNS did not answer")
            return Denied(Stage.RCPT, refusal, claimed=False)
        began = time.monotonic()
        result = await self._connection.hand_over(sender, mailbox, mail, before_data)
        await self._learn(began, result)
        return result


class Turns:
    """Gives out turns.

    The connection comes before the pace, so that a mail leaves as soon as it was counted: counted
    mails waiting for connections would later leave all at once.

    Args:
        destinations: Finds where mail goes.
        connect: Makes connections.
        shared: What all processes share.
        metrics: Counts.
        relay_connections: Most of this process to the relay, for each provider.
        most_waiting: Mails that may wait at all destinations together.
    """

    def __init__(
        self,
        destinations: Destinations,
        connect: Callable[[Destination], Connection],
        shared: Shared,
        metrics: Metrics,
        relay_connections: int,
        most_waiting: int,
    ) -> None:
        self.lanes: dict[str, Lane] = {}
        self._destinations = destinations
        self._connect = connect
        self._shared = shared
        self._metrics = metrics
        self._relay_connections = relay_connections
        self._most_waiting = most_waiting
        self._waiting = 0
        self._unplaced: Counter[str] = Counter()

    @asynccontextmanager
    async def turn(self, domain: str, ticket: Ticket, mail: InLine) -> AsyncIterator[Turn | None]:
        """A turn to send one mail to a domain, now; None where its time has come and it may not.

        The mail is asked when it is the first of its lane and has a connection, before the pace is:
        one that may not leave uses no turn that others could.

        While it waits, and while it speaks to the server, the decision counts as parked: a
        destination that takes its time takes no place that others need. One whose claim may stand
        is let in however many wait: nobody else could tell what became of it.

        Raises:
            AbandonedError: See `Ticket.check`.
            RetryError: From the mail.
            CrowdedError: Enough mails wait there; later.
            StoreAwayError: The pace can't be asked.
        """
        with ticket.parking():
            destination = self._destinations.known(domain) or await self._find(domain, ticket)
            if destination.refusal is not None or destination.unknown:
                yield Turn(destination, None)
                return
            lane = self._lane(destination)
            if not ticket.claiming:
                self._admit(lane)
            self._count(lane, 1)
            try:
                async with self._take(lane, destination, ticket, mail) as turn:
                    yield turn
            finally:
                self._count(lane, -1)

    def admit(self, domain: str) -> None:
        """Refuse a mail that would have to wait where enough do, as far as that is known by now.

        Asked before anything else is asked about a mail: most of a long backlog is laid aside.

        Raises:
            CrowdedError: Enough mails wait there; later.
        """
        destination = self._destinations.known(domain)
        lane = self.lanes.get(destination.key) if destination is not None else None
        if lane is not None:
            self._admit(lane)

    def _admit(self, lane: Lane) -> None:
        if lane.waiting >= max(1, self._free):
            raise CrowdedError(lane.key)

    def room(self, key: str) -> int:
        """How many more may wait at a destination; 0 until many of those before are through."""
        lane = self.lanes.get(key)
        waiting = lane.waiting if lane is not None else self._unplaced[key]
        if waiting == 0:
            return max(1, self._free // 2)
        return (self._free - waiting) // 2 if 2 * waiting <= self._free else 0

    @property
    def _free(self) -> int:
        """Places nobody has; a destination may have at most as many as are free.

        Dynamic thresholds (Choudhury and Hahne 1998, for the shared memory of switches): one
        destination that stalls gets half of all places, nine of them a tenth each, and as many
        always stay free for the others.
        """
        return self._most_waiting - self._waiting

    async def close(self) -> None:
        """Take leave on every connection."""
        await asyncio.gather(*(lane.close() for lane in self.lanes.values()))

    async def _find(self, domain: str, ticket: Ticket) -> Destination:
        """Ask the DNS where a mail goes; who waits for it has one of the places."""
        key = UNPLACED + domain
        if self._unplaced[key] >= max(1, self._free) and not ticket.claiming:
            raise CrowdedError(key)
        self._unplaced[key] += 1
        self._waiting += 1
        try:
            return await self._destinations.of(domain)
        finally:
            self._waiting -= 1
            self._unplaced[key] -= 1
            if not self._unplaced[key]:
                del self._unplaced[key]

    def _lane(self, destination: Destination) -> Lane:
        lane = self.lanes.get(destination.key)
        if lane is None:
            direct = destination.provider.direct
            most = destination.provider.connections if direct else self._relay_connections
            lane = Lane(destination, most, self._connect, self._give_back)
            self.lanes[destination.key] = lane
        return lane

    def _count(self, lane: Lane, change: int) -> None:
        lane.waiting += change
        self._waiting += change
        self._metrics.sender_waiting.labels(provider=lane.provider.name).inc(change)

    @asynccontextmanager
    async def _take(
        self, lane: Lane, destination: Destination, ticket: Ticket, mail: InLine
    ) -> AsyncIterator[Turn | None]:
        async with lane.queue:
            ticket.check()
            held = await lane.take(destination, time.monotonic)
            try:
                # One that expired in line uses up no opening that others could: it isn't ready.
                while not held.connection.is_open and not await mail.expired():
                    seconds = await self._until_opening(lane, held)
                    if seconds <= 0:
                        break
                    # A connection that another mail gives back meanwhile is as good.
                    await lane.changed(min(seconds, LOOK_SECONDS))
                    ticket.check()
                    held = lane.exchange(held, time.monotonic())
                turn_us = await self._wait_for_pace(lane, ticket, mail)
            except BaseException:
                lane.put_back(held, time.monotonic())
                raise

        async def learn(began: float, result: Result) -> None:
            assert turn_us is not None
            await self._learn(lane, turn_us, began, result)

        try:
            yield None if turn_us is None else Turn(destination, held.connection, learn)
        finally:
            lane.put_back(held, time.monotonic())

    async def _until_opening(self, lane: Lane, held: Held) -> float:
        """How long to wait before a connection may be opened, seconds; 0 where it may be now.

        By what its failures say, by its lease and by the pace of connections.
        """
        held.connection.may_open = False
        delay = lane.window.not_before - time.monotonic()
        if delay <= 0 and lane.connects is not None:
            held.lease = held.lease or await self._lease(lane)
            if held.lease is None:
                return LOOK_SECONDS
            delay = (await self._ask(lane, lane.connects, "connections")).wait_us / MICROSECONDS
        held.connection.may_open = delay <= 0
        return delay

    async def _lease(self, lane: Lane) -> Lease | None:
        most = lane.provider.connections
        try:
            return await self._shared.leases.take(lane.key, most, time.monotonic())
        except RedisError as error:
            raise StoreAwayError("state", error) from error

    async def _give_back(self, lease: Lease) -> None:
        try:
            await self._shared.leases.give_back(lease)
        except RedisError as error:
            log.warning("lease_not_given_back", problem=type(error).__name__)

    async def _wait_for_pace(self, lane: Lane, ticket: Ticket, mail: InLine) -> int | None:
        """Wait until the mail may leave; give when that is by Redis' clock, epoch microseconds.

        None where it may not leave after all; then it was not counted.
        """
        began = time.monotonic()
        while await mail.ready():
            ticket.check()
            said = await self._ask(lane, lane.mails, "mails")
            if said.wait_us == 0:
                self._metrics.sender_pace_wait_seconds.observe(time.monotonic() - began)
                return said.at_us
            ends = time.monotonic() + min(said.wait_us / MICROSECONDS, LONGEST_SECONDS)
            if not await mail.waits():
                break
            await ticket.sleep(max(0.0, ends - time.monotonic()))
        return None

    async def _ask(self, lane: Lane, pace: Pace, what: What) -> Said:
        return await self._shared.pacer.ask(lane.key, pace, what)

    async def _learn(self, lane: Lane, turn_us: int, began: float, result: Result) -> None:
        """Open or close the window by what came of a dialogue; slow the provider if it asks."""
        now = time.monotonic()
        match result:
            case Lost(stale=True):
                return
            case Lost(stage):
                lane.window.failed(began, now, connecting=stage is Stage.CONNECT)
            case Denied(stage, reply):
                await self._learn_refusal(lane, turn_us, began, stage, reply)
            case _:
                lane.window.succeeded()

    async def _learn_refusal(
        self, lane: Lane, turn_us: int, began: float, stage: Stage, reply: Reply
    ) -> None:
        cause = cause_of(stage, reply)
        connecting = stage is Stage.CONNECT
        if connecting or cause is Cause.CONNECTIONS:
            lane.window.failed(began, time.monotonic(), connecting=connecting)
        else:
            lane.window.succeeded()
        if not cause.slows:
            return
        try:
            slowed = await self._shared.throttle.slow(lane.key, turn_us)
        except RedisError as error:
            # Nothing leaves before Redis is back; the next refusal slows.
            log.warning("not_slowed", provider=lane.provider.name, problem=type(error).__name__)
            return
        if slowed:
            self._metrics.sender_slowed_total.labels(provider=lane.provider.name).inc()
            log.warning("slowed", provider=lane.provider.name, cause=cause.value, code=reply.code)
