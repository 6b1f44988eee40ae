"""What must fit together in what a message shows and in what its wordings need."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from models.programme.flow_parts import Content
from models.slots.needs import SHOWN_AS, Need, Show

_KNOWN = frozenset(Need)
_OF_OFFERS = frozenset({Need.ENDS_SOON})


def showing_problems(
    place: str,
    content: Content | None,
    shows: Sequence[Show] | None,
    slots: Mapping[str, Any],
    *,
    ends: bool,
) -> Iterable[str]:
    """Give a line for everything that doesn't fit, each with where it stands.

    Args:
        place: Where the message stands.
        content: Which products the flow shows; None where that can't be told.
        shows: What the message shows; None where it doesn't say.
        slots: The message's slots as they are written, of whatever shape.
        ends: Whether one of its offers ends.
    """
    for show in shows or ():
        if content is Content.NONE and show in (Show.HERO, Show.PRODUCTS):
            yield f"{place}.shows: {show} needs products, and the flow's `content` is none"
    shown = shows or ()
    for slot, variants in slots.items():
        for variant, need in _needs(variants):
            asked = SHOWN_AS.get(need)
            if asked is not None and asked not in shown and not (ends and need in _OF_OFFERS):
                yield (
                    f"{place}.slots.{slot}.{variant}: {need} is never met unless the message "
                    f"shows it; add {asked} to its `shows`"
                )


def _needs(variants: Any) -> Iterable[tuple[str, Need]]:
    """Each need that is one, with the variant that has it."""
    for name, told in variants.items() if isinstance(variants, dict) else ():
        needs = told.get("needs", ()) if isinstance(told, dict) else ()
        for need in [needs] if isinstance(needs, str) else needs if isinstance(needs, list) else ():
            if isinstance(need, str) and need in _KNOWN:
                yield str(name), Need(need)
