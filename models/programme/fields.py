"""Kinds of values in the programme's text, and what they may be."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator

from models import bounds
from models.audience import attributes
from models.campaigns.campaign import moment_ms
from models.localtime import day_or_minute
from models.programme.durations import duration_ms, minute_of_day
from models.slots.filled import CONTENT

HOUR_MS = 3_600_000
YEAR_MS = 366 * 24 * HOUR_MS


def _within(low_ms: int, high_ms: int) -> Callable[[int], int]:
    def check(length_ms: int) -> int:
        if not low_ms <= length_ms <= high_ms:
            raise ValueError(
                f"must lie between {low_ms // 1000} and {high_ms // 1000} seconds, "
                f"not at {length_ms // 1000}"
            )
        return length_ms

    return check


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no IANA time zone, like Europe/Berlin") from error
    return name


def _number(value: object) -> object:
    """Refuse true and false, which Python counts as 1 and 0, and numbers written as text."""
    if isinstance(value, bool | str):
        raise ValueError(f"{value!r} is no number")  # noqa: TRY004 - pydantic tells ValueErrors
    return value


_TAKEN = frozenset(
    {"products", "product_sources", "product_ids", "category", "discount_percent", "about"}
    | {"price", "price_lowest_30d", "code", "code_expires", "offer_ends"}
)
"""What a decision's content holds beside its slots."""
_OF_MAPPINGS = frozenset(name for name in dir(dict) if not name.startswith("_"))
"""In a template, `slots.items` would be the method and not the slot."""
_MOST_CODES = 100_000_000


def _end(value: object) -> object:
    """A day or a minute of it, as ISO 8601 text; YAML reads a bare one as a date."""
    if isinstance(value, date):
        value = value.isoformat()  # of a datetime, too
    try:
        if not isinstance(value, str):
            raise ValueError  # noqa: TRY004, TRY301
        day_or_minute(value)
    except ValueError:
        raise ValueError(
            f"{value!r} is no day; write 2026-12-24, or 2026-12-24T18:00, without a time zone"
        ) from None
    return value


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004
    return value


def _free(name: str) -> str:
    if name in _TAKEN | CONTENT | _OF_MAPPINGS:
        raise ValueError(f"{name!r} has a meaning of its own; choose another name")
    return name


def _plain(text: str) -> str:
    if not text.isprintable() or text.strip() != text:
        raise ValueError("must be one line of text, without spaces around it")
    return text


def _attribute_name(name: str) -> str:
    if name in attributes.BUILT_IN:
        raise ValueError(f"{name!r} is known of everybody; choose another name")
    if name in _OF_MAPPINGS:
        raise ValueError(f"{name!r} has a meaning of its own; choose another name")
    return name


def _attribute_type(written: object) -> str | tuple[str, ...]:
    """The name of a type, or the values of a choice."""
    if isinstance(written, str) and written in attributes.TYPES:
        return written
    if not isinstance(written, list):
        kinds = ", ".join(attributes.TYPES)
        raise ValueError(f"{written!r} is no type: {kinds}, or a list of values")  # noqa: TRY004
    values = tuple(value for value in written if isinstance(value, str) and value.strip() == value)
    if len(values) != len(written) or not all(
        1 <= len(v.encode()) <= bounds.NAME_BYTES for v in values
    ):
        raise ValueError("values are texts of 1 to 40 bytes; quote what YAML reads as another kind")
    if not 2 <= len(values) <= _MOST_CHOICES or len({*values}) != len(values):
        raise ValueError(f"a choice has 2 to {_MOST_CHOICES} values, each once")
    return values


_MOST_CHOICES = 32

Number = BeforeValidator(_number)
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,23}$")]
SlotName = Annotated[Name, AfterValidator(_free)]
AttributeName = Annotated[Name, AfterValidator(_attribute_name)]
AttributeType = Annotated[str | tuple[str, ...], PlainValidator(_attribute_type)]
Delay = Annotated[int, BeforeValidator(duration_ms), AfterValidator(_within(0, YEAR_MS))]
Window = Annotated[int, BeforeValidator(duration_ms), AfterValidator(_within(60_000, YEAR_MS))]
Wait = Annotated[int, BeforeValidator(duration_ms), AfterValidator(_within(0, 7 * 24 * HOUR_MS))]
Plain = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
"""A line for people to read."""
Minute = Annotated[int, BeforeValidator(minute_of_day)]
Zone = Annotated[str, AfterValidator(_zone)]
Chance = Annotated[float, Number, Field(gt=0.0, lt=1.0, allow_inf_nan=False)]
Exploration = Annotated[float, Number, Field(ge=0.01, le=0.5, allow_inf_nan=False)]
Percent = Annotated[float, Number, Field(gt=0.0, le=90.0, allow_inf_nan=False)]


def _moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(f'{value!r} is no text; write "2026-03-20 09:00", in quotes')  # noqa: TRY004
    try:
        moment_ms(value, "UTC")
    except ValueError as error:
        raise ValueError(
            f'{value!r} is no date and time, like "2026-03-20 09:00" or "2026-03-20T09:00+01:00"'
        ) from error
    return value


When = Annotated[str, BeforeValidator(_moment)]
Share = Annotated[float, Number, Field(ge=0.3, le=1.5, allow_inf_nan=False)]
Budget = Annotated[float, Number, Field(ge=0.0, le=bounds.MONEY, allow_inf_nan=False)]
Worth = Annotated[float, Number, Field(gt=0.0, le=bounds.MONEY, allow_inf_nan=False)]
Codes = Annotated[int, Number, Field(ge=0, le=_MOST_CODES)]
End = Annotated[str, BeforeValidator(_end)]
Flag = Annotated[bool, BeforeValidator(_flag)]
Version = Annotated[Literal[1], Number]
