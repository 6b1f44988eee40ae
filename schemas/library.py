"""The bundled schemas: the `.avsc` files in `avro/` as they are now, and every released version.

A record's bundled id is its number in `avro/ids.json` times 1,000 plus its version, so 4002 is the
second version of `purchase`. A released version never changes; a current schema that differs from
the last released one is that record's next version.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from schemas.errors import StopError

NAMESPACE = "nextbest"
"""The Avro namespace of every record here."""

AVRO_DIR = Path(__file__).parent / "avro"
"""The schemas as they are now."""
RELEASED_DIR = Path(__file__).parent / "released"
"""Every released version, `<record>.<version>.avsc`."""

_VERSIONS_PER_RECORD = 1_000

RawSchema = dict[str, Any]
"""A schema as the JSON of its `.avsc` file."""


class BrokenSchemaError(StopError):
    """A bundled schema file is missing, unreadable or misnamed; the message says which."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one record's schema.

    Attributes:
        record: The record's short name, such as `browse`.
        number: 1 for the first; a released number is never reused.
        schema_id: The id in the wire format where no schema registry is used.
        schema: The `.avsc` file's JSON.
    """

    record: str
    number: int
    schema_id: int
    schema: RawSchema


def _load(path: Path) -> RawSchema:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrokenSchemaError(
            f"{path.name}: {error}. Restore it from version control."
        ) from error
    if not isinstance(schema, dict):
        raise BrokenSchemaError(f"{path.name} is not a JSON object. Restore it.")
    return schema


def meaning(schema: Any) -> Any:
    """A schema without its documentation: equal for schemas that read and write the same."""
    if isinstance(schema, Mapping):
        return {key: meaning(value) for key, value in schema.items() if key != "doc"}
    if isinstance(schema, list):
        return [meaning(part) for part in schema]
    return schema


def with_bytes_defaults(schema: Any) -> Any:
    """A copy of a parsed schema whose defaults of type `bytes` are bytes.

    In an `.avsc` file they are text, each character a byte (specification, "Complex types");
    fastavro 1.13 demands that when it parses and then uses the text as it is.
    """
    if isinstance(schema, list):
        return [with_bytes_defaults(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    copy = {key: with_bytes_defaults(value) for key, value in schema.items()}
    if schema.get("type") == "bytes" and isinstance(schema.get("default"), str):
        copy["default"] = schema["default"].encode("latin-1")
    return copy


@cache
def record_numbers() -> Mapping[str, int]:
    """The number of every record, from `avro/ids.json`."""
    numbers = _load(AVRO_DIR / "ids.json")
    present = {path.stem for path in AVRO_DIR.glob("*.avsc")}
    if present != set(numbers) or len(set(numbers.values())) != len(numbers):
        raise BrokenSchemaError(
            f"avro/ids.json and the .avsc files beside it disagree on {present ^ set(numbers)}, "
            "or a number is used twice. Give each record a number of its own."
        )
    return numbers


def released(record: str) -> list[Version]:
    """Every released version of a record, oldest first; empty where none was released yet."""
    number = record_numbers()[record]
    versions = []
    for path in RELEASED_DIR.glob(f"{record}.*.avsc"):
        version = int(path.name.split(".")[1])
        schema_id = number * _VERSIONS_PER_RECORD + version
        versions.append(Version(record, version, schema_id, _load(path)))
    return sorted(versions, key=lambda each: each.number)


@cache
def current(record: str) -> Version:
    """The schema a record is written with now."""
    schema = _load(AVRO_DIR / f"{record}.avsc")
    if (schema.get("namespace"), schema.get("name")) != (NAMESPACE, record):
        raise BrokenSchemaError(f"{record}.avsc must describe the record {NAMESPACE}.{record}.")
    version = 1
    for last in released(record)[-1:]:
        same = meaning(last.schema) == meaning(schema)
        version = last.number if same else last.number + 1
    schema_id = record_numbers()[record] * _VERSIONS_PER_RECORD + version
    return Version(record, version, schema_id, schema)


def record_names() -> tuple[str, ...]:
    """The names of all records, in the order of their numbers."""
    numbers = record_numbers()
    return tuple(sorted(numbers, key=numbers.__getitem__))
