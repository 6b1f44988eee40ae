"""Whether a schema change is safe: the new schema must read all that was written with an old one.

The rules are Avro's own (https://avro.apache.org/docs/1.12.0/specification/#schema-resolution), in
Apache's implementation, which is installed for development only: nothing at run time imports this
module. On top of them, defaults must fit their types, which that implementation leaves open, and
the schema in force must be one that the codec's fastavro takes.
"""

import json
from collections.abc import Sequence
from typing import Any

from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.errors import AvroException
from avro.schema import parse
from fastavro import parse_schema
from fastavro.validation import validate

from schemas.errors import StopError
from schemas.library import RawSchema, Version


class IncompatibleSchemaError(StopError):
    """A schema can't read what was written with a released one.

    Attributes:
        faults: One line each.
    """

    def __init__(self, record: str, faults: Sequence[str]) -> None:
        lines = "\n  ".join(faults)
        super().__init__(
            f"{record}.avsc can't read what is in the topics:\n  {lines}\n"
            "Give new fields a default, keep names and types, and only add enum symbols."
        )
        self.faults = tuple(faults)


def faults_between(old: RawSchema, new: RawSchema) -> list[str]:
    """What keeps `new` from reading what was written with `old`; empty where nothing does."""
    try:
        reader, writer = parse(json.dumps(new)), parse(json.dumps(old))
    except AvroException as error:
        return [f"not a valid schema: {error}"]
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    result = checker.get_compatibility(reader, writer)
    if result.compatibility is SchemaCompatibilityType.compatible:
        return []
    places = sorted(result.locations) or ["/"]
    return [f"{', '.join(places)}: {'; '.join(sorted(result.messages))}"]


def faults_of(schema: RawSchema) -> list[str]:
    """What is wrong with a schema by itself: it must parse, and its defaults fit their types."""
    try:
        parse_schema(schema)
    except Exception as error:  # noqa: BLE001  fastavro raises several unrelated types
        return [f"not a valid schema: {error}"]
    return _wrong_defaults(schema, schema["name"])


def check_compatible(record: str, new: RawSchema, released: Sequence[Version]) -> None:
    """Check a schema against every released version (backward-transitive).

    Raises:
        IncompatibleSchemaError: It can't read what one of them wrote.
    """
    faults = faults_of(new)
    for version in released:
        between = faults_between(version.schema, new)
        faults += [f"against version {version.number}: {fault}" for fault in between]
    if faults:
        raise IncompatibleSchemaError(record, faults)


def _wrong_defaults(schema: Any, where: str) -> list[str]:
    if isinstance(schema, list):
        return [fault for branch in schema for fault in _wrong_defaults(branch, where)]
    if not isinstance(schema, dict):
        return []
    wrong = []
    for part in ("items", "values"):
        wrong += _wrong_defaults(schema.get(part), where)
    for field in schema.get("fields", ()):
        place = f"{where}.{field['name']}"
        wrong += _wrong_defaults(field["type"], place)
        if "default" in field and not _fits(field["type"], field["default"]):
            wrong.append(f"{place}: the default {field['default']!r} is not of its type")
    return wrong


def _fits(kind: Any, default: Any) -> bool:
    # The default of a union is one of its first branch (specification, "Complex types").
    first = kind[0] if isinstance(kind, list) else kind
    name = first.get("type") if isinstance(first, dict) else first
    if name in ("bytes", "fixed"):
        return isinstance(default, str)
    return bool(validate(default, parse_schema(first), raise_errors=False))
