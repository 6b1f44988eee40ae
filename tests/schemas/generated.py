"""Hypothesis strategies for any value that a schema allows."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

_TEXT = st.text(st.characters(codec="utf-8"), max_size=200)
_PRIMITIVES: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32, allow_nan=False),
    "double": st.floats(allow_nan=False),
    "bytes": st.binary(max_size=300),
    "string": _TEXT,
}


def values(schema: Any) -> st.SearchStrategy[Any]:
    """Values of a schema, as fastavro gives and takes them."""
    if isinstance(schema, list):
        return st.one_of([values(branch) for branch in schema])
    if isinstance(schema, str):
        return _PRIMITIVES[schema]
    return _COMPLEX[schema["type"]](schema)


_COMPLEX: dict[str, Callable[[Any], st.SearchStrategy[Any]]] = {
    "record": lambda schema: st.fixed_dictionaries(
        {field["name"]: values(field["type"]) for field in schema["fields"]}
    ),
    "array": lambda schema: st.lists(values(schema["items"]), max_size=4),
    "map": lambda schema: st.dictionaries(_TEXT, values(schema["values"]), max_size=4),
    "enum": lambda schema: st.sampled_from(schema["symbols"]),
}
