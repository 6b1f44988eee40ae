"""YAML held to plain data: no repeated keys, no aliases, no tags, nothing that merges.

What is refused is listed with its line, all of it, and the rest is read all the same: whoever
checks the values can tell of them together with what was wrong with the text.
"""

from typing import Any, Final, NamedTuple

import yaml


class _LeftOut:
    def __repr__(self) -> str:
        return "(left out)"


LEFT_OUT: Final = _LeftOut()
"""Stands where a value was refused, which `problems` tells of; nobody need tell of it again."""

_REFUSED = "nextbest:refused"
_MERGE = "tag:yaml.org,2002:merge"


class PlainYaml(NamedTuple):
    """What a text holds.

    Attributes:
        value: Dicts, lists and scalars, and `LEFT_OUT` for what was refused.
        problems: Everything refused, each with its line.
    """

    value: Any
    problems: tuple[str, ...]


def plain_yaml(text: str) -> PlainYaml:
    """Read a YAML text.

    Aliases are refused altogether: one that refers to itself would make a circle, nested ones a
    text that unfolds without end.

    Raises:
        yaml.YAMLError: It can't be read at all.
        RecursionError: It is nested too deeply.
    """
    reader = _Reader(text)
    try:
        node = reader.get_single_node()
        value = None if node is None else reader.value_of(node)
    finally:
        reader.dispose()
    return PlainYaml(value, tuple(told for _line, told in sorted(reader.problems)))


class _Reader(yaml.SafeLoader):
    """Makes values by itself, since SafeLoader stops at the first error."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.problems: list[tuple[int, str]] = []

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            self.get_event()  # type: ignore[no-untyped-call]
            self._refuse(event, f"aliases (*{event.anchor}) are not allowed: write the value out")
            return yaml.ScalarNode(_REFUSED, "")
        if (tag := getattr(event, "tag", None)) is not None:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse(event, f"tags ({shown}) are not allowed: write the value alone")
            event.tag = None  # read as it will be without
            if isinstance(event, yaml.ScalarEvent):
                event.implicit = (not event.style, bool(event.style))
        return super().compose_node(parent, index)

    def _refuse(self, place: yaml.Event | yaml.Node, why: str) -> None:
        line = _line(place)
        self.problems.append((line, f"line {line}: {why}"))

    def value_of(self, node: yaml.Node) -> Any:
        """Make the value of a node; `LEFT_OUT` where it has to be refused."""
        if node.tag == _REFUSED:
            return LEFT_OUT
        if isinstance(node, yaml.MappingNode):
            return {key: self.value_of(value) for key, value in self._entries(node)}
        if isinstance(node, yaml.SequenceNode):
            return [self.value_of(item) for item in node.value]
        try:
            return self.construct_object(node)
        except (ValueError, yaml.constructor.ConstructorError):
            # Looks like a date or a number and is none, or a sign with a meaning of its own.
            shown = repr(node.value if len(node.value) <= 40 else node.value[:40] + "…")
            self._refuse(node, f"not readable as YAML: {shown}; if it is a text, quote it")
            return LEFT_OUT

    def _entries(self, node: yaml.MappingNode) -> list[tuple[Any, yaml.Node]]:
        """Keys and values, each key once.

        A block that stands twice is put together: what the first half holds must not count as
        missing only because of the second.
        """
        found: dict[Any, tuple[yaml.Node, yaml.Node]] = {}
        for key_node, value in node.value:
            key = self._key_of(key_node)
            if key is LEFT_OUT:
                self.value_of(value)  # for what is wrong within
                continue
            if key not in found:
                found[key] = (key_node, value)
                continue
            first, earlier = found[key]
            where = f"(first in line {_line(first)})"
            self._refuse(key_node, f"the key {key_node.value!r} stands twice {where}")
            if isinstance(earlier, yaml.MappingNode) and isinstance(value, yaml.MappingNode):
                earlier.value.extend(value.value)
            else:
                self.value_of(value)
        return [(key, value) for key, (_node, value) in found.items()]

    def _key_of(self, node: yaml.Node) -> Any:
        if node.tag == _REFUSED:
            return LEFT_OUT
        if not isinstance(node, yaml.ScalarNode):
            self._refuse(node, "not readable as YAML: a key must be a plain word")
            return LEFT_OUT
        if node.tag == _MERGE:
            self._refuse(node, "merging (<<) is not allowed: write the entries out")
            return LEFT_OUT
        return self.value_of(node)


def _line(place: yaml.Event | yaml.Node) -> int:
    assert place.start_mark is not None
    return int(place.start_mark.line) + 1
