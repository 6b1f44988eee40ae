"""A context of any shape as flat named values: numbers and words.

Mappings are flattened with dots, lists of numbers by position, lists of words as a set. A truth
value is a number. A word that is a plain decimal number is taken for one: logs that were CSV once
have them.
"""

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from models.errors import BadRoundError

Value = float | str
"""A field's value: a number within ±`LIMIT`, or a word."""

LIMIT = 1e15
"""Larger numbers are held at this."""
FIELDS = 1_024
"""A context with more fields than this is refused: nobody meant them all."""
_DEPTH = 8
_WORD = 64
_IN = "in"
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d+)?")


class Flat(dict[str, Value]):
    """Fields by name that came out of `flatten`: it passes them as they are."""


def flatten(context: Mapping[str, Any]) -> Flat:
    """The context's fields by name, in the order of the names.

    Args:
        context: Names with numbers, words, truth values, null, or lists and mappings of them.
            Null is the same as leaving the field out.

    Raises:
        BadRoundError: A number isn't finite (`non_finite`), or the context is nested more than
            eight deep or has more than 1,024 fields, or holds something else (`bad_context`).
    """
    if isinstance(context, Flat):
        return context
    found: dict[str, Value] = {}
    for name, value in _leaves("", context, 0):
        if name in found:
            raise BadRoundError("bad_context", f"field {name[:_WORD]!r} is there twice")
        found[name] = value
        if len(found) > FIELDS:
            raise BadRoundError("bad_context", f"more than {FIELDS} fields; leave some out")
    return Flat(sorted(found.items()))


def _leaves(name: str, value: Any, depth: int) -> Iterator[tuple[str, Value]]:
    if depth > _DEPTH:
        raise BadRoundError("bad_context", f"field {name[:_WORD]!r} is nested too deep")
    if value is None:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner, depth + 1)
    elif isinstance(value, list | tuple):
        yield from _items(name, value, depth)
    else:
        yield name, _plain(name, value)


def _items(
    name: str, values: list[Any] | tuple[Any, ...], depth: int
) -> Iterator[tuple[str, Value]]:
    if all(isinstance(value, str) for value in values):
        yield from ((f"{name}:{word}", _IN) for word in sorted({word[:_WORD] for word in values}))
        return
    for at, value in enumerate(values):
        yield from _leaves(f"{name}.{at}", value, depth + 1)


def _plain(name: str, value: Any) -> Value:
    if isinstance(value, str):
        return _held(float(value)) if _NUMBER.fullmatch(value) else value[:_WORD]
    try:
        number = float(value)
    except OverflowError:
        number = LIMIT if value > 0 else -LIMIT  # JSON's integers know no bounds
    except (TypeError, ValueError):
        raise BadRoundError(
            "bad_context", f"field {name[:_WORD]!r} is a {type(value).__name__}, not a plain value"
        ) from None
    if not isfinite(number):
        raise BadRoundError("non_finite", f"field {name[:_WORD]!r} is {number}")
    return _held(number)


def _held(number: float) -> float:
    return min(max(number, -LIMIT), LIMIT)
