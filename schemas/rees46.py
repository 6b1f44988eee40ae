"""The public REES46 logs of shops, as CSV (https://rees46.com/en/datasets).

`event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session`, in
any order and with other columns among them or not. The types are `view`, `cart`, `purchase` and, in
some, `remove_from_cart`. An order of several products is one row each: neighbouring rows of one
session and second are one order.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from operator import itemgetter

from schemas.recorded import BadLineError, Entry, LoggedEvent, Reader, Record, event_id
from schemas.recorded_csv import as_order, convert, parse_header, read_rows
from schemas.recorded_lines import Line

COLUMNS = (
    "event_time",
    "event_type",
    "product_id",
    "category_id",
    "category_code",
    "brand",
    "price",
    "user_id",
    "user_session",
)

_MAX_JOINED = 200
"""Most rows joined into one order."""

_TYPES = {
    "view": ("browse", None),
    "cart": ("cart", "add"),
    "remove_from_cart": ("cart", "remove"),
    "purchase": ("purchase", None),
}


def rees46_reader(header: Line) -> Reader | None:
    """The reader, if the header has this layout's columns, each once."""
    names = parse_header(header)
    if any(names.count(name) != 1 for name in COLUMNS):
        return None
    ours = itemgetter(*map(names.index, COLUMNS))
    return lambda lines: join_orders(
        read_rows(lines, lambda row, line: _event(ours(row), line), ",", len(names))
    )


def _event(cells: tuple[str, ...], line: Line) -> tuple[str, Record]:
    """The event of a row whose cells are in the order of `COLUMNS`."""
    time, kind, product, category_id, category_code, _brand, price, user, session = cells
    if kind not in _TYPES:
        raise BadLineError("unknown_type", f"event_type is none of {', '.join(_TYPES)}")
    name, action = _TYPES[kind]
    record: Record = {
        "event_id": event_id(line),
        "occurred_at": _time_ms(time),
        "subscriber_id": user,
        "product_id": product,
        "category": category_code or category_id or None,
        "session_id": session or None,
    }
    if price:
        record["price"] = convert(price, "double", "price")
    if action:
        record["action"] = action
    if name == "purchase" and "price" not in record:
        raise BadLineError("bad_value", "a purchase has no price")
    return name, as_order(record) if name == "purchase" else record


def _time_ms(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError as error:
        raise BadLineError("bad_time", "event_time is not like 2019-10-01 00:00:00 UTC") from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def join_orders(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Join neighbouring purchases of one session and second into one order."""
    held: LoggedEvent | None = None
    for entry in entries:
        if held is not None:
            joined = _joined(held, entry)
            if joined is not None:
                held = joined
                continue
            yield held
            held = None
        if isinstance(entry, LoggedEvent) and entry.name == "purchase":
            held = entry
        else:
            yield entry
    if held is not None:
        yield held


def _joined(held: LoggedEvent, entry: Entry) -> LoggedEvent | None:
    if not isinstance(entry, LoggedEvent) or entry.name != "purchase":
        return None
    mine, other = held.record, entry.record
    same = ("subscriber_id", "session_id", "occurred_at")
    if not mine["session_id"] or any(mine[name] != other[name] for name in same):
        return None
    if len(mine["items"]) >= _MAX_JOINED:
        return None
    items = mine["items"] + other["items"]
    record = {**mine, "items": items, "total": mine["total"] + other["total"]}
    return replace(
        held, record=record, text=held.text + b"\n" + entry.text, line=entry.line, end=entry.end
    )
