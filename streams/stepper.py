"""Stepping journal records and timers over profiles in memory: pure, no I/O, no clock of its own.

The lane loads what is missing, calls `step` and `fire`, and commits what they leave in a `Pending`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from models import decay
from models.decision.superseding import ENDING, may_end
from models.offers import budget
from models.offers.code import Ending
from models.offers.desk import Answer, Desk, Repeated
from models.offers.pool import Pool
from models.person import encoding
from models.person.dedupe import first_time, knows
from models.person.profile import Profile, new_profile
from models.recommend.sampling import Sampling
from models.step import Record, Step
from models.world import World
from schemas.codec import Codec
from schemas.errors import DeadLetterError, StopError
from schemas.keys import contact_key, profile_key
from schemas.topics import Topology
from streams.cache import Entry, ProfileCache
from streams.commit import Leaving
from streams.departures import Departures
from streams.gathering import Gatherer
from streams.pending import Pending, split_timer, timer_member, waiting_member
from streams.prepared import JournalRecord, Prepared, prepare
from streams.registry import Registry

DAY_MS = 86_400_000
MAX_SCRIPT_ARGUMENTS = 4_000


@dataclass(frozen=True, slots=True)
class Limits:
    """How large one write may become; see `WorkerSettings`."""

    keys: int
    size_bytes: int

    def reached(self, pending: Pending) -> bool:
        """Tell whether the next record belongs into another write; asked after every record."""
        return (
            len(pending.touched) + len(pending.contacts) + 2 > self.keys
            or pending.estimate_bytes > self.size_bytes
            or 2 * (pending.pairs + 2 * len(pending.codes.codes)) > MAX_SCRIPT_ARGUMENTS
        )


class NoEventError(DeadLetterError):
    """A record stands in the journal that is no event of a person's."""

    def __init__(self, name: str) -> None:
        super().__init__("no_event", f"a {name} record has no event_id and can't be applied")


class StepFailedError(DeadLetterError):
    """A processor raised on a record or timer."""

    def __init__(self, function: Callable[..., Any], error: Exception) -> None:
        # The message of a foreign error may quote the event, which may be personal.
        super().__init__(
            "step_failed", f"{type(error).__name__} in {function.__module__}.{function.__name__}"
        )


class Stepper:
    """Applies records and timers of one journal partition.

    Args:
        partition: The partition's number.
        tag: Its hash tag.
        journal_id: The journal's topic id, for what is forwarded within it.
        codec: Decodes and encodes records.
        registry: The processors.
        topology: Topic names and the journal's partition count.
        cache: Profiles in memory.
        sources: Source stream to the highest offset applied so far; kept up to date.
        limits: How large one write may become.
        discounts: The level of what offers have taken off; see `models.offers.budget`.
        pool: The partition's single-use codes; none by default.
        sampling: Whose interactions are gathered for recommendations; nobody's where it is None.
    """

    def __init__(
        self,
        partition: int,
        tag: str,
        journal_id: str,
        codec: Codec,
        registry: Registry,
        topology: Topology,
        cache: ProfileCache,
        sources: dict[str, int],
        limits: Limits,
        discounts: float = decay.EMPTY,
        *,
        pool: Pool | None = None,
        sampling: Sampling | None = None,
    ) -> None:
        self.partition = partition
        self.tag = tag
        self._codec = codec
        self._registry = registry
        self._departures = Departures(partition, journal_id, codec, topology)
        self._gatherer = Gatherer(
            partition, journal_id, codec, topology, sampling or Sampling(0.0, 1.0)
        )
        self.cache = cache
        self.sources = sources
        self.full = limits.reached
        self._discounts = discounts
        self.pool = pool or Pool()
        self._desk = Desk(self.pool)
        self._partitions = topology.journal_partitions
        self._contacts: dict[str, Record | None] = {}
        self._history: list[tuple[str, str, Record, int, bool, Sequence[Answer]]] = []

    @property
    def sampled_share(self) -> float:
        """The share of the people whose interactions are gathered now."""
        return self._gatherer.sampling.share

    # --- before stepping -----------------------------------------------------------------

    def prepare(self, records: Sequence[JournalRecord]) -> list[Prepared]:
        """Decode and address records; see `streams.prepared`.

        Raises:
            RetryError: The schema registry can't be asked right now.
        """
        return prepare(records, self._codec, self.sources)

    def missing(self, subscribers: Sequence[str]) -> list[str]:
        """List the subscribers whose profiles must be loaded, each once."""
        return [s for s in dict.fromkeys(subscribers) if s and s not in self.cache]

    def contacts_wanted(self, prepared: Sequence[Prepared]) -> list[str]:
        """List the subscribers whose contact records these records may change, each once."""
        wanted = self._registry.contact_records
        return list(dict.fromkeys(p.subscriber for p in prepared if p.name in wanted))

    def needs_contact(self, item: Prepared, now_ms: int, world: World) -> bool:
        """Whether a record may change the contact record by what the profile says, unloaded yet.

        Asked right before the record is stepped; see `models.decision.superseding`.
        """
        if item.name not in ENDING or item.error is not None or item.subscriber in self._contacts:
            return False
        profile = self.cache.get(item.subscriber).profile
        return may_end(item.name, item.event, profile, now_ms, world)

    def profile_key(self, subscriber: str) -> str:
        """Where the subscriber's profile lives."""
        return profile_key(self.tag, subscriber)

    def contact_key(self, subscriber: str) -> str:
        """Where the subscriber's contact record lives."""
        return contact_key(self.tag, subscriber)

    def put_loaded(self, subscriber: str, data: bytes | None) -> None:
        """Keep a profile just loaded; a new one where nothing was stored."""
        profile = encoding.decode(data) if data is not None else new_profile()
        self.cache.put(subscriber, Entry(profile, data))

    def put_contact(self, subscriber: str, data: bytes | None) -> None:
        """Keep a contact record just loaded, for this batch."""
        self._contacts[subscriber] = self._codec.decode(data)[1] if data is not None else None

    def begin(self, start_offset: int) -> Pending:
        """Start gathering for a write that builds on `start_offset`."""
        self._history.clear()
        return Pending(start_offset, start_offset, codes=self.pool.begin())

    def finish(self, pending: Pending) -> None:
        """Add what leaves once for the whole write; called right before it."""
        self._gatherer.leave(pending)

    def forget_batch(self) -> None:
        """Drop what was loaded for this batch only, and profiles beyond the cache's capacity."""
        self._contacts = {}
        self._history.clear()
        self.cache.trim()

    # --- stepping ------------------------------------------------------------------------

    def step(self, item: Prepared, pending: Pending, now_ms: int, world: World) -> None:
        """Apply one record, or have it leave as a dead letter.

        Args:
            item: The record; not a tick.
            pending: Gathers the effects.
            now_ms: The time it is, epoch milliseconds.
            world: What steps may read.
        """
        pending.next_offset = item.record.offset + 1
        source = item.source
        if source is not None:
            if source.offset <= self.sources.get(source.stream, -1):
                pending.tally.repeated["source"] += 1
                return
            self.sources[source.stream] = pending.sources[source.stream] = source.offset
        if item.error is not None:
            self._departures.put_aside(item, item.error, pending)
            return
        event_id = item.event.get("event_id")
        if event_id is None:
            self._apply_codes(item, pending)
            return
        entry = self.cache.get(item.subscriber)
        if entry.profile.identified_as and item.name not in ("merge", "identify"):
            # What it applied before it was handed over is in the subscriber's profile already,
            # while its event ids stayed here.
            if item.name == "delivery" and (ending := Ending.of(item.event)) is not None:
                self.pool.end(ending)  # a code of this partition, from before the hand-over
            if knows(entry.profile, event_id):
                pending.tally.repeated["event_id"] += 1
                return
            self._departures.forward(item, entry.profile.identified_as, pending)
            return
        self._apply(item, entry, pending, now_ms, world)

    def _apply_codes(self, item: Prepared, pending: Pending) -> None:
        """Apply a record about codes and nobody; any other without an event_id is put aside."""
        event = item.event
        try:
            if item.name == "codes":
                apply = self.pool.withdraw if event["withdrawn"] else self.pool.load
                apply(event["offer"], event["codes"])
            elif item.name == "redemption":
                self.pool.redeem(event["offer"], event["code"])
            else:
                raise NoEventError(item.name)
        except DeadLetterError as error:
            self._departures.put_aside(item, error, pending)
            return
        pending.tally.applied[item.name] += 1

    def _apply(
        self, item: Prepared, entry: Entry, pending: Pending, now_ms: int, world: World
    ) -> None:
        subscriber, event, name = item.subscriber, item.event, item.name
        if not first_time(entry.profile, event["event_id"]):
            pending.tally.repeated["event_id"] += 1
            return
        budgeted = world.programme.discounts_per_week is not None
        spent = budgeted and self._offers_spent(now_ms, world)
        contact_before, desk = self._contacts.get(subscriber), self._desk
        effects = Step(subscriber, now_ms, contact_before, offers_spent=spent, codes=desk)
        if subscriber not in pending.touched:
            pending.touch(subscriber, entry)
        try:
            self._run(name, event, entry.profile, effects, world)
            leaving = self._leaving(effects, item) if effects.emitted else ()
            contact = (
                self._codec.encode("contact", effects.contact)
                if (effects.contact_changed and effects.contact is not None)
                else None
            )
        except DeadLetterError as error:
            self._restore(subscriber, entry, world)
            self._departures.put_aside(item, error, pending)
            return
        told = desk.settle() if desk.used else ()
        self._history.append((subscriber, name, event, now_ms, spent, told))
        pending.tally.applied[name] += 1
        self._gatherer.note(name, event, entry.profile, subscriber, item.record.timestamp, pending)
        if effects.discount[0] > 0.0:
            self._take_off(*effects.discount, pending, world)
        if effects.emitted or effects.timers or effects.waits or effects.noticed:
            self._gather(effects, leaving, pending, item.record.timestamp)
        if contact is not None:
            pending.contacts[subscriber] = contact
            self._contacts[subscriber] = effects.contact

    def _take_off(self, amount: float, at_ms: int, pending: Pending, world: World) -> None:
        counts = budget.counting(amount, world.programme, self._partitions)
        self._discounts = pending.discounts = budget.raised(self._discounts, counts, at_ms)
        pending.tally.discounts += amount

    def _offers_spent(self, now_ms: int, world: World) -> bool:
        return budget.reached(self._discounts, now_ms, world.programme, self._partitions)

    def _run(self, name: str, event: Record, profile: Profile, effects: Step, world: World) -> None:
        try:
            for function in self._registry.events.get(name, ()):
                function(event, profile, effects, world)
        except (DeadLetterError, StopError):
            raise
        except Exception as error:
            raise StepFailedError(function, error) from error

    def _restore(self, subscriber: str, entry: Entry, world: World) -> None:
        """Undo a half-applied record: from the stored bytes, step what this batch did before it.

        The effects of those earlier records have been gathered already and are dropped here.
        """
        self._desk.drop()
        entry.profile = encoding.decode(entry.stored) if entry.stored else new_profile()
        for whose, name, event, now_ms, spent, told in self._history:
            if whose != subscriber:
                continue
            contact, desk = self._contacts.get(subscriber), Repeated(told)
            effects = Step(subscriber, now_ms, contact, offers_spent=spent, codes=desk)
            if name:
                first_time(entry.profile, event["event_id"])
                self._run(name, event, entry.profile, effects, world)
            else:
                self._run_timer(event["timer"], event["due"], entry.profile, effects, world)

    # --- timers --------------------------------------------------------------------------

    def fire(self, member: str, due_ms: int, pending: Pending, now_ms: int, world: World) -> None:
        """Fire one timer that the state says is due, unless this batch has changed it."""
        if member in pending.timers:
            return
        name, subscriber = split_timer(member)
        pending.timers[member] = None
        pending.pairs += 1
        entry = self.cache.get(subscriber)
        budgeted = world.programme.discounts_per_week is not None
        spent = budgeted and self._offers_spent(now_ms, world)
        effects = Step(subscriber, now_ms, offers_spent=spent, codes=self._desk)
        pending.touch(subscriber, entry)
        try:
            self._run_timer(name, due_ms, entry.profile, effects, world)
            leaving = self._leaving(effects, None) if effects.emitted else ()
        except DeadLetterError as error:
            self._restore(subscriber, entry, world)
            self._departures.put_timer_aside(member, due_ms, error, pending)
            return
        told = self._desk.settle() if self._desk.used else ()
        self._history.append((subscriber, "", {"timer": name, "due": due_ms}, now_ms, spent, told))
        pending.tally.timers[name.partition(":")[0]] += 1
        self._gather(effects, leaving, pending, None)

    def _leaving(self, effects: Step, item: Prepared | None) -> Sequence[Leaving]:
        leaving, subscriber = self._departures.leaving, effects.subscriber
        return [leaving(name, record, subscriber, item) for name, record in effects.emitted]

    @staticmethod
    def _gather(
        effects: Step, leaving: Sequence[Leaving], pending: Pending, triggered_ms: int | None
    ) -> None:
        for (name, record), leaves in zip(effects.emitted, leaving, strict=True):
            pending.leave(leaves)
            pending.tally.emitted(name, record, triggered_ms)
        if effects.noticed:
            pending.tally.noticed.update(effects.noticed)
        pending.pairs += len(effects.timers) + len(effects.waits)
        for timer, due in effects.timers.items():
            pending.timers[timer_member(timer, effects.subscriber)] = due
        for entry, stands in effects.waits.items():
            pending.waits[waiting_member(entry, effects.subscriber)] = stands

    def _run_timer(
        self, name: str, due_ms: int, profile: Profile, effects: Step, world: World
    ) -> None:
        function = self._registry.timers.get(name.partition(":")[0])
        if function is None:
            raise DeadLetterError("unknown_timer", f"no processor fires {name.partition(':')[0]!r}")
        try:
            function(name, due_ms, profile, effects, world)
        except (DeadLetterError, StopError):
            raise
        except Exception as error:
            raise StepFailedError(function, error) from error


def driven_now_ms(clock_ms: int, event: Record) -> int:
    """The time a record is stepped at under the driven clock.

    The record's own time where it is later than the last tick, but never more than a day ahead of
    it: a wrong clock in a product app must not pull everyone's time along.
    """
    occurred: int = event.get("occurred_at", clock_ms)
    if clock_ms == 0:
        return occurred
    if occurred <= clock_ms:
        return clock_ms
    return min(clock_ms + DAY_MS, occurred)
