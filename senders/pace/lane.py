"""One destination's lane in this process: who is first, its connections, and how many it bears."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from senders.pace.concurrency import Window
from senders.pace.destination import Destination
from senders.pace.gcra import Pace
from senders.pace.leases import Lease
from senders.smtp.connection import Connection

Site = tuple[str, ...]


@dataclass(slots=True, eq=False)
class Held:
    """A connection of a lane.

    Attributes:
        site: The hosts it leads to.
        connection: The connection.
        lease: What allows it; None where connections aren't counted, or none is open.
        idle_since: When it was last given back, monotonic seconds.
    """

    site: Site
    connection: Connection
    lease: Lease | None = None
    idle_since: float = 0.0

    def usable(self, now: float) -> bool:
        """Whether it may carry another mail as it is."""
        leased = self.lease is None or now < self.lease.until
        return self.connection.is_open and not self.connection.is_worn and leased


class Lane:
    """What one destination has for itself, so that it never waits for another.

    Args:
        destination: Of the first mail; what is in it of one domain only isn't looked at.
        connections: Most of this process at once.
        connect: Makes a connection to a destination's site, not yet open.
        give_back: Gives a lease back.

    Attributes:
        key: The destination's.
        provider: Its provider.
        queue: Held by the mail whose turn is next.
        window: How many dialogues it bears.
        mails: The pace of mails.
        connects: The pace of new connections; None where it isn't limited.
        waiting: Mails that wait for their turn or have it.
        used_at: When a mail last left it, monotonic seconds.
    """

    def __init__(
        self,
        destination: Destination,
        connections: int,
        connect: Callable[[Destination], Connection],
        give_back: Callable[[Lease], Awaitable[None]],
    ) -> None:
        self.key = destination.key
        self.provider = destination.provider
        self.queue = asyncio.Lock()
        self.window = Window(connections)
        self.mails = Pace.of(self.provider.messages_per_second, self.provider.burst)
        per_second = self.provider.connections_per_second
        self.connects = Pace.of(per_second, 1) if self.provider.direct else None
        self.waiting = 0
        self.used_at = 0.0
        self._connections = connections
        self._connect = connect
        self._give_back = give_back
        self._idle: list[Held] = []
        self._busy: set[Held] = set()
        self._changed = asyncio.Event()
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def leases(self) -> list[Lease]:
        """The leases it has, of connections in use too."""
        return [held.lease for held in (*self._idle, *self._busy) if held.lease is not None]

    @property
    def is_empty(self) -> bool:
        """Whether nothing is here: no mail and no connection."""
        return not (self.waiting or self._idle or self._busy or self._ending)

    async def take(self, destination: Destination, now: Callable[[], float]) -> Held:
        """A connection to the destination, once the window has room; it may have to be opened.

        Asked by who holds `queue` alone.
        """
        while len(self._busy) >= self.window.allowed:
            self._changed.clear()
            await self._changed.wait()
        held = self._take_idle(destination.site, now())
        if held is None:
            self._make_room()
            held = Held(destination.site, self._connect(destination))
        self._busy.add(held)
        return held

    def _take_idle(self, site: Site, now: float) -> Held | None:
        for held in reversed(self._idle):
            if held.site == site and held.usable(now):
                self._idle.remove(held)
                return held
        return None

    def _make_room(self) -> None:
        """Where all are open, and to other hosts, the one idle for longest goes."""
        if len(self._idle) + len(self._busy) >= self._connections and self._idle:
            self.end(self._idle[0])

    async def changed(self, seconds: float) -> None:
        """Wait until a connection is given back, but no longer than so many seconds."""
        self._changed.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)

    def exchange(self, held: Held, now: float) -> Held:
        """An open connection for one that waits to be opened, if one was given back meanwhile."""
        found = self._take_idle(held.site, now)
        if found is None:
            return held
        self.put_back(held, now)
        self._busy.add(found)
        return found

    def put_back(self, held: Held, now: float) -> None:
        """Take a connection back after a mail."""
        self._busy.remove(held)
        self.used_at = now
        self._changed.set()
        held.idle_since = now
        self._idle.append(held)
        if not held.usable(now):
            self.end(held)

    def end_idle(self, now: float, idle_seconds: float) -> None:
        """Close what was idle for so long, and drop what the server closed."""
        for held in list(self._idle):
            if not held.usable(now) or now - held.idle_since >= idle_seconds:
                self.end(held)

    def end(self, held: Held) -> None:
        """Take leave of an idle connection's server, without making anybody wait for it."""
        self._idle.remove(held)
        task = asyncio.create_task(self._end(held))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def _end(self, held: Held) -> None:
        await held.connection.quit()
        if held.lease is not None:
            await self._give_back(held.lease)

    async def close(self) -> None:
        """Take leave on every idle connection."""
        for held in list(self._idle):
            self.end(held)
        await asyncio.gather(*self._ending)
