"""What the schemas can't say: whether an event makes sense.

`check_event` runs on every event, in the `Emitter` and again in intake, so each check is a few
comparisons. A refused event becomes a dead letter under the reason code given.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email

from schemas.catalog_entry import CATEGORY, CATEGORY_PREFIX, KINDS
from schemas.errors import DeadLetterError
from schemas.keys import ANONYMOUS_PREFIX

OLDEST_MS: Final = 946_684_800_000
"""2000-01-01T00:00:00Z; an event from before is `ancient`."""
AHEAD_MS: Final = 86_400_000
"""How far a product app's clock may run ahead; an event from later is `future`."""
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
ANY_CURRENCY: Final = "any"
"""In a currency's place: prices are in whatever each record says."""

DELIVERY_STATUSES: Final = frozenset(
    {
        "accepted",
        "rejected",
        "unknown",
        "expired",
        "no_consent",
        "suppressed",
        "paused",
        "not_allowed",
        "no_contact",
        "unrenderable",
        "gone",
        "code_taken",
        "superseded",
        "sold_out",
        "price_changed",
        "bounced",
        "complained",
    }
)

Record = Mapping[str, Any]


class InvalidEventError(DeadLetterError):
    """An event that is well-formed Avro and makes no sense.

    Reasons, common to all: `not_an_event`, `no_event_id`, `no_subscriber`, `bad_id`, `ancient`,
    `future`; by record: `bad_price`, `bad_quantity`, `bad_text`, `bad_address`, `bad_time_zone`,
    `bad_locale`, `no_proof`, `no_anonymous`, `no_decision`, `bad_status`, `bad_stock`,
    `bad_rating`, `bad_kind`, `bad_time`, `other_currency`, `bad_value`,
    `too_many`.
    """


def check_event(name: str, record: Record, now_ms: int) -> None:
    """Check an event of the record `name`, decoded or about to be encoded.

    Args:
        now_ms: The present, epoch milliseconds.

    Raises:
        InvalidEventError: It makes no sense; see there for the reasons.
    """
    own = _CHECKS.get(name)
    if own is None:
        raise InvalidEventError("not_an_event", f"{name} is no event")
    event_id = record["event_id"]
    if not event_id:
        raise InvalidEventError("no_event_id", "event_id is empty")
    subscriber = record["subscriber_id"]
    anonymous = record["anonymous_id"]
    _id("event_id", event_id)
    if subscriber:
        _id("subscriber_id", subscriber)
        if subscriber.startswith(ANONYMOUS_PREFIX):
            raise InvalidEventError("bad_id", f"subscriber_id begins with {ANONYMOUS_PREFIX}")
    elif not anonymous:
        raise InvalidEventError("no_subscriber", "neither subscriber_id nor anonymous_id is set")
    if anonymous:
        _id("anonymous_id", anonymous)
    occurred_at = record["occurred_at"]
    if occurred_at < OLDEST_MS:
        raise InvalidEventError(
            "ancient", f"occurred_at {occurred_at} is before 2000; is it in milliseconds?"
        )
    if occurred_at > now_ms + AHEAD_MS:
        raise InvalidEventError(
            "future", f"occurred_at {occurred_at} is more than a day after {now_ms}"
        )
    own(record)


def check_product(record: Record, currency: str = ANY_CURRENCY) -> None:
    """Check a `catalog` record, of a product or of another kind.

    Args:
        currency: The shop's, or `ANY_CURRENCY`.

    Raises:
        InvalidEventError: `bad_kind`, `bad_id`, `bad_text`, `bad_price`, `other_currency`,
            `bad_stock`, `bad_rating`, `bad_time` or `too_many`.
    """
    _kind(record)
    _price("price", record["price"])
    if currency not in (ANY_CURRENCY, record["currency"]) and record["price"]:
        raise InvalidEventError(
            "other_currency",
            f"its price is in {record['currency'][:8]!r}, the shop's in {currency}",
        )
    for field in ("name", "url", "image_url", "text"):
        _text(field, record[field])
    _optional_id("brand", record["brand"])
    for field in ("tags", "about"):
        _names(field, record[field])
    for field in ("since", "ends_at"):
        _time(field, record[field])
    if record["stock"] < 0:
        raise InvalidEventError("bad_stock", f"stock is {record['stock']}")
    rating = record["rating"]
    if rating is not None and not 0.0 <= rating <= 5.0:
        raise InvalidEventError("bad_rating", f"rating is {rating}, not from 0 to 5")


def _kind(record: Record) -> None:
    kind, product_id, category = record["kind"], record["product_id"], record["category"]
    if kind not in KINDS:
        raise InvalidEventError("bad_kind", f"kind is none of {', '.join(sorted(KINDS))}")
    _id("product_id", product_id)
    if product_id.startswith(CATEGORY_PREFIX) != (kind == CATEGORY):
        raise InvalidEventError(
            "bad_id",
            f"product_id begins with {CATEGORY_PREFIX} for categories, and for nothing else",
        )
    if kind == CATEGORY:
        _id("product_id", product_id.removeprefix(CATEGORY_PREFIX))
    if category or kind != CATEGORY:
        _id("category", category)


def check_product_id(product_id: Any) -> None:
    """Check the id of a product that is to be deleted, where no schema has seen to its type.

    Raises:
        InvalidEventError: `bad_id`.
    """
    if not isinstance(product_id, str):
        raise InvalidEventError(
            "bad_id", f"product_id is text, as in the catalog, not {type(product_id).__name__}"
        )
    _id("product_id", product_id)


def _id(field: str, value: str) -> None:
    # isprintable is False for control characters, line breaks and lone surrogates.
    if not value or len(value) > MAX_ID_LENGTH or not value.isprintable():
        raise InvalidEventError(
            "bad_id",
            f"{field} is empty, longer than {MAX_ID_LENGTH} characters or has control characters",
        )


def _optional_id(field: str, value: str | None) -> None:
    if value is not None:
        _id(field, value)


def _text(field: str, value: str | None) -> None:
    if value is not None and (len(value) > MAX_TEXT_LENGTH or "\0" in value):
        raise InvalidEventError(
            "bad_text", f"{field} is longer than {MAX_TEXT_LENGTH} characters or holds a zero"
        )


def _names(field: str, names: Sequence[str]) -> None:
    if len(names) > MAX_NAMES:
        raise InvalidEventError("too_many", f"{len(names)} {field}, at most {MAX_NAMES}")
    for name in names:
        _id(f"one of {field}", name)


def _time(field: str, at_ms: int | None) -> None:
    if at_ms is not None and not OLDEST_MS <= at_ms <= LATEST_MS:
        raise InvalidEventError(
            "bad_time", f"{field} {at_ms} is not from 2000 to 2100; is it in milliseconds?"
        )


def _price(field: str, value: float) -> None:
    # Written so that NaN, which compares false with everything, is refused too.
    if not 0.0 <= value <= MAX_PRICE:
        raise InvalidEventError("bad_price", f"{field} is {value}, not from 0 to {MAX_PRICE:g}")


def _quantity(value: int) -> None:
    if not 1 <= value <= MAX_QUANTITY:
        raise InvalidEventError("bad_quantity", f"quantity is {value}, not 1 to {MAX_QUANTITY}")


def _product(record: Record) -> None:
    product = record["product_id"]
    if product is not None:
        _id("product_id", product)
    category = record["category"]
    if category is not None:
        _id("category", category)
    price = record["price"]
    if price is not None:
        _price("price", price)


def _browse(record: Record) -> None:
    _product(record)
    _optional_id("session_id", record["session_id"])


def _cart(record: Record) -> None:
    _product(record)
    _quantity(record["quantity"])
    _optional_id("session_id", record["session_id"])


def _click(record: Record) -> None:
    _product(record)
    _optional_id("decision_id", record["decision_id"])
    _text("url", record["url"])
    _text("user_agent", record["user_agent"])


def _purchase(record: Record) -> None:
    _id("order_id", record["order_id"])
    _price("total", record["total"])
    _price("discount", record["discount"])
    _optional_id("offer", record["offer"])
    _optional_id("code", record["code"])
    _optional_id("session_id", record["session_id"])
    items = record["items"]
    if len(items) > MAX_ITEMS:
        raise InvalidEventError("too_many", f"{len(items)} items, at most {MAX_ITEMS} are allowed")
    for item in items:
        _id("item's product_id", item["product_id"])
        _optional_id("item's category", item["category"])
        _price("item's price", item["price"])
        _quantity(item["quantity"])


def _refund(record: Record) -> None:
    _id("order_id", record["order_id"])
    total = record["total"]
    if total is not None:
        _price("total", total)


def _search(record: Record) -> None:
    _text("query", record["query"])
    _optional_id("category", record["category"])
    _optional_id("session_id", record["session_id"])


def _milestone(record: Record) -> None:
    _id("name", record["name"])
    value = record["value"]
    if not 0.0 <= value <= MAX_PRICE:
        raise InvalidEventError("bad_value", f"value is {value}, not from 0 to {MAX_PRICE:g}")


def _wish(record: Record) -> None:
    _id("product_id", record["product_id"])
    price = record["price"]
    if price is not None:
        _price("price", price)


def _consent(record: Record) -> None:
    _id("purpose", record["purpose"])
    _optional_id("decision_id", record["decision_id"])
    _named_texts("preferences", record["preferences"])
    proof = record["proof"]
    if proof is not None:
        _text("proof's source", proof["source"])
        _text("proof's text_version", proof["text_version"])
    if record["action"] == "opt_in" and not (proof and proof["source"] and proof["text_version"]):
        raise InvalidEventError(
            "no_proof", "an opt_in needs a proof with its source and the version of its text"
        )


def _profile(record: Record) -> None:
    address = record["address"]
    if address is not None:
        check_address(address)
    time_zone = record["time_zone"]
    if time_zone is not None and not _is_time_zone(time_zone):
        raise InvalidEventError("bad_time_zone", "time_zone is no IANA time zone's name")
    locale = record["locale"]
    if locale is not None and not _is_locale(locale):
        raise InvalidEventError("bad_locale", "locale is no language tag such as de-AT")
    _named_texts("attributes", record["attributes"])


def _delivery(record: Record) -> None:
    if not record["decision_id"]:
        raise InvalidEventError("no_decision", "decision_id is empty")
    _id("decision_id", record["decision_id"])
    if record["status"] not in DELIVERY_STATUSES:
        raise InvalidEventError("bad_status", "status is none of the declared ones")
    _text("detail", record["detail"])
    _optional_id("provider", record["provider"])
    _named_texts("instead", record["instead"])
    _optional_id("code", record["code"])


def _identify(record: Record) -> None:
    if not record["subscriber_id"]:
        raise InvalidEventError("no_subscriber", "identify needs a subscriber_id")
    if not record["anonymous_id"]:
        raise InvalidEventError("no_anonymous", "identify needs an anonymous_id")


def _named_texts(field: str, values: Mapping[str, str]) -> None:
    if len(values) > MAX_ITEMS:
        raise InvalidEventError("too_many", f"{len(values)} {field}, at most {MAX_ITEMS}")
    for key, value in values.items():
        _id(f"a key of {field}", key)
        _text(f"a value of {field}", value)


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
def _is_time_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        # OSError: the name of a directory of zones, such as Europe.
        return False
    return True


def _is_locale(tag: str) -> bool:
    parts = tag.replace("_", "-").split("-")
    return (
        len(tag) <= 35
        and tag.isascii()
        and all(part.isalnum() and len(part) <= 8 for part in parts)
        and 2 <= len(parts[0]) <= 8
        and parts[0].isalpha()
    )


_CHECKS: Final[dict[str, Callable[[Record], None]]] = {
    "browse": _browse,
    "cart": _cart,
    "click": _click,
    "purchase": _purchase,
    "refund": _refund,
    "search": _search,
    "milestone": _milestone,
    "wish": _wish,
    "consent": _consent,
    "profile": _profile,
    "delivery": _delivery,
    "identify": _identify,
}

EVENTS: Final = tuple(_CHECKS)
"""The names of the records that are events."""
