"""YAML held to plain data: no repeated keys, no anchors that refer to themselves, no tags."""

from typing import Any

import yaml


class _PlainLoader(yaml.SafeLoader):
    """Safe loading that also refuses what SafeLoader lets pass silently."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(
                None, None, "aliases (*name) are not allowed: write the value out", mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode):
                if key.value in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, f"the key {key.value!r} stands twice", key.start_mark
                    )
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def plain_yaml(text: str) -> Any:
    """What a YAML text holds: dicts, lists and scalars.

    Aliases are refused altogether: one that refers to itself would make a circle, nested ones a
    text that unfolds without end.

    Raises:
        yaml.YAMLError: It can't be read, repeats a key, or uses an alias or a tag.
    """
    return yaml.load(text, Loader=_PlainLoader)  # noqa: S506 (a SafeLoader)
