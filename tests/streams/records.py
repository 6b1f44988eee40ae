"""Journal records and steppers made by hand, for pure tests of the stream house."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models import decay
from models.programme.reading import parse_programme
from models.recommend.sampling import Sampling
from models.step import Record
from models.world import World
from schemas.codec import Codec
from schemas.registry import BundledRegistry
from schemas.source import SOURCE_HEADER, pack_source
from schemas.topics import Topology
from streams.cache import ProfileCache
from streams.pending import Pending
from streams.registry import Registry
from streams.stepper import Limits, Stepper

NOW_MS = 1_756_684_800_000
CODEC = Codec(BundledRegistry())
TOPOLOGY = Topology("", 4)
PROGRAMME = Path(__file__).parents[2] / "programme" / "flows.yaml"


@dataclass
class FakeRecord:
    """What the Kafka client would hand over."""

    offset: int
    value: bytes | None
    key: bytes | None = b"ann"
    headers: Sequence[tuple[str, bytes]] = ()
    timestamp: int = NOW_MS


def browse(number: int, **fields: object) -> Record:
    """A browse of ann's."""
    return {
        "event_id": f"e{number}",
        "occurred_at": NOW_MS + number,
        "subscriber_id": "ann",
        "anonymous_id": None,
        "product_id": "p1",
        "category": "shoes",
        "price": 10.0,
        "session_id": None,
        **fields,
    }


def journaled(
    offset: int,
    event: Record,
    name: str = "browse",
    *,
    source_offset: int | None = None,
    key: bytes = b"ann",
) -> FakeRecord:
    """An event as intake writes it into the journal."""
    source = pack_source(
        "topic-id", f"events.{name}", 0, offset if source_offset is None else source_offset
    )
    return FakeRecord(offset, CODEC.encode(name, event), key, [(SOURCE_HEADER, source)])


def world() -> World:
    """What steps may read: the shipped programme, nothing learned."""
    return World(parse_programme(PROGRAMME.read_text(encoding="utf-8")))


@dataclass
class Desk:
    """A stepper and what it takes to drive it without a lane."""

    registry: Registry
    stored: dict[str, bytes] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    limits: Limits = field(default_factory=lambda: Limits(800, 900_000))
    discounts: float = decay.EMPTY
    world: World = field(default_factory=world)
    sampling: Sampling | None = None

    def __post_init__(self) -> None:
        self.stepper = Stepper(
            0,
            "{p0}",
            "journal-id",
            CODEC,
            self.registry,
            TOPOLOGY,
            ProfileCache(100),
            self.sources,
            self.limits,
            self.discounts,
            sampling=self.sampling,
        )

    def step(self, records: Sequence[FakeRecord], now_ms: int = NOW_MS) -> Pending:
        """Prepare, load and step records as one batch."""
        prepared = self.stepper.prepare(records)
        for subscriber in self.stepper.missing([item.subscriber for item in prepared]):
            self.stepper.put_loaded(subscriber, self.stored.get(subscriber))
        for subscriber in self.stepper.contacts_wanted(prepared):
            self.stepper.put_contact(subscriber, None)
        pending = self.stepper.begin(records[0].offset)
        for item in prepared:
            self.stepper.step(item, pending, now_ms, self.world)
        return pending
