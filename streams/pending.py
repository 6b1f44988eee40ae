"""What a batch has done so far and not yet committed."""

from dataclasses import dataclass, field

from models.offers import code as codes
from models.offers import spent
from models.offers.changes import Changes
from models.person import encoding
from models.step import Record
from models.waiting.wait import SEPARATOR, entry_of
from schemas.keys import contact_key, profile_key
from streams.cache import Entry
from streams.commit import Commit, Leaving, encode_leaving
from streams.tally import Tally

TIMER_SEPARATOR = "\x1f"
SPENT = "codes:"
"""Begins the fields of the meta hash that count an offer's codes."""
_NEW_PROFILE_BYTES = 600


def timer_member(name: str, subscriber: str) -> str:
    """Name a subscriber's timer within its partition."""
    return f"{name}{TIMER_SEPARATOR}{subscriber}"


def split_timer(member: str) -> tuple[str, str]:
    """Turn a partition's timer member back into timer name and subscriber."""
    name, _, subscriber = member.partition(TIMER_SEPARATOR)
    return name, subscriber


def waiting_member(entry: str, subscriber: str) -> str:
    """Name a subscriber in the partition's waiting list, under what is waited for."""
    return f"{entry}{SEPARATOR}{subscriber}"


def split_waiting(member: str) -> tuple[str, str]:
    """Turn a member of the waiting list back into what is waited for and the subscriber."""
    kind, about, subscriber = member.split(SEPARATOR, 2)
    return entry_of(kind, about), subscriber


@dataclass(slots=True)
class Pending:
    """The effects gathered for one fenced write.

    Attributes:
        start_offset: The stored offset it builds on.
        next_offset: The offset to go on from once it is written.
        touched: Subscribers whose profiles changed.
        contacts: New contact records, encoded, by subscriber.
        timers: Timer member to due time in epoch milliseconds; None removes.
        waits: Member of the waiting list to whether it stands there from now on.
        leaving: Records for the outbox, in order.
        sources: Source stream to the highest offset applied in this batch.
        campaigns: How far campaigns have come, by name, if they moved.
        clock_ms: The driven clock's new time, if a tick was passed.
        discounts: The new level of what offers have taken off, if one did.
        codes: What became of single-use codes.
        interactions: What sampled people did with products; `interactions_bytes` is how large it
            will be at most.
        tally: Counts for the metrics.
        estimate_bytes: How large the write will roughly be.
        pairs: Timers, waits and records that it will hold, at most: more than a few thousand
            don't fit into a script. Source streams and campaigns are few.
    """

    start_offset: int
    next_offset: int
    touched: dict[str, Entry] = field(default_factory=dict)
    contacts: dict[str, bytes] = field(default_factory=dict)
    timers: dict[str, int | None] = field(default_factory=dict)
    leaving: list[Leaving] = field(default_factory=list)
    sources: dict[str, int] = field(default_factory=dict)
    clock_ms: int | None = None
    discounts: float | None = None
    codes: Changes = field(default_factory=Changes)
    interactions: list[Record] = field(default_factory=list)
    interactions_bytes: int = 0
    tally: Tally = field(default_factory=Tally)
    estimate_bytes: int = 0
    pairs: int = 0
    waits: dict[str, bool] = field(default_factory=dict)
    campaigns: dict[str, str] = field(default_factory=dict)

    def touch(self, subscriber: str, entry: Entry) -> None:
        """Note that a profile changed."""
        if subscriber not in self.touched:
            self.touched[subscriber] = entry
            size = len(entry.stored) if entry.stored else _NEW_PROFILE_BYTES
            self.estimate_bytes += size + 100

    def leave(self, record: Leaving) -> None:
        """Have a record leave after the write."""
        self.leaving.append(record)
        self.pairs += 1
        self.estimate_bytes += len(record.value) + len(record.key) + 100

    def keys(self) -> int:
        """How many values the write will hold."""
        return len(self.touched) + len(self.contacts)

    def earliest_timer_ms(self) -> int | None:
        """The earliest due time set in this batch."""
        return min((due for due in self.timers.values() if due is not None), default=None)

    def to_commit(self, tag: str, first_sequence: int) -> Commit:
        """Encode everything; afterwards each touched entry holds its bytes as stored.

        Args:
            tag: The partition's hash tag.
            first_sequence: Outbox sequence number of the first leaving record.
        """
        write = Commit(self.start_offset, self.next_offset, timers=self.timers, waits=self.waits)
        for subscriber, entry in self.touched.items():
            entry.stored = encoding.encode(entry.profile)
            write.values[profile_key(tag, subscriber)] = entry.stored
        for subscriber, contact in self.contacts.items():
            write.values[contact_key(tag, subscriber)] = contact
        write.meta = {f"src:{stream}": str(offset) for stream, offset in self.sources.items()}
        write.meta |= {f"campaign:{name}": cursor for name, cursor in self.campaigns.items()}
        if self.clock_ms is not None:
            write.meta["clock"] = str(self.clock_ms)
        if self.discounts is not None:
            write.meta["discounts"] = repr(self.discounts)
        if self.codes:
            self._codes_to(write)
        write.outbox = {
            first_sequence + i: encode_leaving(record) for i, record in enumerate(self.leaving)
        }
        return write

    def _codes_to(self, write: Commit) -> None:
        changed = self.codes
        for code, known in changed.codes.items():
            write.codes[code] = None if known is None else codes.to_bytes(known)
        write.free_codes = changed.free
        for offer, counts in changed.spent.items():
            write.meta[f"{SPENT}{offer}"] = spent.to_text(counts)
