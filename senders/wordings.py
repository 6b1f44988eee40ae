"""Which slots and variants a message's templates ask for: read from their source, not rendered."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from senders.rendering import HTML, SHARED, TEXT

_ALIAS = ("subject_variant", "subject")
"""Another name in templates for what a slot holds."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What templates ask for.

    Attributes:
        slots: Names of slots that are looked at anywhere.
        texts: Texts that anything is compared with or that are used otherwise.
    """

    slots: frozenset[str]
    texts: frozenset[str]


def asked(folder: Path, message: str) -> Asked:
    """What the templates of a message ask for, with those that all messages share.

    Args:
        folder: Where the templates lie, all of which compile.
        message: The message's name; one without templates asks for nothing.
    """
    own = [folder / f"{message}{ending}" for ending in (TEXT, HTML)]
    shared = sorted(folder.glob(f"{SHARED}*.j2"))
    trees = [_parsed(path) for path in (*own, *shared) if path.is_file()]
    texts = (c.value for tree in trees for c in tree.find_all(nodes.Const))
    return Asked(
        frozenset(slot for tree in trees for slot in _slots(tree)),
        frozenset(text for text in texts if isinstance(text, str)),
    )


def _parsed(path: Path) -> nodes.Template:
    return ImmutableSandboxedEnvironment().parse(path.read_text(encoding="utf-8"))


def _slots(tree: nodes.Template) -> Iterator[str]:
    for look in tree.find_all(nodes.Getattr):
        if _is_slots(look.node):
            yield look.attr
    for look_up in tree.find_all(nodes.Getitem):
        if _is_slots(look_up.node) and isinstance(look_up.arg, nodes.Const):
            yield str(look_up.arg.value)
    alias, slot = _ALIAS
    if any(name.name == alias for name in tree.find_all(nodes.Name)):
        yield slot


def _is_slots(node: nodes.Expr) -> bool:
    return isinstance(node, nodes.Name) and node.name == "slots"
