"""Which kind each message is and how its slots may be worded, as the programme's file says.

Read as plain YAML: what is wrong with the file the programme's own check tells; here what can't be
read says nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import yaml
from jinja2 import TemplateError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

from senders.mail.content import TRANSACTIONAL
from senders.mail.linking import MARKETING
from senders.mail.rendering import TEXT
from senders.mail.samples import DROP, ORDER, PROMISE, Sample
from senders.mail.sandbox import HTML

_OWED: Final = frozenset({"order", "confirm_url"})
"""A message that no flow names and that asks for one of these is owed to the person."""


@dataclass(slots=True)
class Message:
    """What is known of a message before it is rendered.

    Attributes:
        kind: marketing or transactional.
        stream: The message stream of the first flow that names it; called by its kind where none
            does.
        topic: The topic of that flow; None for none.
        slots: Variants of each slot, and whether one needs something to be true.
        asks: Variables that its own templates ask for.
        source: Text of its own templates.
    """

    name: str
    kind: str = MARKETING
    stream: str = MARKETING
    topic: str | None = None
    slots: dict[str, dict[str, bool]] = field(default_factory=dict)
    asks: frozenset[str] = frozenset()
    source: str = ""


def message_of(name: str, folder: Path, flows: Any) -> Message:
    """What the programme says of a message.

    Args:
        name: Its name.
        folder: Where its templates lie.
        flows: The programme's file, parsed.
    """
    source = "".join(_text(folder / f"{name}{ending}") for ending in (TEXT, HTML))
    found = Message(name, source=source, asks=_asks(folder, name))
    kinds: list[str] = []
    for _, flow, told in uses(flows, name):
        kinds.append(str(told.get("kind") or flow.get("kind") or MARKETING))
        slots = told.get("slots")
        for slot, variants in slots.items() if isinstance(slots, Mapping) else ():
            named = variants if isinstance(variants, Mapping) else {}
            needing = {str(v): bool(_is_map(how) and how.get("needs")) for v, how in named.items()}
            found.slots.setdefault(str(slot), {}).update(needing)
    if kinds:
        found.kind = TRANSACTIONAL if set(kinds) == {TRANSACTIONAL} else MARKETING
    elif found.asks & _OWED:
        found.kind = TRANSACTIONAL
    flow = next((flow for _, flow, _ in uses(flows, name)), {})
    found.stream = str(flow.get("stream") or found.kind)
    found.topic = str(flow["topic"]) if flow.get("topic") else None
    return found


def fitting(sample: Sample, message: Message) -> Sample:
    """The sample with what decisions of this message always tell."""
    told: dict[str, str] = {}
    if "lowest_price" in message.asks:
        told |= DROP
    if "order" in message.asks:
        told |= ORDER
    if "confirm_url" in message.asks:
        told |= PROMISE
    if message.kind == MARKETING:
        return replace(sample, content={**sample.content, **told})
    return replace(sample, content=told, offer="none")


def read_flows(file: Path) -> Any:
    """The programme's file, parsed; None where it can't be."""
    try:
        return yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return None


def uses(flows: Any, name: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Where the programme's file names a message: the flow's name, the flow, the entry."""
    sections = [flows.get(part) for part in ("flows", "campaigns")] if _is_map(flows) else []
    for section in sections:
        for flow_name, flow in section.items() if _is_map(section) else ():
            messages = flow.get("messages") if _is_map(flow) else None
            for told in messages if isinstance(messages, list) else ():
                if _is_map(told) and told.get("template") == name:
                    yield str(flow_name), flow, told


def _is_map(value: Any) -> bool:
    return isinstance(value, Mapping)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


def _asks(folder: Path, name: str) -> frozenset[str]:
    environment, found = ImmutableSandboxedEnvironment(), set[str]()
    for ending in (TEXT, HTML):
        try:
            tree = environment.parse(_text(folder / f"{name}{ending}"))
        except (TemplateError, RecursionError):
            continue
        found |= meta.find_undeclared_variables(tree)
    return frozenset(found)
