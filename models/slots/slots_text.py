"""Slots and their variants, as the programme's text may have them."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainSerializer,
    Tag,
)

from models.programme.fields import Name
from models.programme.flow_parts import SlotChoice
from models.slots.needs import Need, Show

_MOST_VARIANTS = 6
BY_LIST, BY_NAME = "variants by list", "variants by name"
"""How variants may be written; pydantic names them where it tells of a problem."""


def _listed(value: object) -> object:
    """One need may stand without the list around it."""
    return (value,) if isinstance(value, str) else value


def _once(names: tuple[Any, ...]) -> tuple[Any, ...]:
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the same twice: {', '.join(twice)}")
    return names


class VariantText(BaseModel):
    """A variant, and what must be true for it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs: Annotated[tuple[Need, ...], BeforeValidator(_listed), AfterValidator(_once)] = ()


def _enough(count: int) -> None:
    if not 2 <= count <= _MOST_VARIANTS:
        raise ValueError(f"needs 2 to {_MOST_VARIANTS} variants, not {count}")


def _choice(names: tuple[str, ...]) -> tuple[str, ...]:
    _enough(len(names))
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the same variant twice: {', '.join(twice)}")
    return names


def _choice_by_name(variants: dict[str, VariantText]) -> dict[str, VariantText]:
    _enough(len(variants))
    if all(text.needs for text in variants.values()):
        raise ValueError("one variant must need nothing: it is sent where no other is true")
    # The first is what the others give way to.
    return dict(sorted(variants.items(), key=lambda variant: bool(variant[1].needs)))


def _in_order(variants: Mapping[str, VariantText]) -> list[tuple[str, list[str]]]:
    """What they mean: which one is first matters."""
    return [(name, [str(need) for need in text.needs]) for name, text in variants.items()]


_Variant = Annotated[VariantText, BeforeValidator(lambda text: {} if text is None else text)]
_ByList = Annotated[tuple[Name, ...], AfterValidator(_choice), Tag(BY_LIST)]
_ByName = Annotated[
    dict[Name, _Variant],
    AfterValidator(_choice_by_name),
    PlainSerializer(_in_order),
    Tag(BY_NAME),
]
SlotText = Annotated[
    _ByList | _ByName,
    Discriminator(lambda value: BY_NAME if isinstance(value, dict) else BY_LIST),
]
ShowsText = Annotated[tuple[Show, ...], AfterValidator(_once), Field(max_length=len(Show))]


def slot_choice(name: str, variants: tuple[str, ...] | dict[str, VariantText]) -> SlotChoice:
    """The slot that a text means."""
    if isinstance(variants, tuple):
        return SlotChoice(name, variants)
    needs = tuple(text.needs for text in variants.values())
    return SlotChoice(name, tuple(variants), needs)
