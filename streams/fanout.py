"""Telling those who wait, and those a campaign is for: a page of people at a time.

Of waiting nothing is stored but the list itself. Whoever takes a partition over looks whether
anything on the list has come, and from then on at what the catalog says has changed. Each person is
stepped like one whose timer fell due, and is taken off the list in the same write that holds their
decision: a crash between two pages repeats nobody and forgets nobody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from models.campaigns import begin
from models.offers.window import MARGIN
from models.programme.flow_events import WAITED_FOR, Trigger
from models.waiting import arrive, holds
from models.waiting.wait import REACHABLE, SEPARATOR, entry_of, split_entry
from models.world import World
from runtime.metrics import Metrics
from streams.clock import wall_ms
from streams.pending import Pending, split_waiting, timer_member
from streams.reach import Reach
from streams.state import PartitionState
from streams.stepper import Stepper

_SCANNED = 1_000
"""Members of the list looked at in one go after a partition was taken over."""
PAGE = 50
"""Most people told in one write."""
_COUNT_EVERY_MS = 15_000
_CHECK_EVERY_MS = 3_600_000
"""How often it is looked whether what was announced is there by now: no change tells of that."""
EVERYBODY = entry_of(REACHABLE, "")
"""The entry of those who can be mailed; nobody waits for it."""
_AFTER = chr(ord(SEPARATOR) + 1)
"""Ends a range in which every member begins with an entry and the separator."""


@dataclass(slots=True)
class Fanout:
    """Tells the people of one partition.

    Attributes:
        state: The partition's fenced state, with the waiting list.
        stepper: Steps each person.
        reach: Whose turn it is in campaigns.
        world: Returns what steps may read, as it stands now.
        metrics: The process's metrics.
        people_per_second: At most so many are looked at, by the pipeline's clock.
        most: Most people of one page.
    """

    state: PartitionState
    stepper: Stepper
    reach: Reach
    world: Callable[[], World]
    metrics: Metrics
    people_per_second: int
    most: int = PAGE
    _known: set[str] = field(default_factory=set)
    """Entries of the list. As many as there are products and categories that anybody waits for;
    one that nobody waits for any more goes when it is looked at next."""
    _open: dict[str, str] = field(default_factory=dict)
    """Entries that may have come, to the member after which to go on; empty at the beginning."""
    _again: set[str] = field(default_factory=set)
    """Those of them that changed since they were begun with."""
    _scan_from: str | None = "-"
    _seen: int = 0
    _campaign_last: bool = False
    _ready_ms: int = 0
    _counted_ms: int = 0
    _checked_ms: int = 0

    def wait_ms(self, now_ms: int) -> int | None:
        """How long until a page may be told; None where nobody has to be."""
        waits = self._scan_from is not None or self._open
        if not waits and self.reach.turn(self.world(), now_ms) is None:
            return None
        return max(0, self._ready_ms - now_ms)

    async def page(self, now_ms: int, since_ms: int, offset: int) -> Pending | None:
        """Tell the next page of people; None where there is none, or not yet.

        Args:
            now_ms: The time it is, epoch milliseconds.
            since_ms: Since when people could have been told: the same by the wall clock, the
                last tick by a driven one.
            offset: The stored offset that the write builds on.
        """
        await self._look(now_ms)
        # A page takes a second at most: a clock that was put back must not hold everybody up.
        self._ready_ms = min(self._ready_ms, now_ms + 1_000)
        if self._ready_ms > now_ms:
            return None
        campaign, entry = self.reach.turn(self.world(), now_ms), self._next_entry(now_ms)
        most = min(self.most, self.people_per_second)
        if campaign is not None and not (entry and self._campaign_last):
            # Campaigns and those who wait take turns.
            self._campaign_last = True
            members = await self.reach.page(campaign, most)
            pending = await self._step(members, begin.timer_of(campaign.name), now_ms, offset)
            pending.campaigns[campaign.name] = self.reach.cursors[campaign.name]
            self.metrics.fanned_out_total.labels("campaign").inc(len(members))
        elif not entry:
            return None
        else:
            self._campaign_last = False
            # Each flow of the kind may decide for each person, and take a code for them.
            flows = self.world().programme.started_by.get(split_entry(entry)[0], ())
            members = await self._next_members(entry, min(most, MARGIN // max(1, len(flows))))
            pending = await self._tell(members, entry, now_ms, offset)
        cost_ms = max(1, len(members)) * 1_000 // self.people_per_second
        self._ready_ms = max(self._ready_ms, since_ms) + cost_ms
        return pending

    def noted(self, waits: dict[str, bool]) -> None:
        """Take note of what a write put on the list."""
        entries = {split_waiting(member)[0] for member, stands in waits.items() if stands}
        self._known |= entries - {EVERYBODY}

    # --- what may have come ----------------------------------------------------------------

    async def _look(self, now_ms: int) -> None:
        """Look at a part of the list that wasn't yet, and at what changed in the catalog."""
        await self._scan(now_ms)
        catalog = self.world().catalog
        changed = catalog.changed(self._seen)
        if changed.upto != self._seen:
            self._seen = changed.upto
            self._open_up(self._about(changed.products), now_ms)
        if abs(now_ms - self._checked_ms) >= _CHECK_EVERY_MS:
            announced = holds.arrived(self._known, catalog, self._checked_ms, now_ms)
            self._open_up(announced, now_ms)
            self._checked_ms = now_ms
        watched_ms = wall_ms()  # whoever looks at the metric lives by it, driven clock or not
        if abs(watched_ms - self._counted_ms) >= _COUNT_EVERY_MS:
            self._counted_ms = watched_ms
            await self._count()

    async def _scan(self, now_ms: int) -> None:
        if self._scan_from is None:
            return
        members = await self.state.waiting(self._scan_from, "+", _SCANNED)
        entries = dict.fromkeys(split_waiting(member)[0] for member in members)
        waited_for = entries.keys() - {EVERYBODY}
        self._known |= waited_for
        self._open_up(waited_for, now_ms)
        # What follows the last one may be thousands who wait for the same: they are passed over.
        whole = len(members) < _SCANNED
        self._scan_from = None if whole else f"[{next(reversed(entries))}{_AFTER}"

    def _about(self, products: tuple[str, ...] | None) -> Iterable[str]:
        """Entries of the list that are about these products; None for any products."""
        if products is None:
            return list(self._known)
        catalog = self.world().catalog
        about = (holds.entries_about(product, catalog) for product in products)
        return self._known.intersection(entry for entries in about for entry in entries)

    def _open_up(self, entries: Iterable[str], now_ms: int) -> None:
        for entry in sorted(entries):
            if self._open.get(entry):
                self._again.add(entry)
            elif entry not in self._open and self._may_hold(entry, now_ms):
                self._open[entry] = ""

    def _may_hold(self, entry: str, now_ms: int) -> bool:
        kind, about = split_entry(entry)
        world = self.world()
        started = kind in world.programme.started_by
        return started and holds.may_hold(kind, about, world.catalog, now_ms)

    # --- telling ---------------------------------------------------------------------------

    def _next_entry(self, now_ms: int) -> str:
        """Whose turn it is, empty for nobody's; what has gone again meanwhile is left alone.

        Products go first, since many more people are told of what is new.
        """
        while self._open:
            products = (entry for entry in self._open if not entry.startswith(Trigger.NEW_ARRIVAL))
            entry = next(products, None) or next(iter(self._open))
            if self._may_hold(entry, now_ms):
                return entry
            del self._open[entry]
            self._again.discard(entry)
        return ""

    async def _next_members(self, entry: str, most: int) -> list[str]:
        """The next people who wait for what has come."""
        after = self._open.pop(entry)
        first = f"({after}" if after else f"[{entry}{SEPARATOR}"
        members = await self.state.waiting(first, f"({entry}{_AFTER}", most)
        if len(members) == most:
            self._open[entry] = members[-1]  # behind the others: a popular product holds up none
        elif entry in self._again:
            self._again.discard(entry)
            self._open[entry] = ""
        elif not after and not members:
            self._known.discard(entry)
        return members

    async def _tell(self, members: list[str], entry: str, now_ms: int, offset: int) -> Pending:
        """Step people who wait for an entry; who was told or put aside leaves the list."""
        kind, about = split_entry(entry)
        pending = await self._step(members, arrive.timer_of(kind, about), now_ms, offset)
        left = sum(1 for member in members if pending.waits.get(member) is False)
        self.metrics.fanned_out_total.labels(kind).inc(left)
        return pending

    async def _step(self, members: list[str], name: str, now_ms: int, offset: int) -> Pending:
        """Step the people of a page as if a timer `name` of each had fallen due."""
        stepper, world = self.stepper, self.world()
        subscribers = [split_waiting(member)[1] for member in members]
        missing = stepper.missing(subscribers)
        found = await self.state.load([stepper.profile_key(s) for s in missing])
        for subscriber, data in zip(missing, found, strict=True):
            stepper.put_loaded(subscriber, data)
        pending = stepper.begin(offset)
        for member, subscriber in zip(members, subscribers, strict=True):
            dead = pending.tally.dead.total()
            stepper.fire(timer_member(name, subscriber), now_ms, pending, now_ms, world)
            if pending.tally.dead.total() > dead and not member.startswith(EVERYBODY):
                pending.waits[member] = False  # put aside: it would only fail again
        return pending

    async def _count(self) -> None:
        partition = str(self.stepper.partition)
        for kind in (*sorted(WAITED_FOR), REACHABLE):
            count = await self.state.count_waiting(f"[{kind}{SEPARATOR}", f"({kind}{_AFTER}")
            self.metrics.waiting.labels(partition, kind).set(count)
