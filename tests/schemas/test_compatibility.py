"""The checker refuses each kind of change that would lose data, and lets the safe ones pass."""

from typing import Any

import pytest

from schemas import library
from schemas.compatibility import (
    IncompatibleSchemaError,
    check_compatible,
    faults_between,
    faults_of,
)
from schemas.library import Version

Schema = dict[str, Any]


def record(*fields: Schema, name: str = "thing") -> Schema:
    return {"type": "record", "name": name, "namespace": "nextbest", "fields": list(fields)}


def field(name: str, kind: Any, **more: Any) -> Schema:
    return {"name": name, "type": kind, **more}


def enum(*symbols: str, **more: Any) -> Schema:
    return {"type": "enum", "name": "kind", "symbols": list(symbols), **more}


def listed(*fields: Schema) -> Schema:
    return field("items", {"type": "array", "items": record(*fields, name="item")})


A = field("a", "string")
OPTIONAL = field("o", ["null", "string"], default=None)

REFUSED = {
    "field added without a default": (record(A), record(A, field("b", "int"))),
    "field renamed": (record(A), record(field("b", "string"))),
    "record renamed": (record(A), record(A, name="other")),
    "type changed": (record(A), record(field("a", "int"))),
    "type narrowed": (record(field("a", "long")), record(field("a", "int"))),
    "double to long": (record(field("a", "double")), record(field("a", "long"))),
    "optional made required": (record(OPTIONAL), record(field("o", "string"))),
    "branch taken out of a union": (
        record(field("u", ["null", "string", "int"], default=None)),
        record(field("u", ["null", "string"], default=None)),
    ),
    "enum symbol removed": (record(field("e", enum("x", "y"))), record(field("e", enum("x")))),
    "enum made text": (record(field("e", enum("x"))), record(field("e", "string"))),
    "map to array": (
        record(field("m", {"type": "map", "values": "int"})),
        record(field("m", {"type": "array", "items": "int"})),
    ),
    "map's values changed": (
        record(field("m", {"type": "map", "values": "string"})),
        record(field("m", {"type": "map", "values": "double"})),
    ),
    "field without a default added inside": (
        record(listed(A)),
        record(listed(A, field("b", "int"))),
    ),
    "inner record renamed": (
        record(field("i", record(A, name="item"))),
        record(field("i", record(A, name="line"))),
    ),
    "field without a default added inside an optional record": (
        record(field("p", ["null", record(A, name="proof")], default=None)),
        record(field("p", ["null", record(A, field("b", "int"), name="proof")], default=None)),
    ),
}

ALLOWED = {
    "nothing": (record(A), record(A)),
    "field with a default added": (record(A), record(A, field("b", "int", default=0))),
    "optional field added": (record(A), record(A, OPTIONAL)),
    "field removed": (record(A, field("b", "int")), record(A)),
    "required made optional": (
        record(field("o", "string")),
        record(OPTIONAL),
    ),
    "int to long": (record(field("a", "int")), record(field("a", "long"))),
    "long to double": (record(field("a", "long")), record(field("a", "double"))),
    "enum symbol added": (record(field("e", enum("x"))), record(field("e", enum("x", "y")))),
    "fields in another order": (record(A, OPTIONAL), record(OPTIONAL, A)),
    "documentation": (record(A), record(field("a", "string", doc="New words."))),
    "field renamed with an alias": (
        record(A),
        record(field("b", "string", aliases=["a"])),
    ),
}


@pytest.mark.parametrize("change", REFUSED)
def test_refused(change: str) -> None:
    old, new = REFUSED[change]

    assert faults_between(old, new) != []


@pytest.mark.parametrize("change", ALLOWED)
def test_allowed(change: str) -> None:
    old, new = ALLOWED[change]

    assert faults_between(old, new) == []


def test_every_released_version_counts() -> None:
    # Each step is fine by itself; version 1 can't be read any more after both.
    first = record(A)
    second = record(field("b", "string", default=""))
    third = record(field("b", "string"))
    assert faults_between(first, second) == []
    assert faults_between(second, third) == []
    released = [Version("thing", n, n, each) for n, each in ((1, first), (2, second))]

    with pytest.raises(IncompatibleSchemaError, match="against version 1") as caught:
        check_compatible("thing", third, released)
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize(
    "bad",
    [
        field("b", "int", default="x"),
        field("b", "string", default=None),
        field("b", ["null", "int"], default=3),
        field("b", {"type": "array", "items": "int"}, default=["x"]),
        field("b", "no_such_type"),
    ],
)
def test_a_schema_must_be_sound_by_itself(bad: Schema) -> None:
    assert faults_of(record(A, bad)) != []
    assert faults_of(record(listed(A, bad))) != []


@pytest.mark.parametrize(
    "good",
    [
        field("b", "bytes", default=""),
        field("b", "double", default=0),
        field("b", ["null", "int"], default=None),
        field("b", {"type": "map", "values": "int"}, default={}),
        field("e", enum("x", "y"), default="x"),
    ],
)
def test_defaults_that_fit(good: Schema) -> None:
    assert faults_of(record(A, good)) == []


@pytest.mark.parametrize("name", library.record_names())
def test_a_real_schema_may_not_gain_a_required_field(name: str) -> None:
    schema = library.current(name).schema
    grown = {**schema, "fields": [*schema["fields"], field("needed", "string")]}

    with pytest.raises(IncompatibleSchemaError, match="needed"):
        check_compatible(name, grown, [library.current(name)])


@pytest.mark.parametrize("name", library.record_names())
def test_a_real_schema_may_not_lose_the_type_of_a_field(name: str) -> None:
    schema = library.current(name).schema
    first = schema["fields"][0]
    changed = {**schema, "fields": [{**first, "type": "boolean"}, *schema["fields"][1:]]}

    with pytest.raises(IncompatibleSchemaError):
        check_compatible(name, changed, [library.current(name)])
