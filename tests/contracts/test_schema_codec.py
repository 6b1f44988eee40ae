"""What every record's schema must hold: a new `.avsc` file is tested by being there."""

import copy
from collections import OrderedDict, UserDict, UserString, defaultdict
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from fastavro import parse_schema, schemaless_reader, schemaless_writer
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import library
from schemas.checks import EVENTS
from schemas.codec import HEADER_BYTES, Codec, UndecodableError, UnwritableError
from schemas.compiled_decoder import compile_decoder
from schemas.compiled_encoder import compile_encoder
from schemas.registry import BundledRegistry
from tests.schemas.generated import values

CODEC = Codec(BundledRegistry())
RECORDS = library.record_names()
INTERNAL = ("merge",)
COMMON = {
    "event_id": "string",
    "occurred_at": "long",
    "subscriber_id": ["null", "string"],
    "anonymous_id": ["null", "string"],
}


ODD: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, -1, 2**31, -(2**31) - 1, 2**63 - 1, 2**63, -(2**63), -(2**63) - 1]),
    st.floats(),
    st.sampled_from(["", "x", "\ud800", b"", b"x", bytearray(b"x"), 1j, object()]),
    st.sampled_from([[], (), {}, ["x"], [1], ("x",), {"x": 1.0}, {1: "x"}, {"x": "y"}, {"x"}]),
    st.sampled_from([UserString("x"), UserDict({"x": "y"}), {UserString("x"): "y"}]),
    st.sampled_from([defaultdict(str), {"-type": "x", "-name": "x"}, OrderedDict(x="y")]),
)
"""What may stand where a value is expected, right or wrong."""


class _Filling(dict[str, Any]):
    """A record that makes up what is missing."""

    def __missing__(self, key: str) -> str:
        return key


def raw(name: str) -> dict[str, Any]:
    return library.current(name).schema


@cache
def records(name: str) -> st.SearchStrategy[Any]:
    return values(raw(name))


@cache
def parsed(name: str) -> Any:
    return parse_schema(raw(name))


@cache
def parsed_with_bytes(name: str) -> Any:
    return library.with_bytes_defaults(parsed(name))


@cache
def decoder(name: str) -> Any:
    return compile_decoder(raw(name))


@cache
def encoder(name: str) -> Any:
    return compile_encoder(library.with_bytes_defaults(raw(name)), b"head")


def by_fastavro(name: str, record: dict[str, Any]) -> bytes:
    stream = BytesIO()
    schemaless_writer(stream, parsed_with_bytes(name), record)
    return stream.getvalue()


def keys_of(place: Any) -> list[Any]:
    return list(place) if isinstance(place, dict) else list(range(len(place)))


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_any_record_comes_back_as_it_was(name: str, data: st.DataObject) -> None:
    record = data.draw(records(name))

    assert CODEC.decode(CODEC.encode(name, record)) == (name, record)


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_generated_decoder_agrees_with_fastavro(name: str, data: st.DataObject) -> None:
    schema = parsed(name)
    stream = BytesIO()
    schemaless_writer(stream, schema, data.draw(records(name)))
    encoded = stream.getvalue()
    compiled = decoder(name)

    assert compiled is not None, "falls back on fastavro, at more than twice the cost"
    record, end = compiled(encoded, 0)
    assert record == schemaless_reader(BytesIO(encoded), schema, None)
    assert end == len(encoded)


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
@settings(max_examples=40, deadline=None)
def test_the_generated_encoder_agrees_with_fastavro(name: str, data: st.DataObject) -> None:
    record = data.draw(records(name))
    encode = encoder(name)

    assert encode is not None, "falls back on fastavro, at twice the cost"
    assert bytes(encode(record)) == b"head" + by_fastavro(name, record)


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_what_can_be_written_is_what_fastavro_can_write(name: str, data: st.DataObject) -> None:
    record = data.draw(records(name))
    place: Any = record
    while isinstance(place, dict | list) and place:
        holder, key = place, data.draw(st.sampled_from(keys_of(place)))
        place = place[key]
        if data.draw(st.booleans()):
            break
    odd = data.draw(ODD)
    if isinstance(holder[key], dict) and data.draw(st.booleans()):
        odd = data.draw(st.sampled_from([UserDict, OrderedDict, _Filling]))(holder[key])
    holder[key] = odd
    try:
        expected = by_fastavro(name, copy.deepcopy(record))
    except Exception:  # noqa: BLE001 - fastavro raises several unrelated types
        with pytest.raises(UnwritableError):
            CODEC.encode(name, record)
    else:
        assert CODEC.encode(name, record)[HEADER_BYTES:] == expected


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_every_cut_is_a_dead_letter(name: str, data: st.DataObject) -> None:
    encoded = CODEC.encode(name, data.draw(records(name)))
    cut = data.draw(st.integers(1, len(encoded) - 1))

    with pytest.raises(UndecodableError) as caught:
        CODEC.decode(encoded[:cut])
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("name", RECORDS)
@given(data=st.data(), garbage=st.binary(min_size=1, max_size=20))
@settings(max_examples=25, deadline=None)
def test_bytes_after_the_record_are_a_dead_letter(
    name: str, data: st.DataObject, garbage: bytes
) -> None:
    encoded = CODEC.encode(name, data.draw(records(name)))

    with pytest.raises(UndecodableError) as caught:
        CODEC.decode(encoded + garbage)
    assert caught.value.reason == "undecodable"


@pytest.mark.parametrize("name", RECORDS)
@given(noise=st.binary(max_size=200))
@settings(max_examples=40, deadline=None)
def test_noise_is_a_record_or_a_dead_letter_and_nothing_else(name: str, noise: bytes) -> None:
    header = CODEC.encode(name, minimal(name))[:HEADER_BYTES]
    reason = ""
    try:
        decoded, record = CODEC.decode(header + noise)
    except UndecodableError as error:
        reason = error.reason
    else:
        assert decoded == name
        assert record.keys() == {field["name"] for field in raw(name)["fields"]}
    assert reason in ("", "truncated", "undecodable")


@pytest.mark.parametrize("name", RECORDS)
def test_fields_with_a_default_may_be_left_out(name: str) -> None:
    given = minimal(name)
    defaults = {
        field["name"]: field["default"]
        for field in library.with_bytes_defaults(raw(name))["fields"]
        if "default" in field
    }

    assert CODEC.decode(CODEC.encode(name, given)) == (name, {**defaults, **given})


@pytest.mark.parametrize("name", RECORDS)
def test_everything_is_documented(name: str) -> None:
    schema = raw(name)

    assert schema["doc"]
    assert [field["name"] for field in schema["fields"] if not field.get("doc")] == []


@pytest.mark.parametrize("name", RECORDS)
def test_no_logical_types(name: str) -> None:
    # Decoding a `datetime` costs more than the rest of a record; times are plain longs.
    assert [part for part in walk(raw(name)) if "logicalType" in part] == []


@pytest.mark.parametrize("name", RECORDS)
def test_optional_fields_default_to_null(name: str) -> None:
    for part in walk(raw(name)):
        for field in part.get("fields", ()):
            if isinstance(field["type"], list):
                assert field["type"][0] == "null"
                assert field["default"] is None


@pytest.mark.parametrize("name", [*EVENTS, *INTERNAL])
def test_events_say_what_when_and_who(name: str) -> None:
    fields = {field["name"]: field["type"] for field in raw(name)["fields"]}

    assert {key: fields[key] for key in COMMON} == COMMON
    assert list(fields)[:4] == list(COMMON)


def minimal(name: str) -> dict[str, Any]:
    return {f["name"]: smallest(f["type"]) for f in raw(name)["fields"] if "default" not in f}


def smallest(schema: Any) -> Any:
    if isinstance(schema, list):
        return None
    if isinstance(schema, str):
        return {"string": "", "bytes": b"", "boolean": False, "double": 0.0}.get(schema, 0)
    if schema["type"] == "record":
        return {f["name"]: smallest(f["type"]) for f in schema["fields"] if "default" not in f}
    return {"array": [], "map": {}, "enum": schema.get("symbols", [""])[0]}[schema["type"]]


def walk(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, list):
        for branch in schema:
            yield from walk(branch)
    elif isinstance(schema, dict):
        yield schema
        for key in ("items", "values"):
            yield from walk(schema.get(key))
        for field in schema.get("fields", ()):
            yield from walk(field["type"])
