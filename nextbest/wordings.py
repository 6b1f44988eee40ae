"""Whether templates say every wording that the programme has chosen among.

The programme names slots and variants, the templates say them, and neither knows the other: a
name misspelt in one would leave all variants reading alike, and chance to decide between them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runtime.settings import FLOWS_FILE, Read

if TYPE_CHECKING:
    from models.flows import Flow, MessageChoice, SlotChoice
    from senders.wordings import Asked


def wording_problems(read: Read) -> list[str]:
    """Give a line for each slot and variant that no template asks for.

    Nothing where programme or templates are missing or wrong themselves: others say that.
    """
    from models.errors import ProgrammeError
    from models.programme import parse_programme
    from senders.rendering import FOLDER, template_problems
    from senders.wordings import asked

    if not read.sound("programme_dir") or template_problems(read):
        return []
    folder = read.settings.programme_dir / FOLDER
    path = read.settings.programme_dir / FLOWS_FILE
    try:
        programme = parse_programme(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ProgrammeError):
        return []
    found: list[str] = []
    for flow in programme.flows.values():
        for number, message in enumerate(flow.messages):
            told = asked(folder, message.template)
            found += (f"{path}: {one}" for one in _problems(flow, number, message, told))
    return found


def _problems(flow: "Flow", number: int, message: "MessageChoice", told: "Asked") -> Iterator[str]:
    for slot in message.slots:
        place = f"flows.{flow.name}.messages.{number}.slots.{slot.name}"
        yield from _slot_problems(place, slot, message.template, told)


def _slot_problems(place: str, slot: "SlotChoice", template: str, told: "Asked") -> Iterator[str]:
    if slot.name not in told.slots:
        yield f"{place}: the templates of {template} never ask for slots.{slot.name}"
        return
    # The first is what is left where none of the others is asked for.
    for variant in slot.variants[1:]:
        if variant not in told.texts:
            yield f"{place}: the templates of {template} never ask for {variant!r}"
