"""Learning with corrections: as if the corrected outcome had come in the original's place.

What was learned can't be taken out of a belief: each step depends on those before it. So the last
outcomes are kept, in segments, with the population as it was before the oldest. A correction
changes the outcome kept, and everything from its segment on is learned anew: to the bit what would
have been learned without the mistake. A correction of what is not kept any more is told to the
caller and changes nothing.
"""

from collections.abc import Mapping
from enum import StrEnum
from hashlib import blake2b

import msgspec

from models.audience.clusters import COUNT
from models.digests import digest
from models.errors import SnapshotError
from models.learning import learners
from models.learning.population import Population
from models.learning.segment import Segment
from models.learning.teaching import check, chosen
from models.step import Record

SEGMENT_OUTCOMES = 256
"""Outcomes after which another segment begins: what a commit may have to write again."""
SEGMENTS = 32
"""Full segments kept: 8,192 outcomes, each about 300 bytes."""

HEAD, BEFORE = "", ":before"
"""Names of the stored parts: where the segments stand, and the population before the oldest."""


class Fate(StrEnum):
    """What came of an outcome record."""

    LEARNED = "learned"
    UNTAUGHT = "untaught"
    REPEATED = "repeated"
    CORRECTED = "corrected"
    UNCHANGED = "unchanged"
    FORGOTTEN = "forgotten"


class _Head(msgspec.Struct, array_like=True):
    model: bytes
    first: int
    count: int


_encode = msgspec.msgpack.Encoder().encode
_decode_head = msgspec.msgpack.Decoder(_Head).decode


def _stamp(model: bytes) -> bytes:
    return blake2b(model, digest_size=8).digest()


def part_of(number: int) -> str:
    """Name of the stored part of a segment; old ones make room for new ones."""
    return f":{number % (SEGMENTS + 1)}"


PARTS = (HEAD, BEFORE, *(part_of(number) for number in range(SEGMENTS + 1)))
"""The names of all stored parts."""


class Relearning:
    """A population model that learns from outcomes and from their corrections.

    Args:
        population: What was learned so far; it is taken over.

    Attributes:
        corrections: How many corrections have changed what was learned.
        noticed: Beliefs that the last record heard showed to hold no longer; see `Population`.
            What learning anew finds was told before, or would have been.
    """

    def __init__(self, population: Population) -> None:
        self.corrections = population.corrections
        self.noticed: list[tuple[str, str]] = []
        self._population = population
        self._segments = [Segment(0, population.to_bytes())]
        self._places: dict[bytes, int] = {}
        self._stale_from: int | None = None
        self._before_changed = True

    @property
    def population(self) -> Population:
        """The model as of all outcomes heard, corrections included."""
        self._learn_anew()
        return self._population

    def hear(self, record: Record) -> Fate:
        """Learn from an outcome record, or correct an earlier one.

        Raises:
            NotLearnableError: It holds what no model may learn from; nothing was learned.
        """
        self.noticed = []
        if record["corrects"]:
            return self._correct(record)
        check(record)
        if not chosen(record):
            return Fate.UNTAUGHT  # whatever it is corrected to
        decision = digest(record["decision_id"])
        if decision in self._places:
            return Fate.REPEATED
        segment = self._open_segment()
        segment.add(record)
        if self._stale_from is None:
            try:
                self._population.learn(segment.record(-1))
                self.noticed = self._population.noticed
            except Exception:
                segment.drop_last()
                self._stale_from = segment.number  # half of it may have been learned
                raise
        self._places[decision] = segment.number
        return Fate.LEARNED if record["evidence"] else Fate.UNTAUGHT

    def _open_segment(self) -> Segment:
        """The segment for the next outcome; another begins where the last is full."""
        last = self._segments[-1]
        if len(last) < SEGMENT_OUTCOMES:
            return last
        before = self._population.to_bytes() if self._stale_from is None else None
        self._segments.append(Segment(last.number + 1, before))
        if len(self._segments) > SEGMENTS + 1:
            self._forget_oldest()
        return self._segments[-1]

    def _forget_oldest(self) -> None:
        self._learn_anew()
        if self._segments[1].before is None:  # read from the store, and not learned anew since
            self._stale_from = self._segments[0].number
            self._learn_anew()
        for decision in self._segments.pop(0).decisions():
            del self._places[decision]
        self._before_changed = True

    def _correct(self, correction: Record) -> Fate:
        number = self._places.get(digest(correction["decision_id"]))
        if number is None:
            return Fate.FORGOTTEN
        if not self._segments[number - self._segments[0].number].correct(correction):
            return Fate.UNCHANGED
        self.corrections += 1
        self._stale_from = number if self._stale_from is None else min(self._stale_from, number)
        return Fate.CORRECTED

    def _learn_anew(self) -> None:
        """Learn again from the first segment that was corrected, once for all corrections."""
        if self._stale_from is None:
            return
        start = self._stale_from - self._segments[0].number
        start = max(n for n in range(start + 1) if self._segments[n].before is not None)
        before, belief = self._segments[start].before or b"", self._population.belief
        population = Population.from_bytes(before, belief)
        population.use_clusters(self._population.clusters.count)
        for segment in self._segments[start:]:
            segment.before = population.to_bytes()
            for place in range(len(segment)):
                population.learn(segment.record(place))
        self._population, self._stale_from = population, None

    def to_store(self) -> tuple[bytes, dict[str, bytes]]:
        """The model, and the parts that changed since last asked, by name."""
        model = self.population.to_bytes(self.corrections)
        first = self._segments[0]
        parts = {HEAD: _encode(_Head(_stamp(model), first.number, len(self._segments)))}
        if self._before_changed:
            assert first.before is not None
            parts[BEFORE], self._before_changed = first.before, False
        for segment in self._segments:
            if segment.changed:
                parts[part_of(segment.number)], segment.changed = segment.to_bytes(), False
        return model, parts

    @classmethod
    def restore(
        cls,
        model: bytes | None,
        parts: Mapping[str, bytes | None],
        belief: str = learners.DEFAULT,
        clusters: int = COUNT,
    ) -> "Relearning":
        """Go on from what `to_store` gave.

        Where the parts are missing, or belong to another model than this one, nothing is kept to
        learn from again; what was learned stands.

        Args:
            model: The model; None for a new one.
            parts: By name.
            belief: The class behind its beliefs; see `models.learning.learners`.
            clusters: How many clusters to learn.

        Raises:
            SnapshotError: The model is of another version, or something is damaged.
        """
        population = Population.from_bytes(model, belief) if model else Population(belief)
        population.use_clusters(clusters)
        relearning, data = cls(population), parts.get(HEAD)
        if not model or not data:
            return relearning
        try:
            head = _decode_head(data)
        except msgspec.MsgspecError as error:
            raise SnapshotError(
                f"where the outcomes kept to learn from again stand is damaged: {error}. "
                "Delete the trainer's key ending in ':kept' to go on without them."
            ) from error
        if head.model == _stamp(model):
            numbers = range(head.first, head.first + head.count)
            relearning._take(
                [Segment.from_bytes(n, parts[part_of(n)] or b"", None) for n in numbers],
                parts[BEFORE] or b"",
            )
        return relearning

    def _take(self, segments: list[Segment], before: bytes) -> None:
        # Refused now, not at the first correction.
        Population.from_bytes(before, self._population.belief)
        segments[0].before = before
        self._segments, self._before_changed = segments, False
        self._places = {d: s.number for s in segments for d in s.decisions()}
