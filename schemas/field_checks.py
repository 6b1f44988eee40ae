"""What single values of events and catalog records may be: ids, texts, times, prices, addresses."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from schemas.errors import DeadLetterError

OLDEST_MS: Final = 946_684_800_000
"""2000-01-01T00:00:00Z; an event from before is `ancient`."""
LATEST_MS: Final = 4_102_444_800_000
"""2100-01-01T00:00:00Z; nothing in the catalog begins or ends later."""
MAX_ID_LENGTH: Final = 256
"""Longest id, category, locale or other name, in characters."""
MAX_TEXT_LENGTH: Final = 2_048
"""Longest free text and URL, in characters."""
MAX_PRICE: Final = 1e12
MAX_QUANTITY: Final = 1_000_000
MAX_ITEMS: Final = 1_000
"""Most lines in an order, and most attributes of a person."""
MAX_NAMES: Final = 100
"""Most tags of a catalog record, and most that it is about."""


class InvalidEventError(DeadLetterError):
    """An event that is well-formed Avro and makes no sense.

    Reasons, common to all: `not_an_event`, `no_event_id`, `no_subscriber`, `bad_id`, `ancient`,
    `future`; by record: `bad_price`, `bad_quantity`, `bad_text`, `bad_address`, `bad_time_zone`,
    `bad_locale`, `no_proof`, `no_anonymous`, `no_decision`, `bad_status`, `bad_stock`,
    `bad_rating`, `bad_kind`, `bad_time`, `other_currency`, `bad_value`,
    `too_many`.
    """


def check_id(field: str, value: str) -> None:
    """Check an id, a category or another name.

    Raises:
        InvalidEventError: `bad_id`.
    """
    # isprintable is False for control characters, line breaks and lone surrogates.
    if not value or len(value) > MAX_ID_LENGTH or not value.isprintable():
        raise InvalidEventError(
            "bad_id",
            f"{field} is empty, longer than {MAX_ID_LENGTH} characters or has control characters",
        )


def check_optional_id(field: str, value: str | None) -> None:
    """Check an id that may be left out; see `check_id`."""
    if value is not None:
        check_id(field, value)


def check_text(field: str, value: str | None) -> None:
    """Check a free text or URL that may be left out.

    Raises:
        InvalidEventError: `bad_text`.
    """
    if value is not None and (len(value) > MAX_TEXT_LENGTH or "\0" in value):
        raise InvalidEventError(
            "bad_text", f"{field} is longer than {MAX_TEXT_LENGTH} characters or holds a zero"
        )


def check_names(field: str, names: Sequence[str]) -> None:
    """Check a list of names.

    Raises:
        InvalidEventError: `too_many`, or `bad_id` for one of them.
    """
    if len(names) > MAX_NAMES:
        raise InvalidEventError("too_many", f"{len(names)} {field}, at most {MAX_NAMES}")
    for name in names:
        check_id(f"one of {field}", name)


def check_time(field: str, at_ms: int | None) -> None:
    """Check a time of a catalog record, epoch milliseconds.

    Raises:
        InvalidEventError: `bad_time`.
    """
    if at_ms is not None and not OLDEST_MS <= at_ms <= LATEST_MS:
        raise InvalidEventError(
            "bad_time", f"{field} {at_ms} is not from 2000 to 2100; is it in milliseconds?"
        )


def check_price(field: str, value: float) -> None:
    """Check an amount of money.

    Raises:
        InvalidEventError: `bad_price`.
    """
    # Written so that NaN, which compares false with everything, is refused too.
    if not 0.0 <= value <= MAX_PRICE:
        raise InvalidEventError("bad_price", f"{field} is {value}, not from 0 to {MAX_PRICE:g}")


def check_quantity(value: int) -> None:
    """Check a number of pieces.

    Raises:
        InvalidEventError: `bad_quantity`.
    """
    if not 1 <= value <= MAX_QUANTITY:
        raise InvalidEventError("bad_quantity", f"quantity is {value}, not 1 to {MAX_QUANTITY}")


def check_named_texts(field: str, values: Mapping[str, str]) -> None:
    """Check texts by name, such as attributes.

    Raises:
        InvalidEventError: `too_many`, `bad_id` or `bad_text`.
    """
    if len(values) > MAX_ITEMS:
        raise InvalidEventError("too_many", f"{len(values)} {field}, at most {MAX_ITEMS}")
    for key, value in values.items():
        check_id(f"a key of {field}", key)
        check_text(f"a value of {field}", value)


def check_address(address: str) -> None:
    """Check an e-mail address by its form, without asking the network.

    International addresses (RFC 6531) are fine.

    Raises:
        InvalidEventError: `bad_address`; the message does not repeat the address.
    """
    try:
        # `.test` domains (RFC 6761) are what demos and tests mail to.
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        # email-validator's messages quote parts of the address, so only the class is told.
        raise InvalidEventError("bad_address", "address is no e-mail address") from error


@lru_cache(maxsize=1_024)
def is_time_zone(name: str) -> bool:
    """Whether it is an IANA time zone's name."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # OSError: the name of a directory of zones, such as Europe.
        return False
    return True


def is_locale(tag: str) -> bool:
    """Whether it is a language tag such as de-AT."""
    parts = tag.replace("_", "-").split("-")
    return (
        len(tag) <= 35
        and tag.isascii()
        and all(part.isalnum() and len(part) <= 8 for part in parts)
        and 2 <= len(parts[0]) <= 8
        and parts[0].isalpha()
    )
