"""CSV logs: rows to events by a mapping of columns."""

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schemas import library
from schemas.errors import StopError
from schemas.recorded import (
    LOGGED_RECORDS,
    BadLineError,
    Entry,
    LoggedEvent,
    Reader,
    Record,
    check_name,
    epoch_ms,
    event_id,
    rejected,
)
from schemas.recorded_lines import Line

_ITEM_FIELDS = ("product_id", "category", "price", "quantity")
_TRUE = frozenset(("1", "true", "yes"))

RowMapper = Callable[[list[str], Line], tuple[str, Record]]


class BadMappingError(StopError):
    """A column mapping can't be used; the message lists everything wrong with it."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """How a CSV log's columns become fields.

    Attributes:
        columns: Field to column. Beside the records' own fields: `type`, the column that tells
            the record; dotted names reach inside (`attributes.first_name`, `proof.source`).
        types: A value of the `type` column to a record's name, for carts with the action:
            `{"view": "browse", "add_to_cart": "cart:add"}`. Unlisted values stand for themselves.
        record: The record of every row, where there is no `type` column.
        time_format: `ms` and `s` for epoch numbers, `iso`, or a `strptime` format (UTC).
        delimiter: Between columns.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    record: str | None = None
    time_format: str = "iso"
    delimiter: str = ","


def load_mapping(path: Path) -> ColumnMapping:
    """Read a mapping from a TOML file with the attributes of `ColumnMapping` as its keys.

    Raises:
        BadMappingError: It can't be read, or has unknown keys or values of the wrong type.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadMappingError(f"{path}: {error}") from error
    wrong = []
    for key, value in raw.items():
        if key in ("columns", "types"):
            good = isinstance(value, dict) and all(isinstance(part, str) for part in value.values())
        elif key in ("record", "time_format", "delimiter"):
            good = isinstance(value, str)
        else:
            wrong.append(f"{key} is not a key of a mapping")
            continue
        if not good:
            wrong.append(f"{key} has the wrong type")
    if wrong:
        raise BadMappingError(f"{path}: {'; '.join(wrong)}")
    return ColumnMapping(**raw)


def mapped_reader(mapping: ColumnMapping, header: Line) -> Reader:
    """The reader of a CSV log with this header.

    Raises:
        BadMappingError: The header lacks a mapped column, or the mapping is incomplete.
    """
    names = parse_header(header, mapping.delimiter)
    wrong = _faults(mapping, names)
    if wrong:
        raise BadMappingError("the column mapping can't be used: " + "; ".join(wrong))
    to_event = _Mapper(mapping, names)
    return lambda lines: read_rows(lines, to_event, mapping.delimiter, len(names))


def parse_header(header: Line, delimiter: str = ",") -> list[str]:
    """The names of the columns."""
    text = header.text.decode("utf-8-sig", errors="replace")
    return [name.strip() for name in next(csv.reader([text], delimiter=delimiter), [])]


def read_rows(
    lines: Iterator[Line], to_event: RowMapper, delimiter: str, columns: int
) -> Iterator[Entry]:
    """Events from the rows of a CSV log; a quoted field may go over several lines."""
    pulled = _Pulled(lines)
    rows = csv.reader(pulled, delimiter=delimiter)
    while True:
        row: list[str] | None
        fault: BadLineError | None = None
        try:
            row = next(rows, None)
        except csv.Error as error:
            row, fault = [], BadLineError("bad_row", str(error))
        line = pulled.take()
        if row is None or line is None:
            return
        fault = fault or _row_fault(row, line, columns)
        if not row and fault is None:
            continue
        try:
            if fault is not None:
                raise fault
            name, record = to_event(row, line)
        except BadLineError as error:
            yield rejected(error, line)
        else:
            yield LoggedEvent(name, record, line.text, line.number, line.end)


def _row_fault(row: list[str], line: Line, columns: int) -> BadLineError | None:
    if line.cut:
        return BadLineError("too_long", "the line is longer than a mebibyte")
    if not line.text.isascii():
        try:
            line.text.decode()
        except UnicodeDecodeError:
            return BadLineError("bad_encoding", "the row is not UTF-8")
    if row and len(row) != columns:
        return BadLineError("bad_row", f"{len(row)} columns where the header has {columns}")
    return None


class _Pulled:
    """Feeds text to `csv.reader` and remembers which lines it has pulled for a row."""

    def __init__(self, lines: Iterator[Line]) -> None:
        self._lines = lines
        self._taken: list[Line] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._taken.append(line)
        return line.text.decode("utf-8", errors="surrogateescape") + "\n"

    def take(self) -> Line | None:
        """The lines pulled since the last call, as one."""
        taken, self._taken = self._taken, []
        if len(taken) <= 1:
            return taken[0] if taken else None
        text = b"\n".join(line.text for line in taken)
        cut = any(line.cut for line in taken)
        return Line(taken[-1].number, taken[0].start, taken[-1].end, text, cut)


class _Mapper:
    """Turns a row into an event by a column mapping."""

    def __init__(self, mapping: ColumnMapping, names: list[str]) -> None:
        self._mapping = mapping
        self._at = {field: names.index(column) for field, column in mapping.columns.items()}
        self._type_at = self._at.pop("type", None)

    def __call__(self, row: list[str], line: Line) -> tuple[str, Record]:
        name, action = self._name(row)
        record: Record = {"action": action} if action else {}
        kinds = _kinds(name)
        for path, at in self._at.items():
            cell = row[at].strip()
            top, _, inner = path.partition(".")
            if not cell or (top not in kinds and not (name == "purchase" and top in _ITEM_FIELDS)):
                continue  # a column for another of the log's records
            if path == "occurred_at":
                record[path] = self._time(cell)
            elif inner:
                record.setdefault(top, {})[inner] = _inner(inner, cell)
            else:
                record[path] = convert(cell, kinds.get(path) or _item_kind(path), path)
        if name != "catalog":
            if "occurred_at" not in record:
                raise BadLineError("bad_time", "the row has no time")
            record.setdefault("event_id", event_id(line))
        return name, as_order(record) if name == "purchase" else record

    def _name(self, row: list[str]) -> tuple[str, str]:
        if self._type_at is None:
            name = self._mapping.record or ""
        else:
            value = row[self._type_at].strip()
            if not value:
                raise BadLineError("no_type", "the row names no type")
            name = self._mapping.types.get(value, value)
        name, _, action = name.partition(":")
        check_name(name)
        return name, action

    def _time(self, cell: str) -> int:
        style = self._mapping.time_format
        if style == "iso":
            return epoch_ms(cell)
        try:
            if style in ("ms", "s"):
                return round(float(cell) * (1 if style == "ms" else 1000))
            moment = datetime.strptime(cell, style)  # noqa: DTZ007  zone set in the next line
        except (ValueError, OverflowError) as error:
            raise BadLineError("bad_time", f"the time is not of the format {style}") from error
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return round(moment.timestamp() * 1000)


def as_order(record: Record) -> Record:
    """Fold a bought product's columns into an order of one line; fills in its id and total."""
    item = {name: record.pop(name) for name in _ITEM_FIELDS if name in record}
    if item:
        item.setdefault("quantity", 1)
        record["items"] = [item]
        if "price" in item:
            record.setdefault("total", item["price"] * item["quantity"])
    record.setdefault("items", [])
    record.setdefault("order_id", f"order-{record['event_id']}")
    return record


def convert(cell: str, kind: str, path: str) -> Any:
    """A cell as the schema's type.

    Raises:
        BadLineError: `bad_value`.
    """
    try:
        if kind in ("int", "long"):
            return int(cell)
        if kind in ("double", "float"):
            return float(cell)
    except ValueError as error:
        raise BadLineError("bad_value", f"{path} is not a number") from error
    return cell.lower() in _TRUE if kind == "boolean" else cell


def _inner(name: str, cell: str) -> Any:
    return epoch_ms(cell) if name == "confirmed_at" else cell


def _item_kind(path: str) -> str:
    return {"price": "double", "quantity": "int"}.get(path, "string")


_cached_kinds: dict[str, dict[str, str]] = {}


def _kinds(name: str) -> dict[str, str]:
    """By field, the name of its type, of the branch that isn't null in a union."""
    if name not in _cached_kinds:
        kinds = {}
        for each in library.current(name).schema["fields"]:
            kind = each["type"]
            if isinstance(kind, list):
                kind = next(branch for branch in kind if branch != "null")
            kinds[each["name"]] = kind["type"] if isinstance(kind, dict) else kind
        _cached_kinds[name] = kinds
    return _cached_kinds[name]


def _faults(mapping: ColumnMapping, names: list[str]) -> list[str]:
    wrong = [
        f"there is no column {column!r} (for {name})"
        for name, column in mapping.columns.items()
        if column not in names
    ]
    if "type" not in mapping.columns and not mapping.record:
        wrong.append("neither a type column nor one record for all rows is named")
    if len(mapping.delimiter) != 1:
        wrong.append("the delimiter is not one character")
    targets = {value.partition(":")[0] for value in mapping.types.values()}
    if mapping.record:
        targets.add(mapping.record.partition(":")[0])
    wrong += [
        f"{name!r} is no record that a log may hold" for name in sorted(targets - LOGGED_RECORDS)
    ]
    # With a type column, values that are not listed stand for themselves: any record may come.
    possible = LOGGED_RECORDS if "type" in mapping.columns else targets & LOGGED_RECORDS
    known = {"type", *_ITEM_FIELDS}.union(*(_kinds(name) for name in possible))
    wrong += [
        f"{name!r} is no field of these records"
        for name in mapping.columns
        if name.partition(".")[0] not in known
    ]
    return wrong
