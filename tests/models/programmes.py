"""Programmes for tests, each text parsed once: they ask for the same few thousands of times."""

import copy
import json
from dataclasses import fields
from functools import cache
from typing import Any

import yaml

from models.programme.flows import Programme
from models.programme.reading import parse_programme


def programme_of(text: str) -> Programme:
    """The programme of a text; its tables are the caller's own, to change at will."""
    own = copy.copy(_parsed(text))
    for field in fields(own):
        value = getattr(own, field.name)
        if isinstance(value, dict):
            object.__setattr__(own, field.name, dict(value))
    return own


def plain_of(text: str) -> dict[str, Any]:
    """What a text says, as plain values of the caller's own; see `programme_of_plain`."""
    return copy.deepcopy(_plain(text))


def programme_of_plain(plain: dict[str, Any]) -> Programme:
    """The programme of plain values, as `programme_of`."""
    return programme_of(_text(json.dumps(plain)))


@cache
def _parsed(text: str) -> Programme:
    return parse_programme(text)


@cache
def _plain(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@cache
def _text(plain: str) -> str:
    return yaml.safe_dump(json.loads(plain), sort_keys=False)
