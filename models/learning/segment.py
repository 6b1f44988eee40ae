"""Outcomes kept to learn from again: what learning reads of them, as bytes, in segments.

A shop's trainer keeps thousands, so each is kept small: names of features stand once per segment,
and an outcome is bytes until it is needed. Numbers are kept whole: learning from what is kept gives
the same bits as learning from the record.
"""

from typing import Any

import msgspec

from models.decision.arms import mails
from models.digests import digest
from models.errors import SnapshotError
from models.person.memory import Worded
from models.step import Record


class Kept(msgspec.Struct, array_like=True, gc=False):
    """What learning reads of an outcome.

    Attributes:
        decision: Stands for the decision's id.
        names: Which of its segment's lists of names its features have.
        amounts: The features, in the order of the names: sums follow it.
        corrections: Stand for the events that have corrected it.
        slots: What its mail was worded with.
    """

    decision: bytes
    arm: str
    flow: str
    names: int
    amounts: list[float]
    propensity: float
    accepted: bool
    evidence: bool
    clicks: int
    purchases: int
    reached: bool | None
    unsubscribed: bool
    complained: bool
    corrections: list[bytes]
    # Stored before there were slots, an outcome has none.
    slots: list[Worded] = []

    def correct(self, correction: Record) -> bool:
        """Add a correction's differences; False where it was there already or changes nothing.

        Nothing falls below 0.
        """
        event = digest(correction["corrects"])
        if event in self.corrections:
            return False
        before = self.evident()
        self.corrections.append(event)
        self.clicks = max(0, self.clicks + correction["clicks"])
        self.purchases = max(0, self.purchases + correction["purchases"])
        self.unsubscribed = self.unsubscribed or correction["unsubscribed"]
        self.complained = self.complained or correction["complained"]
        if correction["accepted"] and mails(self.arm):
            self.accepted = self.evidence = True
        return self.evident() != before

    def evident(self) -> tuple[bool, ...]:
        """What of it a correction may change, as far as learning sees it."""
        clicked, bought = self.clicks > 0, self.purchases > 0
        return (self.evidence, clicked, bought, self.unsubscribed, self.complained)


class _Stored(msgspec.Struct, array_like=True):
    names: list[list[str]]
    kept: list[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode_kept = msgspec.msgpack.Decoder(Kept).decode
_decode_stored = msgspec.msgpack.Decoder(_Stored).decode


class Segment:
    """Outcomes that came one after the other.

    Args:
        number: Counts the segments of a trainer's line.
        before: The population before its first outcome, as bytes; None where that isn't at hand.

    Attributes:
        changed: Whether it holds what is not stored yet.
    """

    def __init__(self, number: int, before: bytes | None) -> None:
        self.number = number
        self.before = before
        self.changed = True
        self._names: list[list[str]] = []
        self._kept: list[bytes] = []

    def __len__(self) -> int:
        return len(self._kept)

    def add(self, outcome: Record) -> None:
        """Keep an outcome, after the others."""
        names = list(outcome["features"])
        if names not in self._names:
            self._names.append(names)
        kept = Kept(
            decision=digest(outcome["decision_id"]),
            arm=outcome["arm"],
            flow=outcome["flow"],
            names=self._names.index(names),
            amounts=list(outcome["features"].values()),
            propensity=outcome["propensity"],
            accepted=outcome["accepted"],
            evidence=outcome["evidence"],
            clicks=outcome["clicks"],
            purchases=outcome["purchases"],
            reached=outcome["reached"],
            unsubscribed=outcome["unsubscribed"],
            complained=outcome["complained"],
            corrections=[],
            slots=[Worded.of(drawn) for drawn in outcome.get("slots", ())],
        )
        self._kept.append(_encode(kept))
        self.changed = True

    def drop_last(self) -> None:
        """Forget the outcome added last."""
        self._kept.pop()

    def decisions(self) -> list[bytes]:
        """What stands for the decisions, in order."""
        return [_decode_kept(data).decision for data in self._kept]

    def correct(self, correction: Record) -> bool:
        """Correct the outcome of the same decision; False where nothing changes by it.

        Raises:
            KeyError: It isn't in this segment.
        """
        wanted = digest(correction["decision_id"])
        for place, data in enumerate(self._kept):
            kept = _decode_kept(data)
            if kept.decision == wanted:
                changes = kept.correct(correction)
                self._kept[place] = _encode(kept)
                self.changed = True
                return changes
        raise KeyError(wanted)

    def record(self, place: int) -> Record:
        """An outcome as `Population.learn` reads it; -1 is the last."""
        kept = _decode_kept(self._kept[place])
        record: dict[str, Any] = msgspec.structs.asdict(kept)
        record["decision_id"] = kept.decision.hex()
        record["features"] = dict(zip(self._names[kept.names], kept.amounts, strict=True))
        record["slots"] = [worded.record() for worded in kept.slots]
        record["reward"] = 0.0  # learned from in its parts
        return record

    def to_bytes(self) -> bytes:
        """The outcomes in a form to store."""
        return _encode(_Stored(self._names, self._kept))

    @classmethod
    def from_bytes(cls, number: int, data: bytes, before: bytes | None) -> "Segment":
        """The segment that `to_bytes` wrote.

        Raises:
            SnapshotError: The bytes are damaged.
        """
        segment = cls(number, before)
        try:
            stored = _decode_stored(data)
            segment._names, segment._kept = stored.names, stored.kept
            for place in range(len(segment)):
                segment.record(place)
        except (msgspec.MsgspecError, LookupError, ValueError) as error:
            raise SnapshotError(
                f"outcomes kept to learn from again ({len(data)} bytes) are damaged: {error}. "
                "Delete the trainer's key ending in ':kept' to go on without them."
            ) from error
        segment.changed = False
        return segment
