"""Whether templates say every wording that the programme has chosen among.

The programme names slots and variants, the templates say them, and neither knows the other: a
name misspelt in one would leave all variants reading alike, and chance to decide between them.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from runtime.settings import FLOWS_FILE, Settings

if TYPE_CHECKING:
    from models.programme.flow_parts import SlotChoice
    from senders.mail.wordings import Asked


def wording_doubts(settings: Settings) -> list[str]:
    """Give a line for each slot and variant that no template seems to ask for.

    Nothing where the programme is missing or wrong itself: workers say that.
    """
    from models.errors import ProgrammeError
    from models.programme.reading import parse_programme
    from senders.mail.rendering import FOLDER
    from senders.mail.wordings import asked

    path = settings.programme_dir / FLOWS_FILE
    try:
        programme = parse_programme(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ProgrammeError):
        return []
    found: list[str] = []
    for flow in programme.flows.values():
        for number, message in enumerate(flow.messages):
            if message.slots:
                told = asked(settings.programme_dir / FOLDER, message.template)
                part = "campaigns" if flow.name in programme.campaigns else "flows"
                place = f"{path}: {part}.{flow.name}.messages.{number}.slots"
                what = f"the templates of {message.template} never ask for"
                found += (f"{place}.{doubt}" for doubt in _doubts(message.slots, told, what))
    return found


def _doubts(slots: "tuple[SlotChoice, ...]", told: "Asked", what: str) -> Iterator[str]:
    for slot in slots:
        if slot.name not in told.slots:
            if not told.unknown:
                yield f"{slot.name}: {what} slots.{slot.name}"
            continue
        for variant in slot.variants[1:]:  # the first is what is left where none is asked for
            if not told.names(slot.name, variant):
                yield f"{slot.name}: {what} {variant!r}"
