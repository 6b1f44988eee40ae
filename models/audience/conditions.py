"""Reading segments from the programme: every problem is listed, each with where it stands.

A condition is a mapping whose entries must all hold. Each is a fact with what it is held against
(`models.audience.facts`), an attribute or tag (`models.audience.attribute_tests`), another segment
(`in`), or a combination: `all` and `any` of a list of conditions, `not` of one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from hashlib import blake2b
from json import dumps
from typing import Any

from models.audience import attribute_tests
from models.audience.attributes import Declared
from models.audience.facts import FACTS
from models.audience.kinds import names_of
from models.audience.parts import NOTHING, Part, joined, turned
from models.audience.segments import DECISION, Named, Segments, Watch
from models.audience.verdict import Test, all_of, any_of
from models.programme.yaml_text import LEFT_OUT

_DEEPEST = 6
_LARGEST = 24
"""Tests in one segment."""
_BRINGS_ANYTHING = frozenset({"merge", "profile"})
"""Records after which every segment is looked at."""


def read_segments(written: Any, declared: Declared) -> tuple[Segments, list[str]]:
    """The segments that a programme's section defines, and a line for everything wrong with it.

    Args:
        written: The section as plain data, of whatever shape.
        declared: The attributes that the programme declares.
    """
    if not isinstance(written, Mapping):
        return Segments(), []  # told where the section's shape is checked
    reader = _Reader(dict(written), declared)
    parts = {str(name): reader.segment(name) for name in written}
    tests = tuple((name, parts[name].test) for name in sorted(parts))
    if not tests or reader.problems:
        return Segments(), reader.problems
    told = {name: part for name, part in parts.items() if not part.asks}
    records = _BRINGS_ANYTHING.union(*(p.enters_by | p.leaves_by for p in told.values()))
    by_record = tuple((name, test) for name, test in tests if name in told)
    watching = {record: _watch(record, by_record, told) for record in sorted(records)}
    if len(told) < len(parts):
        watching[DECISION] = _or_asking(watching.get(DECISION, Watch((), {})), tests, parts)
    return Segments(
        _fingerprint(written, declared),
        tests,
        watching,
        Watch(by_record, dict(by_record)),
        Watch(tests, dict(tests)),
    ), []


def _watch(record: str, tests: Named, parts: Mapping[str, Part]) -> Watch:
    anything = record in _BRINGS_ANYTHING
    return Watch(
        tuple((n, t) for n, t in tests if anything or record in parts[n].enters_by),
        {n: t for n, t in tests if anything or record in parts[n].leaves_by},
    )


def _or_asking(watch: Watch, tests: Named, parts: Mapping[str, Part]) -> Watch:
    """A watch of these segments, and of all that ask what a person is likely to do next."""
    entering = {name for name, _ in watch.entering}
    return Watch(
        tuple((n, t) for n, t in tests if n in entering or parts[n].asks),
        {n: t for n, t in tests if n in watch.leaving or parts[n].asks},
    )


def _fingerprint(written: Mapping[str, Any], declared: Declared) -> int:
    kinds = {each.name: [each.kind, *each.choices] for each in declared.values()}
    meaning = dumps([written, kinds], sort_keys=True, default=str).encode()
    return int.from_bytes(blake2b(meaning, digest_size=4).digest(), "big") or 1


@dataclass(slots=True)
class _Reader:
    """Reads conditions and the segments they refer to, each once."""

    written: dict[Any, Any]
    declared: Declared
    problems: list[str] = field(default_factory=list)
    _read: dict[Any, Part] = field(default_factory=dict)
    _path: list[Any] = field(default_factory=list)

    def _tell(self, place: str, what: str) -> None:
        problem = f"{place}: {what}"
        if problem not in self.problems:
            self.problems.append(problem)

    def segment(self, name: Any) -> Part:
        """What a segment means; nothing where it refers to itself, which is told."""
        if name in self._path:
            circle = self._path[self._path.index(name) :]
            if name == min(circle, key=str):
                shown = " -> ".join(map(str, [*circle, name]))
                self._tell(f"segments.{name}", f"the segments refer to each other: {shown}")
            return NOTHING
        if name not in self._read:
            self._path.append(name)
            part = self._condition(self.written[name], f"segments.{name}", 0)
            self._path.pop()
            if part.tests > _LARGEST:
                self._tell(f"segments.{name}", f"has {part.tests} tests, more than {_LARGEST}")
            self._read[name] = part
        return self._read[name]

    def _condition(self, written: Any, place: str, depth: int) -> Part:
        if written is LEFT_OUT:
            return NOTHING
        if depth > _DEEPEST:
            self._tell(place, f"is nested more than {_DEEPEST} deep; name a part and refer to it")
            return NOTHING
        if not isinstance(written, Mapping) or not written:
            self._tell(place, "must be a condition: a fact with its bounds, all, any, not or in")
            return NOTHING
        parts = [
            self._entry(str(key), value, f"{place}.{key}", depth) for key, value in written.items()
        ]
        return joined(parts, all_of)

    def _entry(self, key: str, value: Any, place: str, depth: int) -> Part:
        if key in ("all", "any"):
            return self._several(value, all_of if key == "all" else any_of, place, depth)
        if key == "not":
            return turned(self._condition(value, place, depth + 1))
        if key == "in":
            return self._others(value, place)
        return NOTHING if value is LEFT_OUT else self._test(key, value, place)

    def _test(self, key: str, value: Any, place: str) -> Part:
        if key == "attribute":
            return attribute_tests.part(value, self.declared, place, self._tell)
        if key == "tag":
            return attribute_tests.tagged(value, self.declared, place, self._tell)
        fact = FACTS.get(key)
        if fact is None:
            self._tell(place, _unknown(key))
            return NOTHING
        return fact.kind.part(value, fact.by, place, self._tell)

    def _several(
        self, value: Any, join: Callable[[Sequence[Test]], Test], place: str, depth: int
    ) -> Part:
        if value is LEFT_OUT:
            return NOTHING
        if not isinstance(value, list) or not value:
            self._tell(place, "must be a list of conditions")
            return NOTHING
        parts = [
            self._condition(part, f"{place}.{number}", depth + 1)
            for number, part in enumerate(value)
        ]
        return joined(parts, join)

    def _others(self, value: Any, place: str) -> Part:
        names = sorted(names_of(value, place, self._tell))
        for name in names:
            if name not in self.written:
                self._tell(place, f"there is no segment {name!r}")
        parts = [self.segment(name) for name in names if name in self.written]
        return joined(parts, any_of)


def _unknown(key: str) -> str:
    known = [*FACTS, "all", "any", "not", "in", "attribute", "tag"]
    close = get_close_matches(key, known, 1)
    return f"there is no fact {key!r}" + (f"; did you mean {close[0]}?" if close else "")
