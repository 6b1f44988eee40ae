"""What the schemas can't say: whether an event makes sense.

`check_event` runs on every event, in the `Emitter` and again in intake, so each check is a few
comparisons. A refused event becomes a dead letter under the reason code given.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from schemas.catalog_entry import CATEGORY, CATEGORY_PREFIX, KINDS
from schemas.field_checks import (
    MAX_ITEMS,
    MAX_PRICE,
    OLDEST_MS,
    InvalidEventError,
    check_address,
    check_id,
    check_named_texts,
    check_names,
    check_optional_id,
    check_price,
    check_quantity,
    check_text,
    check_time,
    is_locale,
    is_time_zone,
)
from schemas.keys import ANONYMOUS_PREFIX

AHEAD_MS: Final = 86_400_000
"""How far a product app's clock may run ahead; an event from later is `future`."""
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
    check_id("event_id", event_id)
    if subscriber:
        check_id("subscriber_id", subscriber)
        if subscriber.startswith(ANONYMOUS_PREFIX):
            raise InvalidEventError("bad_id", f"subscriber_id begins with {ANONYMOUS_PREFIX}")
    elif not anonymous:
        raise InvalidEventError("no_subscriber", "neither subscriber_id nor anonymous_id is set")
    if anonymous:
        check_id("anonymous_id", anonymous)
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
    check_price("price", record["price"])
    if currency not in (ANY_CURRENCY, record["currency"]) and record["price"]:
        raise InvalidEventError(
            "other_currency",
            f"its price is in {record['currency'][:8]!r}, the shop's in {currency}",
        )
    for field in ("name", "url", "image_url", "text"):
        check_text(field, record[field])
    check_optional_id("brand", record["brand"])
    for field in ("tags", "about"):
        check_names(field, record[field])
    for field in ("since", "ends_at"):
        check_time(field, record[field])
    if record["stock"] < 0:
        raise InvalidEventError("bad_stock", f"stock is {record['stock']}")
    rating = record["rating"]
    if rating is not None and not 0.0 <= rating <= 5.0:
        raise InvalidEventError("bad_rating", f"rating is {rating}, not from 0 to 5")


def _kind(record: Record) -> None:
    kind, product_id, category = record["kind"], record["product_id"], record["category"]
    if kind not in KINDS:
        raise InvalidEventError("bad_kind", f"kind is none of {', '.join(sorted(KINDS))}")
    check_id("product_id", product_id)
    if product_id.startswith(CATEGORY_PREFIX) != (kind == CATEGORY):
        raise InvalidEventError(
            "bad_id",
            f"product_id begins with {CATEGORY_PREFIX} for categories, and for nothing else",
        )
    if kind == CATEGORY:
        check_id("product_id", product_id.removeprefix(CATEGORY_PREFIX))
    if category or kind != CATEGORY:
        check_id("category", category)


def check_product_id(product_id: Any) -> None:
    """Check the id of a product that is to be deleted, where no schema has seen to its type.

    Raises:
        InvalidEventError: `bad_id`.
    """
    if not isinstance(product_id, str):
        raise InvalidEventError(
            "bad_id", f"product_id is text, as in the catalog, not {type(product_id).__name__}"
        )
    check_id("product_id", product_id)


def _product(record: Record) -> None:
    product = record["product_id"]
    if product is not None:
        check_id("product_id", product)
    category = record["category"]
    if category is not None:
        check_id("category", category)
    price = record["price"]
    if price is not None:
        check_price("price", price)


def _browse(record: Record) -> None:
    _product(record)
    check_optional_id("session_id", record["session_id"])


def _cart(record: Record) -> None:
    _product(record)
    check_quantity(record["quantity"])
    check_optional_id("session_id", record["session_id"])


def _click(record: Record) -> None:
    _product(record)
    check_optional_id("decision_id", record["decision_id"])
    check_text("url", record["url"])
    check_text("user_agent", record["user_agent"])
    check_optional_id("machine", record["machine"])


def _purchase(record: Record) -> None:
    check_id("order_id", record["order_id"])
    check_price("total", record["total"])
    check_price("discount", record["discount"])
    check_optional_id("offer", record["offer"])
    check_optional_id("code", record["code"])
    check_optional_id("session_id", record["session_id"])
    items = record["items"]
    if len(items) > MAX_ITEMS:
        raise InvalidEventError("too_many", f"{len(items)} items, at most {MAX_ITEMS} are allowed")
    for item in items:
        check_id("item's product_id", item["product_id"])
        check_optional_id("item's category", item["category"])
        check_price("item's price", item["price"])
        check_quantity(item["quantity"])


def _refund(record: Record) -> None:
    check_id("order_id", record["order_id"])
    total = record["total"]
    if total is not None:
        check_price("total", total)


def _search(record: Record) -> None:
    check_text("query", record["query"])
    check_optional_id("category", record["category"])
    check_optional_id("session_id", record["session_id"])


def _milestone(record: Record) -> None:
    check_id("name", record["name"])
    value = record["value"]
    if not 0.0 <= value <= MAX_PRICE:
        raise InvalidEventError("bad_value", f"value is {value}, not from 0 to {MAX_PRICE:g}")


def _wish(record: Record) -> None:
    check_id("product_id", record["product_id"])
    price = record["price"]
    if price is not None:
        check_price("price", price)


def _consent(record: Record) -> None:
    check_id("purpose", record["purpose"])
    check_optional_id("decision_id", record["decision_id"])
    check_named_texts("preferences", record["preferences"])
    proof = record["proof"]
    if proof is not None:
        check_text("proof's source", proof["source"])
        check_text("proof's text_version", proof["text_version"])
    if record["action"] == "opt_in" and not (proof and proof["source"] and proof["text_version"]):
        raise InvalidEventError(
            "no_proof", "an opt_in needs a proof with its source and the version of its text"
        )


def _profile(record: Record) -> None:
    address = record["address"]
    if address is not None:
        check_address(address)
    time_zone = record["time_zone"]
    if time_zone is not None and not is_time_zone(time_zone):
        raise InvalidEventError("bad_time_zone", "time_zone is no IANA time zone's name")
    locale = record["locale"]
    if locale is not None and not is_locale(locale):
        raise InvalidEventError("bad_locale", "locale is no language tag such as de-AT")
    check_named_texts("attributes", record["attributes"])


def _delivery(record: Record) -> None:
    if not record["decision_id"]:
        raise InvalidEventError("no_decision", "decision_id is empty")
    check_id("decision_id", record["decision_id"])
    if record["status"] not in DELIVERY_STATUSES:
        raise InvalidEventError("bad_status", "status is none of the declared ones")
    check_text("detail", record["detail"])
    check_optional_id("provider", record["provider"])
    check_named_texts("instead", record["instead"])
    check_optional_id("code", record["code"])


def _open(record: Record) -> None:
    check_optional_id("decision_id", record["decision_id"])
    check_text("user_agent", record["user_agent"])
    check_id("trust", record["trust"])
    check_optional_id("proxy", record["proxy"])


def _identify(record: Record) -> None:
    if not record["subscriber_id"]:
        raise InvalidEventError("no_subscriber", "identify needs a subscriber_id")
    if not record["anonymous_id"]:
        raise InvalidEventError("no_anonymous", "identify needs an anonymous_id")


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
    "open": _open,
    "identify": _identify,
}

EVENTS: Final = tuple(_CHECKS)
"""The names of the records that are events."""
