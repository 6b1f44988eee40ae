"""The pipeline without brokers: the worker's own stepper over profiles and timers in memory.

Processors, profiles, flows, fences, the decision and outcomes are the product's. What a step emits
is taken as it is, not as bytes; the population learns from outcomes once a day.
"""

from dataclasses import dataclass

import streams.processors
from models.person.profile import Profile, new_profile
from models.recommend.sampling import Sampling
from models.step import Record
from models.world import World
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from schemas.topics import Topology
from simulation.errors import RefusedRecordError
from streams.cache import Entry, ProfileCache
from streams.pending import Pending, split_timer, timer_member
from streams.prepared import Prepared
from streams.registry import discover
from streams.stepper import Limits, Stepper

Interactions = list[Record]
"""What people did with products, as `interactions` records have it."""
Emitted = list[tuple[str, Record]]


class _Tap(Codec):
    """A codec that keeps what leaves as records, and encodes contacts only."""

    def __init__(self) -> None:
        super().__init__(BundledRegistry())
        self.emitted: Emitted = []

    def encode(self, name: str, record: Record) -> bytes:
        if name == "contact":
            return super().encode(name, record)
        self.emitted.append((name, record))
        return b""


@dataclass(frozen=True, slots=True)
class _Nowhere:
    """A journal record of which only the event matters."""

    offset: int = 0
    timestamp: int = 0
    key: bytes | None = None
    value: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


_NOWHERE = _Nowhere()


def subscriber(person: int) -> str:
    """The key of a person."""
    return f"p{person:06d}"


def person_of(key: str) -> int:
    """The person behind a key."""
    return int(key[1:])


class Pipeline:
    """Steps events and timers of simulated people.

    Args:
        world: What steps read.
        people: How many people there are.
        gathers: Whether interactions with products are gathered.

    Attributes:
        interactions: What was gathered and not yet taken.
    """

    def __init__(self, world: World, people: int, *, gathers: bool = False) -> None:
        self.world = world
        self._tap = _Tap()
        registry = discover(streams.processors)
        self._with_contact = registry.contact_records
        cache = ProfileCache(people)
        limits = Limits(keys=1, size_bytes=1)
        self._stepper = Stepper(
            *(0, "{p0}", "journal", self._tap, registry, Topology("sim", 1), cache, {}, limits),
            sampling=Sampling(1.0, 1e9) if gathers else None,
        )
        self.interactions: Interactions = []
        self._keys = [subscriber(person) for person in range(people)]
        for key in self._keys:
            cache.put(key, Entry(new_profile(), None))
        self._contacts: dict[str, bytes] = {}
        self._timers: list[dict[str, int]] = [{} for _ in range(people)]
        self._pending: Pending = self._stepper.begin(0)

    def profile(self, person: int) -> Profile:
        """A person's profile as it stands."""
        return self._stepper.cache.get(self._keys[person]).profile

    def begin(self) -> None:
        """Drop what was gathered of earlier steps; called for each person and day."""
        self._stepper.forget_batch()
        self._pending = self._stepper.begin(0)

    def next_timer_ms(self, person: int) -> int | None:
        """When the person's earliest timer falls due, epoch milliseconds."""
        return min(self._timers[person].values(), default=None)

    def step(self, person: int, name: str, event: Record, now_ms: int) -> Emitted:
        """Apply an event; returns what it emits.

        Raises:
            RefusedRecordError: The pipeline puts the event aside.
        """
        key = self._keys[person]
        if name in self._with_contact:
            self._stepper.put_contact(key, self._contacts.get(key))
        item = Prepared(_NOWHERE, None, key, name, event)
        self._stepper.step(item, self._pending, now_ms, self.world)
        return self._taken(person)

    def fire(self, person: int, now_ms: int) -> Emitted:
        """Fire the person's timers due by now, earliest first; returns what they emit."""
        timers = self._timers[person]
        due = sorted((due_ms, name) for name, due_ms in timers.items() if due_ms <= now_ms)
        emitted: Emitted = []
        for due_ms, name in due:
            if timers.get(name) != due_ms:
                continue
            member = timer_member(name, self._keys[person])
            self._stepper.fire(member, due_ms, self._pending, due_ms, self.world)
            emitted += self._taken(person)
        return emitted

    def _taken(self, person: int) -> Emitted:
        pending, timers = self._pending, self._timers[person]
        for member, due_ms in pending.timers.items():
            name = split_timer(member)[0]
            if due_ms is None:
                timers.pop(name, None)
            else:
                timers[name] = due_ms
        pending.timers.clear()
        pending.leaving.clear()
        self.interactions += pending.interactions
        pending.interactions, pending.interactions_bytes = [], 0
        if pending.contacts:
            self._contacts.update(pending.contacts)
            pending.contacts.clear()
        if pending.tally.dead:
            raise RefusedRecordError(dict(pending.tally.dead))
        emitted, self._tap.emitted = self._tap.emitted, []
        return emitted
