"""Journal records decoded and addressed, ready to be stepped. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import msgspec

from models.step import Record
from schemas.codec import Codec
from schemas.dead_letters import Placed
from schemas.errors import DeadLetterError
from schemas.keys import subscriber_key
from schemas.source import SOURCE_HEADER, Source, unpack_source

UNADDRESSED: Final = frozenset({"tick", "codes", "redemption"})
"""Records about nobody: a partition's clock and its codes."""


class JournalRecord(Protocol):
    """A record as the Kafka client hands it over."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def timestamp(self) -> int:
        """The broker's time of it, epoch milliseconds."""
        ...

    @property
    def key(self) -> bytes | None:
        """Its key."""
        ...

    @property
    def value(self) -> bytes | None:
        """Its value."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Its headers, names and values."""
        ...


def placed(topic: str, partition: int, record: JournalRecord) -> Placed:
    """A record and where it stands, as a dead letter of it tells."""
    return Placed(topic, partition, record.offset, record.timestamp, record.key, record.value)


class Prepared(msgspec.Struct, gc=False):
    """A journal record, decoded and addressed, or the reason why it can't be.

    Attributes:
        source: Where it came from; None for ticks, loaded codes and for records without the header.
    """

    record: JournalRecord
    source: Source | None = None
    subscriber: str = ""
    name: str = ""
    event: Record = {}  # a new one each, as msgspec has it
    error: DeadLetterError | None = None


def prepare(
    records: Sequence[JournalRecord], codec: Codec, sources: Mapping[str, int]
) -> list[Prepared]:
    """Decode and address records; what can't be carries its error.

    Args:
        records: Records of one journal partition, in order.
        codec: Decodes them.
        sources: Source stream to the highest offset applied: repeats aren't decoded.

    Raises:
        RetryError: The schema registry can't be asked right now.
    """
    decode = codec.decode
    return [_prepare(record, decode, sources) for record in records]


def _prepare(
    record: JournalRecord,
    decode: Callable[[bytes | None], tuple[str, Record]],
    sources: Mapping[str, int],
) -> Prepared:
    source = None
    try:
        header = _source_header(record.headers)
        if header is not None:
            source = unpack_source(header)
            if source.offset <= sources.get(source.stream, -1):
                return Prepared(record, source)  # a repeat: not worth decoding
        name, event = decode(record.value)
        if name in UNADDRESSED:
            return Prepared(record, source, "", name, event)
        if header is None:
            unpack_source(None)
        key = record.key
        subscriber = key.decode() if key else subscriber_key(event)
    except UnicodeDecodeError:
        error = DeadLetterError("bad_key", "the journal key is not UTF-8")
        return Prepared(record, source, error=error)
    except DeadLetterError as error:
        return Prepared(record, source, error=error)
    return Prepared(record, source, subscriber, name, event)


def _source_header(headers: Sequence[tuple[str, bytes]]) -> bytes | None:
    for name, value in headers:
        if name == SOURCE_HEADER:
            return value
    return None
