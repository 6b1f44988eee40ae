"""Where a journal record came from: the header that makes what intake repeats recognisable.

Layout, big-endian: offset (8 bytes), version (1), partition (4), length of the topic id (1), the
topic id, the topic's name. All but the offset is the same for a whole source partition, so it is
unpacked once and remembered.
"""

import struct
from functools import lru_cache
from typing import Final

import msgspec

from schemas.errors import DeadLetterError

SOURCE_HEADER: Final = "source"
"""The name of the journal records' Kafka header."""

_VERSION = 1
_OFFSET_BYTES = 8
_HEAD = struct.Struct(">BiB")
_OFFSET = struct.Struct(">Q").unpack_from


class BadSourceError(DeadLetterError):
    """A journal record's source header is missing or broken (`bad_source`)."""

    def __init__(self, detail: str) -> None:
        super().__init__("bad_source", detail)


class Source(msgspec.Struct, frozen=True, gc=False):
    """The coordinates of a record in the topic it was first written to.

    Attributes:
        stream: Topic id and partition: offsets only grow within one of these. A topic that was
            deleted and made again has another id, so its offsets, starting again, are another
            stream's.
    """

    topic_id: str
    topic: str
    partition: int
    stream: str
    offset: int


def pack_source(topic_id: str, topic: str, partition: int, offset: int) -> bytes:
    """The header's value; `topic_id` of at most 255 bytes."""
    return offset.to_bytes(_OFFSET_BYTES, "big") + _pack_head(topic_id, topic, partition)


def unpack_source(header: bytes | None) -> Source:
    """The coordinates in a header's value.

    Raises:
        BadSourceError: The value is missing, too short or of an unknown version.
    """
    if header is None or len(header) <= _OFFSET_BYTES + _HEAD.size:
        raise BadSourceError("the journal record has no source header, or a truncated one")
    return Source(*_unpack_head(header[_OFFSET_BYTES:]), *_OFFSET(header))


@lru_cache(maxsize=4_096)
def _pack_head(topic_id: str, topic: str, partition: int) -> bytes:
    coded = topic_id.encode()
    return _HEAD.pack(_VERSION, partition, len(coded)) + coded + topic.encode()


@lru_cache(maxsize=4_096)
def _unpack_head(head: bytes) -> tuple[str, str, int, str]:
    version, partition, id_bytes = _HEAD.unpack_from(head)
    end = _HEAD.size + id_bytes
    if version != _VERSION or len(head) <= end:
        raise BadSourceError(f"the source header has version {version} and {len(head)} bytes")
    try:
        topic_id = head[_HEAD.size : end].decode()
        topic = head[end:].decode()
    except UnicodeDecodeError as error:
        raise BadSourceError("the source header does not hold UTF-8") from error
    return topic_id, topic, partition, f"{topic_id}:{partition}"
