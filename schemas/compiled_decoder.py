"""Decoders made from a schema: straight-line Python instead of a schema walked for every record.

Decoding stands on the hot path of every worker. fastavro takes 9 to 10 µs for a `browse`, most of
it to prepare each call; the code generated here takes 3 to 4 µs (docs/decisions/0203). It covers
what our schemas use and declines the rest, for which the codec falls back on fastavro. The binary
encoding is that of https://avro.apache.org/docs/1.12.0/specification/#binary-encoding.
"""

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from schemas.compiled_source import Source, UnsupportedError, item_of, kind_of

Decoder = Callable[[bytes, int], tuple[dict[str, Any], int]]
"""Given a value and the offset at which the record begins: the record, and the offset after it.

An offset beyond the value's end means that the value ends too early. Raises `IndexError` or
`struct.error` for the same reason, and `ValueError` where the bytes don't follow the schema.
"""


def compile_decoder(schema: Mapping[str, Any]) -> Decoder | None:
    """Make a decoder for a record's schema, or None where it uses what is not covered.

    Covered are records, arrays, maps, enums, the primitive types, and unions of null and one other
    type in this order; not covered are logical types and types referred to by name.
    """
    try:
        source = _Source()
        result = source.value(schema, 1)
    except UnsupportedError:
        return None
    decode: Decoder = source.compile("def made(d, i):", f"{result}, i", _HELPERS)
    return decode


class _Source(Source):
    """Collects the body of one decoder. `d` is the value, `i` the offset in it."""

    def value(self, schema: Any, depth: int) -> str:
        """Add the code that reads a value; returns the expression that holds it."""
        if isinstance(schema, list):
            return self._optional(schema, depth)
        kind = kind_of(schema)
        if kind in _PRIMITIVES:
            into = self.name()
            self.add(depth, _PRIMITIVES[kind].format(into=into))
            return into
        if isinstance(schema, Mapping) and kind in ("record", "array", "map", "enum"):
            build: Callable[[Mapping[str, Any], int], str] = getattr(self, f"_{kind}")
            return build(schema, depth)
        raise UnsupportedError

    def _record(self, schema: Mapping[str, Any], depth: int) -> str:
        parts = [(field["name"], self.value(field["type"], depth)) for field in schema["fields"]]
        into = self.name()
        self.add(depth, f"{into} = {{{', '.join(f'{name!r}: {at}' for name, at in parts)}}}")
        return into

    def _optional(self, schema: list[Any], depth: int) -> str:
        item = item_of(schema)
        into = self.name()
        self.add(depth, "b = d[i]; i += 1\nif b == 2:")
        self.add(depth + 1, f"{into} = {self.value(item, depth + 1)}")
        self.add(depth, f"elif b == 0:\n    {into} = None\nelse:\n    raise bad('union')")
        return into

    def _enum(self, schema: Mapping[str, Any], depth: int) -> str:
        into = self.name()
        symbols = f"{into}_symbols"
        self.constants[symbols] = tuple(schema["symbols"])
        self.add(depth, _PRIMITIVES["int"].format(into=into))
        last = len(schema["symbols"]) - 1
        self.add(depth, f"if not 0 <= {into} <= {last}:\n    raise bad('enum')")
        self.add(depth, f"{into} = {symbols}[{into}]")
        return into

    def _array(self, schema: Mapping[str, Any], depth: int) -> str:
        into = self.name()
        self._blocks(f"{into} = []", into, depth)
        item = self.value(schema["items"], depth + 2)
        self.add(depth + 2, f"{into}.append({item})")
        return into

    def _map(self, schema: Mapping[str, Any], depth: int) -> str:
        into = self.name()
        self._blocks(f"{into} = {{}}", into, depth)
        key = self.value("string", depth + 2)
        item = self.value(schema["values"], depth + 2)
        self.add(depth + 2, f"{into}[{key}] = {item}")
        return into

    def _blocks(self, start: str, into: str, depth: int) -> None:
        # A block is a count of items; a negative one is followed by the block's size in bytes.
        # Each item takes a byte or more, so a wrong count ends at the end of the value.
        self.add(depth, f"{start}\nwhile True:")
        self.add(depth + 1, f"{into}_left, i = long(d, i)\nif {into}_left == 0:\n    break")
        self.add(depth + 1, f"if {into}_left < 0:\n    {into}_left = -{into}_left")
        self.add(depth + 1, f"    _, i = long(d, i)\nfor _ in range({into}_left):")


def _bad(what: str) -> ValueError:
    return ValueError(f"not a value of type {what}")


def _long(data: bytes, at: int) -> tuple[int, int]:
    """A zig-zag variable-length integer of at most 64 bits, and the offset after it."""
    byte = data[at]
    at += 1
    bits = byte & 127
    shift = 7
    while byte > 127:
        if shift > 63:
            raise _bad("long")
        byte = data[at]
        at += 1
        bits |= (byte & 127) << shift
        shift += 7
    if bits > 0xFFFF_FFFF_FFFF_FFFF:
        raise _bad("long")
    return (bits >> 1) ^ -(bits & 1), at


def _length(data: bytes, at: int) -> tuple[int, int]:
    length, at = _long(data, at)
    if length < 0:
        raise _bad("string")
    return length, at


_DOUBLE = struct.Struct("<d").unpack_from
_FLOAT = struct.Struct("<f").unpack_from
_HELPERS: Final[Mapping[str, Any]] = {
    "bad": _bad,
    "long": _long,
    "length": _length,
    "double": _DOUBLE,
    "float": _FLOAT,
}

# Most lengths and many numbers are one byte: no continuation bit (128), not negative (1).
_SHORT_LENGTH = """\
n = d[i]
if n & 129:
    n, i = length(d, i)
else:
    n >>= 1; i += 1
e = i + n
"""
_SHORT_INT = """\
n = d[i]
if n < 128:
    i += 1; {into} = (n >> 1) ^ -(n & 1)
else:
    {into}, i = long(d, i)"""
_BOOLEAN = """\
{into} = d[i]; i += 1
if {into} > 1:
    raise bad('boolean')
{into} = {into} == 1"""
_PRIMITIVES: Final[Mapping[str, str]] = {
    "string": _SHORT_LENGTH + "{into} = d[i:e].decode(); i = e",
    "bytes": _SHORT_LENGTH + "{into} = d[i:e]; i = e",
    "int": _SHORT_INT,
    "long": "{into}, i = long(d, i)",
    "double": "{into}, = double(d, i); i += 8",
    "float": "{into}, = float(d, i); i += 4",
    "boolean": _BOOLEAN,
}
