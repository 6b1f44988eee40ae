"""Records to bytes and back: Avro in the Confluent wire format.

A value is one zero byte, the schema id as four bytes big-endian, then the record in Avro's binary
encoding (https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/).
"""

import struct
from io import BytesIO
from typing import Any, Final

from fastavro import parse_schema, schemaless_reader, schemaless_writer

from schemas import library
from schemas.compiled_decoder import Decoder, compile_decoder
from schemas.compiled_encoder import Encoder, compile_encoder
from schemas.errors import DeadLetterError, NextbestError
from schemas.registry import SchemaRegistry, UnknownSchemaError

Record = dict[str, Any]
"""A decoded Avro record."""

HEADER_BYTES: Final = 5
MAX_RECORD_BYTES: Final = 262_144
"""Longest encoded record that is accepted, header included."""
MAX_DEAD_LETTER_BYTES: Final = MAX_RECORD_BYTES + 65_536
"""The same for a dead letter, which may hold the longest other record whole."""

_MAX_FOUND = 1_000
"""Writer schemas kept that were not known from the start."""


class UndecodableError(DeadLetterError):
    """Bytes that are not a record of ours; `reason` says in what way.

    Reasons: `empty` (no bytes or a null value), `wrong_magic` (not the Confluent wire format),
    `truncated` (ends too early), `undecodable` (does not follow its schema, or goes on after it),
    `oversized`.
    """


class UnwritableError(DeadLetterError):
    """A record that its schema can't express; `reason` is `unwritable` or `oversized`."""


_Reader = tuple[str, Decoder, int]


class _Writer:
    """How one record is written."""

    __slots__ = ("_header", "_schema", "encode", "limit")

    def __init__(self, header: bytes, schema: Any, raw: library.RawSchema, limit: int) -> None:
        self._header, self._schema = header, schema
        compiled = compile_encoder(library.with_bytes_defaults(raw), header)
        self.encode: Encoder = compiled or self.judge
        self.limit = limit

    def judge(self, record: Record) -> bytes:
        """Encode by fastavro, whose word it is whether and how a record can be written."""
        stream = BytesIO()
        stream.write(self._header)
        schemaless_writer(stream, self._schema, record)
        return stream.getvalue()


class Codec:
    """Encodes and decodes every record of `schemas/avro`.

    Args:
        registry: Where ids come from.
    """

    def __init__(self, registry: SchemaRegistry) -> None:
        self._registry = registry
        self._writers: dict[str, _Writer] = {}
        # By the first five bytes of a value: the record's name, its decoder, its longest length.
        self._readers: dict[bytes, _Reader] = {}
        self._current: dict[str, Any] = {}
        for name, schema_id in registry.write_ids.items():
            raw = library.current(name).schema
            self._current[name] = library.with_bytes_defaults(parse_schema(raw))
            header = b"\0" + schema_id.to_bytes(4, "big")
            self._writers[name] = _Writer(header, self._current[name], raw, _limit(name))
        for schema_id, raw in registry.known.items():
            self._learn(schema_id, raw)
        self._known_at_start = len(self._readers)

    def encode(self, name: str, record: Record) -> bytes:
        """The value to produce for a record of this name.

        Raises:
            UnwritableError: There is no such record, a field is missing or of the wrong type, or
                the whole is too long.
        """
        try:
            writer = self._writers[name]
        except (KeyError, TypeError):
            raise UnwritableError(
                "unwritable",
                f"there is no record {name!r}; there are {', '.join(sorted(self._writers))}",
            ) from None
        try:
            data = bytes(writer.encode(record))
        except Exception:  # noqa: BLE001 - not a plain record: it may be right all the same
            try:
                data = writer.judge(record)
            except Exception as error:
                raise UnwritableError("unwritable", f"{name}: {_why(error)}") from error
        if len(data) > writer.limit:
            raise UnwritableError(
                "oversized", f"{name} is {len(data)} bytes long, at most {writer.limit} are allowed"
            )
        return data

    def decode(self, data: bytes | None) -> tuple[str, Record]:
        """The record's name and the record.

        Raises:
            UndecodableError: The bytes are not a record; see its reasons.
            UnknownSchemaError: The schema id is unknown.
            RetryError: The schema registry can't be asked about an id never seen before.
        """
        if not data:
            raise UndecodableError("empty", "the record has no value")
        reader = self._readers.get(data[:HEADER_BYTES])
        if reader is None:
            reader = self._find(data)
        name, decode, limit = reader
        if len(data) > limit:
            raise UndecodableError(
                "oversized", f"{name} is {len(data)} bytes long, at most {limit} are allowed"
            )
        try:
            record, end = decode(data, HEADER_BYTES)
        except Exception as error:  # fastavro raises several unrelated types
            raise _undecodable(name, error) from error
        if end != len(data):
            raise _wrong_length(name, end - len(data))
        return name, record

    def name_of(self, data: bytes | None) -> str | None:
        """The name of the record that these bytes begin as, whether or not the rest can be read.

        None where they begin with no schema id known by now; a registry is not asked.
        """
        reader = self._readers.get(data[:HEADER_BYTES]) if data else None
        return reader[0] if reader is not None else None

    def _find(self, data: bytes) -> _Reader:
        if data[0] != 0:
            raise UndecodableError(
                "wrong_magic",
                f"the first byte is {data[0]}, not 0: not Avro in the Confluent wire format",
            )
        if len(data) < HEADER_BYTES:
            raise UndecodableError("truncated", f"{len(data)} bytes can't hold a schema id")
        schema_id = int.from_bytes(data[1:HEADER_BYTES], "big")
        found = self._learn(schema_id, self._registry.find(schema_id))
        if len(self._readers) > self._known_at_start + _MAX_FOUND:
            # The oldest of those found goes: dicts keep the order of insertion.
            del self._readers[list(self._readers)[self._known_at_start]]
        return found

    def _learn(self, schema_id: int, raw: library.RawSchema) -> _Reader:
        name = str(raw.get("name", "")).rpartition(".")[2]
        current = self._current.get(name)
        if current is None:
            raise UnknownSchemaError(schema_id, f"schema {schema_id} is {name!r}, none of ours")
        if library.meaning(raw) == library.meaning(library.current(name).schema):
            decoder = compile_decoder(raw) or _fastavro_decoder(current, None)
        else:
            try:
                decoder = _fastavro_decoder(parse_schema(raw), current)
            except Exception as error:  # fastavro raises several unrelated types
                detail = f"schema {schema_id} is no usable Avro"
                raise UnknownSchemaError(schema_id, detail) from error
        reader = (name, decoder, _limit(name))
        self._readers[b"\0" + schema_id.to_bytes(4, "big")] = reader
        return reader


def _fastavro_decoder(written: Any, wanted: Any) -> Decoder:
    """Decode by fastavro: what was written with another schema becomes what is read here."""

    def decode(data: bytes, at: int) -> tuple[Record, int]:
        stream = BytesIO(data)
        stream.seek(at)
        record: Record = schemaless_reader(stream, written, wanted)
        return record, stream.tell()

    return decode


def _undecodable(name: str, error: Exception) -> UndecodableError:
    cut = isinstance(error, (EOFError, IndexError, struct.error)) or (
        isinstance(error, UnicodeDecodeError) and error.reason == "unexpected end of data"
    )
    if cut:
        return UndecodableError("truncated", f"{name} ends too early")
    return UndecodableError("undecodable", f"{name}: {type(error).__name__}")


def _wrong_length(name: str, missing_bytes: int) -> UndecodableError:
    if missing_bytes > 0:
        return UndecodableError("truncated", f"{name} ends {missing_bytes} bytes too early")
    return UndecodableError("undecodable", f"{name} is followed by {-missing_bytes} bytes")


def _limit(name: str) -> int:
    return MAX_DEAD_LETTER_BYTES if name == "dead_letter" else MAX_RECORD_BYTES


def _why(error: Exception) -> str:
    # The message of a foreign error may quote the value, which may be personal.
    if isinstance(error, NextbestError):
        return str(error)
    return f"a field is missing or of the wrong type ({type(error).__name__})"
