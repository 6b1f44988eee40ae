"""A lane: one journal partition's work, in order, one batch after the other.

Load what is missing, step each record, commit everything in one fenced write, produce, acknowledge.
Due timers fire between batches (wall clock) or when a tick is passed (driven clock), through the
same path. Lanes of different partitions overlap; a partition's batches never do. Any refused write
ends the process: the lane's task raises and whoever watches it stops.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from models.world import World
from runtime.metrics import Metrics
from schemas.errors import RetryError
from streams.clock import wall_ms
from streams.codes import Codes
from streams.commit import Commit
from streams.ending import end_lane
from streams.errors import LostJournalError
from streams.fanout import Fanout
from streams.inbox import Chunk, Inbox, Progress
from streams.outbox import Outbox
from streams.patience import wait_for_schemas
from streams.pending import Pending, split_timer
from streams.prepared import JournalRecord, Prepared
from streams.state import PartitionState
from streams.stepper import Stepper, driven_now_ms

_REMOVE_PER_COMMIT = 1_000
_IDLE_SECONDS = 1.0


@dataclass(slots=True)
class Lane:
    """One partition's lane.

    Attributes:
        state: The partition's fenced state.
        stepper: Applies records and timers.
        outbox: What leaves.
        codes: Its single-use codes.
        world: Returns what steps may read, as it stands now.
        wall_ms: The wall clock, epoch milliseconds; None where the clock is driven.
        fanout: Tells those who wait for what has come.
        metrics: The process's metrics.
        offset: The stored offset; every commit builds on it.
        clock_ms: The driven clock's time.
        caught_up_at: End of the log when the partition was taken over; no timer fires before what
            stood there is applied, or a reminder would overlook a purchase already in the journal.
        chunk_records: Most records stepped in one go.
        timer_batch: Most timers fired in one write.
    """

    state: PartitionState
    stepper: Stepper
    outbox: Outbox
    codes: Codes
    world: Callable[[], World]
    wall_ms: Callable[[], int] | None
    fanout: Fanout
    metrics: Metrics
    offset: int
    clock_ms: int
    chunk_records: int
    timer_batch: int
    caught_up_at: int = 0
    progress: Progress = field(default_factory=Progress)
    _inbox: Inbox = field(default_factory=Inbox)
    _next_due_ms: int | None = None
    _stopping: bool = False
    _applied_ms: int = 0

    @property
    def name(self) -> str:
        """The partition's number, as a metric label."""
        return str(self.stepper.partition)

    async def start(self) -> None:
        """Look up when the first timer falls due; call once before `run`."""
        self._next_due_ms = await self.state.next_due_ms()
        self.progress.position = self.offset

    async def put(self, chunk: Chunk) -> None:
        """Hand over the next records of the partition, in order."""
        self._inbox.put(chunk)

    def backlog(self) -> int:
        """How many chunks wait."""
        return len(self._inbox)

    async def run(self) -> None:
        """Work until cancelled.

        Raises:
            StopError: A write was refused or a record couldn't leave; the process must end.
        """
        loop = asyncio.get_running_loop()
        while not self._stopping:
            chunk = await self._inbox.take(self._patience_seconds(), self.chunk_records)
            self.progress.busy_since = loop.time()
            if self.outbox.failed.done():
                self.outbox.failed.result()
            if chunk is not None:
                with self.metrics.worker_chunk_seconds.time():
                    await self._process(chunk.records)
                chunk.acknowledge()
            await self._fire_overdue()
            await self._tell_waiting()
            if chunk is None:
                await self._while_idle()
            self.progress.busy_since = None

    async def stop(self, task: asyncio.Task[None]) -> None:
        """Let the batch at hand finish, then end `task`, which runs this lane.

        Raises:
            UndeliveredError: Something that was committed couldn't leave.
            UnfinishedError: It took too long.
        """
        self._stopping = True
        await end_lane(
            f"journal/{self.name}",
            task,
            self.outbox,
            busy=self.progress.busy_since is not None,
            waiting=self.backlog(),
        )

    async def skip_to(self, offset: int) -> None:
        """Begin a new state at `offset`, where the log no longer has what came before."""
        await self.state.commit(Commit(self.offset, offset))
        self.offset = offset

    async def _while_idle(self) -> None:
        """Remove what was delivered; else make sure that Redis still has what was written.

        Codes that expired long ago are forgotten on the way.
        """
        pending = self.stepper.begin(self.offset)
        await self.codes.sweep(self._now_ms())
        if self.outbox.delivered or pending.codes:
            await self._commit(pending)
        else:
            await self.state.verify(self.offset)

    # --- waiting -------------------------------------------------------------------------

    def _patience_seconds(self) -> float:
        if len(self._inbox):
            return 0.0
        behind = self.offset < self.caught_up_at
        if self.wall_ms is None or behind:
            return _IDLE_SECONDS
        now_ms = self.wall_ms()
        told_in_ms = self.fanout.wait_ms(now_ms)
        dues = [] if self._next_due_ms is None else [self._next_due_ms]
        dues += [] if told_in_ms is None else [now_ms + told_in_ms]
        if not dues:
            return _IDLE_SECONDS
        return min(_IDLE_SECONDS, max(0.0, (min(dues) - now_ms) / 1000))

    # --- records -------------------------------------------------------------------------

    async def _process(self, records: list[JournalRecord]) -> None:
        fresh = [record for record in records if record.offset >= self.offset]
        if fresh and fresh[0].offset != self.offset:
            # Only intake and the clock write here, never in transactions: offsets have no gaps.
            raise LostJournalError(
                f"journal/{self.name}", self.offset, fresh[0].offset, fresh[-1].offset + 1
            )
        for start in range(0, len(fresh), self.chunk_records):
            await self._process_slice(fresh[start : start + self.chunk_records])

    async def _process_slice(self, records: list[JournalRecord]) -> None:
        prepared = await self._prepare(records)
        await self._load(prepared)
        pending = self.stepper.begin(self.offset)
        world = self.world()
        step, full, wall_ms = self.stepper.step, self.stepper.full, self.wall_ms
        pool, needs_contact = self.stepper.pool, self.stepper.needs_contact
        for item in prepared:
            if item.name == "tick":
                pending = await self._tick(item, pending)
                continue
            now_ms = wall_ms() if wall_ms else driven_now_ms(self.clock_ms, item.event)
            if now_ms > pool.good_until_ms:
                pending = await self._refill_codes(pending, now_ms)
            if needs_contact(item, now_ms, world):
                await self._load_contact(item.subscriber)
            step(item, pending, now_ms, world)
            if full(pending):
                await self._commit(pending)
                pending = self.stepper.begin(self.offset)
        await self._commit(pending)
        self._applied_ms = records[-1].timestamp
        self.stepper.forget_batch()

    async def _prepare(self, records: list[JournalRecord]) -> list[Prepared]:
        while True:
            try:
                return self.stepper.prepare(records)
            except RetryError as error:
                await wait_for_schemas(error)

    async def _load(self, prepared: list[Prepared]) -> None:
        stepper = self.stepper
        wanted = {item.subscriber: None for item in prepared if item.subscriber}
        profiles = stepper.missing(list(wanted))
        self.metrics.worker_cache_misses_total.inc(len(profiles))
        self.metrics.worker_cache_hits_total.inc(len(wanted) - len(profiles))
        contacts = stepper.contacts_wanted(prepared)
        keys = [stepper.profile_key(s) for s in profiles]
        found = await self.state.load(keys + [stepper.contact_key(s) for s in contacts])
        for subscriber, data in zip(profiles, found, strict=False):
            stepper.put_loaded(subscriber, data)
        for subscriber, data in zip(contacts, found[len(profiles) :], strict=True):
            stepper.put_contact(subscriber, data)
        await self.codes.load(prepared)

    async def _load_contact(self, subscriber: str) -> None:
        [data] = await self.state.load([self.stepper.contact_key(subscriber)])
        self.stepper.put_contact(subscriber, data)

    async def _refill_codes(self, pending: Pending, now_ms: int) -> Pending:
        """Have enough codes at hand for any one step; what is unwritten has to be written first."""
        await self._commit(pending)
        await self.codes.refill(now_ms)
        return self.stepper.begin(self.offset)

    # --- time ----------------------------------------------------------------------------

    async def _fire_overdue(self) -> None:
        """Fire what is due by the wall clock; while records wait, only by their time."""
        if self.wall_ms is None or self.offset < self.caught_up_at:
            return
        now_ms = self.wall_ms()
        if len(self._inbox):
            now_ms = min(now_ms, self._applied_ms)
        await self._fire_page(now_ms)

    async def _tell_waiting(self) -> None:
        """Tell a page of those who wait, where neither records nor timers have to go first."""
        if self.wall_ms is None or self.offset < self.caught_up_at or len(self._inbox):
            return
        now_ms = self.wall_ms()
        if self._next_due_ms is None or self._next_due_ms > now_ms:
            await self._tell_page(now_ms, now_ms)
            self.stepper.forget_batch()

    async def _tell_page(self, now_ms: int, since_ms: int) -> bool:
        """Tell a page of those who wait; tell whether there was one."""
        if now_ms > self.stepper.pool.good_until_ms:
            await self.codes.refill(now_ms)
        pending = await self.fanout.page(now_ms, since_ms, self.offset)
        if pending is None:
            return False
        await self._commit(pending)
        return True

    async def _tick(self, item: Prepared, pending: Pending) -> Pending:
        """Pass a tick: everything due by then fires before the records after it are stepped."""
        at_ms = int(item.event["at"])
        if self.wall_ms is None and at_ms > self.clock_ms:
            await self._commit(pending)
            if self._due_by(at_ms):
                while await self._fire_page(at_ms):
                    pass
            while await self._tell_page(at_ms, self.clock_ms or at_ms):
                pass
            pending = self.stepper.begin(self.offset)
            self.clock_ms = pending.clock_ms = at_ms
        pending.next_offset = item.record.offset + 1
        return pending

    def _now_ms(self) -> int:
        return self.wall_ms() if self.wall_ms else self.clock_ms

    def _due_by(self, at_ms: int) -> bool:
        return self._next_due_ms is not None and self._next_due_ms <= at_ms

    async def _fire_page(self, now_ms: int) -> bool:
        """Fire up to a batch of due timers in one write; tell whether there were any."""
        if self._next_due_ms is None or self._next_due_ms > now_ms:
            return False
        due = await self.state.due_timers(now_ms, self.timer_batch)
        subscribers = self.stepper.missing([split_timer(member)[1] for member, _ in due])
        found = await self.state.load([self.stepper.profile_key(s) for s in subscribers])
        for subscriber, data in zip(subscribers, found, strict=True):
            self.stepper.put_loaded(subscriber, data)
        pool, pending = self.stepper.pool, self.stepper.begin(self.offset)
        world = self.world()
        if due:  # they come earliest first
            self.metrics.timers_late_seconds.observe(max(0, now_ms - due[0][1]) / 1000)
        for member, due_ms in due:
            if now_ms > pool.good_until_ms:
                pending = await self._refill_codes(pending, now_ms)
            self.stepper.fire(member, due_ms, pending, now_ms, world)
            if self.stepper.full(pending):
                break
        await self._commit(pending)
        self._next_due_ms = await self.state.next_due_ms()
        return bool(due)

    # --- committing ----------------------------------------------------------------------

    async def _commit(self, pending: Pending) -> None:
        """Write, then produce. Nothing to write is no write."""
        self.stepper.finish(pending)
        write = pending.to_commit(self.stepper.tag, self.outbox.next_sequence)
        write.delivered = self.outbox.take_delivered(_REMOVE_PER_COMMIT)
        if not (write.changes or pending.campaigns):
            return
        with self.metrics.worker_commit_seconds.time():
            await self.state.commit(write)
        self.offset = self.progress.position = write.next_offset
        earliest = pending.earliest_timer_ms()
        if earliest is not None and (self._next_due_ms is None or earliest < self._next_due_ms):
            self._next_due_ms = earliest
        if write.waits:
            self.fanout.noted(write.waits)
        self._count(pending)
        await self.outbox.produce(self.outbox.next_sequence, pending.leaving)

    def _count(self, pending: Pending) -> None:
        metrics = self.metrics
        pending.tally.report(metrics, wall_ms())
        self.codes.report(pending.codes, self._now_ms())
        metrics.worker_commit_keys.observe(pending.keys())
        if pending.touched:  # one of each write is sample enough
            entry = next(iter(pending.touched.values()))
            metrics.worker_profile_bytes.observe(len(entry.stored or b""))
        metrics.worker_cache_profiles.labels(self.name).set(len(self.stepper.cache))
        metrics.worker_interactions_ratio.labels(self.name).set(self.stepper.sampled_share)
        metrics.worker_outbox_records.labels(self.name).set(self.outbox.undelivered)
