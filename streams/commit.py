"""What one fenced write holds: collected while records are stepped, then sent in one piece."""

from dataclasses import dataclass, field

import msgspec


class Leaving(msgspec.Struct, array_like=True, frozen=True):
    """A record that leaves through the outbox.

    Attributes:
        topic: Full topic name.
        key: The record's key.
        value: The record's value.
        partition: Explicit partition; -1 for the producer's own choice by key.
        source: Value of the journal's source header; empty for none.
    """

    topic: str
    key: bytes
    value: bytes
    partition: int = -1
    source: bytes = b""


_ENCODE = msgspec.msgpack.Encoder().encode
_DECODE = msgspec.msgpack.Decoder(Leaving).decode


def encode_leaving(record: Leaving) -> bytes:
    """Encode an outbox entry as stored."""
    return _ENCODE(record)


def decode_leaving(data: bytes) -> Leaving:
    """Decode a stored outbox entry."""
    return _DECODE(data)


@dataclass(slots=True)
class Commit:
    """One atomic write of a partition.

    Attributes:
        start_offset: The stored offset this write builds on.
        next_offset: The offset to go on from afterwards; equal to `start_offset` where only timers
            fired.
        values: Key to bytes: profiles, contacts, snapshots.
        meta: Fields of the partition's meta hash: source offsets, clock, discounts, given codes.
        timers: Member to due time in epoch milliseconds; None removes.
        outbox: Sequence number to encoded `Leaving`.
        delivered: Outbox sequence numbers that have left and can go.
        codes: Single-use code to its encoded state; None removes.
        free_codes: Place among the free codes to whether it is taken.
    """

    start_offset: int
    next_offset: int
    values: dict[str, bytes] = field(default_factory=dict)
    meta: dict[str, str] = field(default_factory=dict)
    timers: dict[str, int | None] = field(default_factory=dict)
    outbox: dict[int, bytes] = field(default_factory=dict)
    delivered: list[int] = field(default_factory=list)
    codes: dict[str, bytes | None] = field(default_factory=dict)
    free_codes: dict[str, bool] = field(default_factory=dict)

    @property
    def changes(self) -> bool:
        """Whether there is anything to write."""
        return self.next_offset != self.start_offset or bool(
            self.values or self.timers or self.outbox or self.delivered or self.codes
        )

    def arguments(self, token: str, number: int) -> list[str | bytes | int]:
        """Lay the write out as the script's ARGV.

        Args:
            token: The fence.
            number: This commit's number, one above the stored one.
        """
        put = [
            item for member, due in self.timers.items() if due is not None for item in (due, member)
        ]
        drop = [member for member, due in self.timers.items() if due is None]
        meta = [item for pair in self.meta.items() for item in pair]
        states = {code: data for code, data in self.codes.items() if data is not None}
        kept = [item for pair in states.items() for item in pair]
        gone = [code for code, data in self.codes.items() if data is None]
        free = [item for place, there in self.free_codes.items() if there for item in (0, place)]
        taken = [place for place, there in self.free_codes.items() if not there]
        outbox = [item for pair in self.outbox.items() for item in pair]
        arguments: list[str | bytes | int] = [token, self.start_offset, self.next_offset, number]
        groups: tuple[list[str | bytes | int], ...] = (
            list(self.values.values()),
            list(meta),
            list(put),
            list(drop),
            list(outbox),
            list(self.delivered),
            list(kept),
            list(gone),
            list(free),
            list(taken),
        )
        for group in groups:
            arguments.append(len(group))
            arguments.extend(group)
        return arguments
