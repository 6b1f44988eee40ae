"""Generated events of any record, straight from its Avro schema: a new field is covered unasked."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import schemas
from models.person import choices
from models.step import Record

AVRO = Path(schemas.__file__).parent / "avro"
START_MS = 1_700_000_000_000

TEXTS = st.one_of(
    st.sampled_from(["tent-1", "rope-1", "tents", "Europe/Berlin", "Not/AZone", "marketing", ""]),
    st.text(max_size=60),
    st.sampled_from(["x" * 256, "日本語" * 80]),
)
IDS = st.one_of(st.sampled_from(["tent-1", "rope-1"]), st.text(min_size=1, max_size=60))

# What check_event lets through, where the schema alone would allow more.
_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "event_id": st.uuids().map(str),
    "occurred_at": st.integers(START_MS, START_MS + 90 * 86_400_000),
    "subscriber_id": st.just("sub-1"),
    "anonymous_id": st.sampled_from([None, "cookie-1"]),
    "quantity": st.integers(1, 1_000_000),
    "price": st.one_of(st.just(0.0), st.floats(0.0, 1e12)),
    "name": st.one_of(st.sampled_from(["setup_started", "setup_finished"]), IDS),
    "value": st.one_of(st.just(0.0), st.floats(0.0, 1e12)),
    "total": st.floats(0.0, 1e12),
    "discount": st.floats(0.0, 1e12),
    "order_id": st.one_of(st.sampled_from(["o-1", "o-2"]), IDS),
    "status": st.sampled_from(
        ["accepted", "rejected", "unknown", "expired", "superseded", "bounced", "complained"]
    ),
    "bounce": st.sampled_from([None, "hard", "soft"]),
    "machine": st.sampled_from([None, None, "head", "burst"]),
    "preferences": st.dictionaries(
        st.one_of(st.sampled_from(choices.KEYS), TEXTS),
        st.one_of(st.sampled_from(["", "yes", "no", "weekly", "2026-05-01", "a,b"]), TEXTS),
        max_size=6,
    ),
    "proof": st.just({"source": "form", "text_version": "1", "confirmed_at": 1}),
    "purpose": st.one_of(st.just("marketing"), IDS),
    "decision_id": st.one_of(st.none(), st.uuids().map(lambda u: u.hex)),
}
_REQUIRED = {"delivery": {"decision_id": st.uuids().map(lambda u: u.hex)}}


def _of_type(kind: Any) -> st.SearchStrategy[Any]:
    if isinstance(kind, list):
        return st.one_of([_of_type(part) for part in kind])
    if isinstance(kind, dict):
        return _of_complex(kind)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(),
        "boolean": st.booleans(),
        "int": st.integers(0, 2**31 - 1),
        "long": st.integers(0, 2**53),
        "double": st.floats(allow_nan=False, allow_infinity=False),
        "string": TEXTS,
        "bytes": st.binary(max_size=40),
    }
    return simple[kind]


def _of_complex(kind: dict[str, Any]) -> st.SearchStrategy[Any]:
    if kind["type"] == "enum":
        return st.sampled_from(kind["symbols"])
    if kind["type"] == "array":
        return st.lists(_of_type(kind["items"]), max_size=4)
    if kind["type"] == "map":
        return st.dictionaries(TEXTS, _of_type(kind["values"]), max_size=4)
    if kind["type"] == "record":
        return _of_fields(kind["fields"], {})
    return _of_type(kind["type"])


def _of_fields(
    fields: list[dict[str, Any]], required: dict[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[Record]:
    chosen: dict[str, st.SearchStrategy[Any]] = {}
    for field in fields:
        name = field["name"]
        narrowed = required.get(name, _BY_NAME.get(name))
        optional = isinstance(field["type"], list) and "null" in field["type"]
        if narrowed is None:
            narrowed = _of_type(field["type"])
        elif optional and name in ("price", "quantity", "total"):
            narrowed = st.one_of(st.none(), narrowed)
        chosen[name] = narrowed
    return st.fixed_dictionaries(chosen)


@cache
def events(name: str) -> st.SearchStrategy[Record]:
    """Events of the record `name` as they can come out of intake."""
    schema = json.loads((AVRO / f"{name}.avsc").read_text(encoding="utf-8"))
    return _of_fields(schema["fields"], _REQUIRED.get(name, {}))
