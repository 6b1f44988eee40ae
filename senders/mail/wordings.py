"""Which slots and variants a message's templates ask for: read from their source, not rendered."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import TemplateError, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from senders.mail.rendering import TEXT
from senders.mail.sandbox import HTML

_ALIAS = ("subject_variant", "subject")
"""Another name in templates for what a slot holds."""
_TELLING = frozenset({"eq", "in"})
"""Comparisons that name the variants they are true for."""


@dataclass(slots=True)
class Asked:
    """What the templates of a message ask for.

    Attributes:
        slots: Names of slots that are looked at anywhere.
        free: Those of which more is made than to compare them with texts: any variant may matter.
        texts: All texts in them.
        unknown: Whether they can't be read, or do what can't be seen from here.
    """

    slots: set[str] = field(default_factory=set)
    free: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    unknown: bool = False

    def names(self, slot: str, variant: str) -> bool:
        """Whether a variant of a slot that is asked for may be told from the others."""
        return self.unknown or slot in self.free or variant in self.texts


def asked(folder: Path, message: str) -> Asked:
    """What the templates of a message ask for, and those that they extend, include or import.

    Args:
        folder: Where the templates lie.
        message: The message's name.
    """
    found, wanted, seen = Asked(), [message + TEXT, message + HTML], set[str]()
    environment = ImmutableSandboxedEnvironment()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        try:
            tree = environment.parse((folder / name).read_text(encoding="utf-8"))
            referred = list(meta.find_referenced_templates(tree))
        except (OSError, UnicodeDecodeError, TemplateError, RecursionError):
            found.unknown = True  # rendering says so
            continue
        found.unknown |= None in referred  # a name that is put together
        wanted += [other for other in referred if other is not None]
        _look(tree, found)
    return found


def _look(tree: nodes.Template, found: Asked) -> None:
    found.texts |= {c.value for c in tree.find_all(nodes.Const) if isinstance(c.value, str)}
    compared: set[int] = set()
    for comparison in tree.find_all(nodes.Compare):
        if all(operand.op in _TELLING for operand in comparison.ops):
            compared |= {id(use) for use, _ in _uses(comparison)}
    known = 0
    for use, slot in _uses(tree):
        known += not (isinstance(use, nodes.Name) and use.name == _ALIAS[0])
        found.slots.add(slot)
        if id(use) not in compared:
            found.free.add(slot)
    # All slots at once, handed on or under another name.
    found.unknown |= known < sum(name.name == "slots" for name in tree.find_all(nodes.Name))


def _uses(tree: nodes.Node) -> Iterator[tuple[nodes.Node, str]]:
    """Where a slot is asked for, and which."""
    for look in tree.find_all(nodes.Getattr):
        if _is_slots(look.node) and look.attr != "get":
            yield look, look.attr
    for look_up in tree.find_all(nodes.Getitem):
        if _is_slots(look_up.node) and isinstance(look_up.arg, nodes.Const):
            yield look_up, str(look_up.arg.value)
    for call in tree.find_all(nodes.Call):
        got, named = call.node, call.args[0] if call.args else None
        of_slots = isinstance(got, nodes.Getattr) and got.attr == "get" and _is_slots(got.node)
        if of_slots and isinstance(named, nodes.Const):
            yield call, str(named.value)
    for name in tree.find_all(nodes.Name):
        if name.name == _ALIAS[0]:
            yield name, _ALIAS[1]


def _is_slots(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "slots"
