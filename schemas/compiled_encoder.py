"""Encoders made from a schema: straight-line Python, like `schemas.compiled_decoder`.

A decision is a record of many small parts, for each of which fastavro looks at the schema anew: it
takes about twice as long as the code generated here (docs/decisions/0203). Only what is plainly of
its type is written; at anything else an encoder raises, and fastavro judges the record in its
place: so what is accepted, and what it is written as, is fastavro's to say.
"""

import struct
from collections.abc import Callable, Mapping
from typing import Any, Final

from schemas.compiled_source import Source, UnsupportedError, item_of, kind_of

Encoder = Callable[[dict[str, Any]], bytes | bytearray]
"""Given a record: the header and its bytes. Raises any exception where it is not a plain one."""


def compile_encoder(schema: Mapping[str, Any], header: bytes) -> Encoder | None:
    """Make an encoder for a record's schema, or None where it uses what is not covered.

    Covered is what `compile_decoder` covers.

    Args:
        schema: The schema; defaults of type `bytes` are bytes (`library.with_bytes_defaults`).
        header: What every value begins with.
    """
    source = _Source()
    try:
        source.value(schema, "r", 1)
    except UnsupportedError:
        return None
    names = {**_HELPERS, "header": header}
    encode: Encoder = source.compile("def made(r):\n    o = bytearray(header)", "o", names)
    return encode


class _Source(Source):
    """Collects the body of one encoder. `o` is what was written so far."""

    def value(self, schema: Any, given: str, depth: int) -> None:
        """Add the code that writes the value of an expression, which has no effects."""
        if isinstance(schema, list):
            self._optional(schema, given, depth)
            return
        kind = kind_of(schema)
        if kind in _PRIMITIVES:
            self.add(depth, _PRIMITIVES[kind].format(given=given))
        elif isinstance(schema, Mapping) and kind in ("record", "array", "map", "enum"):
            build: Callable[[Mapping[str, Any], str, int], None] = getattr(self, f"_{kind}")
            build(schema, given, depth)
        else:
            raise UnsupportedError

    def _record(self, schema: Mapping[str, Any], given: str, depth: int) -> None:
        self.add(depth, f"if {given}.__class__ is not dict:\n    raise TypeError")
        for field in schema["fields"]:
            into, name = self.name(), field["name"]
            if "default" in field:
                self.constants[f"{into}_default"] = field["default"]
                self.add(depth, f"{into} = {given}.get({name!r}, {into}_default)")
            else:
                self.add(depth, f"{into} = {given}[{name!r}]")
            self.value(field["type"], into, depth)

    def _optional(self, schema: list[Any], given: str, depth: int) -> None:
        item = item_of(schema)
        self.add(depth, f"if {given} is None:\n    o += b'\\0'\nelse:\n    o += b'\\2'")
        self.value(item, given, depth + 1)

    def _enum(self, schema: Mapping[str, Any], given: str, depth: int) -> None:
        symbols = f"{self.name()}_symbols"
        self.constants[symbols] = {
            symbol: _NUMBERS[index] for index, symbol in enumerate(schema["symbols"])
        }
        self.add(depth, f"o += {symbols}[{given}]")

    def _array(self, schema: Mapping[str, Any], given: str, depth: int) -> None:
        item = self.name()
        self._block("list", given, depth)
        self.add(depth + 1, f"for {item} in {given}:")
        self.value(schema["items"], item, depth + 2)
        self.add(depth, "o += b'\\0'")

    def _map(self, schema: Mapping[str, Any], given: str, depth: int) -> None:
        key, item = self.name(), self.name()
        self._block("dict", given, depth)
        self.add(depth + 1, f"for {key}, {item} in {given}.items():\n    o += keys[{key}]")
        self.value(schema["values"], item, depth + 2)
        self.add(depth, "o += b'\\0'")

    def _block(self, kind: str, given: str, depth: int) -> None:
        # One block of all items; its count is left out where there is none.
        self.add(depth, f"if {given}.__class__ is not {kind}:\n    raise TypeError")
        self.add(depth, f"if {given}:\n    o += numbers[len({given})]")


class _Numbers(dict[int, bytes]):
    """Integers as zig-zag variable-length bytes; small ones are kept, others made when asked."""

    def __missing__(self, number: int) -> bytes:
        if (
            _FIRST_OF_SIX_BYTES <= number < _FIRST_OF_SEVEN_BYTES
        ):  # epoch milliseconds: every record has some
            b = number << 1
            rest = b >> 7 & 127 | 128, b >> 14 & 127 | 128, b >> 21 & 127 | 128, b >> 28 & 127 | 128
            return bytes((b & 127 | 128, *rest, b >> 35))
        if not -(2**63) <= number < 2**63:
            raise OverflowError
        bits = (number << 1) ^ (number >> 63)
        found = bytearray()
        while bits > 127:
            found.append(bits & 127 | 128)
            bits >>= 7
        found.append(bits)
        return bytes(found)


class _Keys(dict[str, bytes]):
    """Names in maps as they are written, kept: there are few, and they come again and again."""

    def __missing__(self, name: str) -> bytes:
        coded = str.encode(name)
        found = _NUMBERS[len(coded)] + coded
        if len(self) < _KEPT_KEYS and len(found) <= _KEPT_KEY_BYTES:
            self[name] = found
        return found


_KEPT_KEYS: Final = 4_096
_KEPT_KEY_BYTES: Final = 64
_FIRST_OF_SIX_BYTES: Final = 2**34
_FIRST_OF_SEVEN_BYTES: Final = 2**41
_NUMBERS: Final = _Numbers()
_NUMBERS.update({number: _NUMBERS[number] for number in range(-64, 4_096)})

_HELPERS: Final[Mapping[str, Any]] = {
    "numbers": _NUMBERS,
    "keys": _Keys(),
    "text": str.encode,
    "double": struct.Struct("<d").pack,
    "single": struct.Struct("<f").pack,
}

_PRIMITIVES: Final[Mapping[str, str]] = {
    "string": "s = text({given})\no += numbers[len(s)]\no += s",
    "bytes": """\
if {given}.__class__ is not bytes:
    raise TypeError
o += numbers[len({given})]
o += {given}""",
    "int": """\
if {given}.__class__ is not int or not -0x8000_0000 <= {given} < 0x8000_0000:
    raise TypeError
o += numbers[{given}]""",
    "long": "if {given}.__class__ is not int:\n    raise TypeError\no += numbers[{given}]",
    "double": "if {given}.__class__ is not float:\n    raise TypeError\no += double({given})",
    "float": "if {given}.__class__ is not float:\n    raise TypeError\no += single({given})",
    "boolean": """\
if {given} is True:
    o += b'\\1'
elif {given} is False:
    o += b'\\0'
else:
    raise TypeError""",
}
