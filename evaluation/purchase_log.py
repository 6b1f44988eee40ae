"""Reading a log of transactions: who bought, on which day, for how much.

A CSV file with a header line and the columns `customer`, `date` and `value`. What a value below 0
pays back is no order. A line that stands there twice counts once.
"""

import csv
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from math import isfinite
from pathlib import Path
from typing import TextIO

from evaluation.log_error import (
    SHOWN_PROBLEMS,
    BadLineError,
    LogError,
    check_lines,
    check_text,
)

REQUIRED = ("customer", "date", "value")
_EPOCH = date(1970, 1, 1)


class PurchaseLogError(LogError):
    """A log of transactions can't be used; see `LogError`."""

    def __init__(self, path: Path, problems: list[str], count: int | None = None) -> None:
        super().__init__(path, f"log of transactions ({', '.join(REQUIRED)})", problems, count)


@dataclass(slots=True)
class PurchaseLog:
    """Transactions in the order of their days, then of the file.

    Attributes:
        rows: Each one's day (days since 1970), customer, and value, below 0 where it was paid back.
        customers: Their names, by number, in the order of appearance.
        repeated: Lines that stood there before and count once.
        refused: By reason, how many lines gave no transaction.
    """

    rows: list[tuple[int, int, float]]
    customers: list[str]
    repeated: int = 0
    refused: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Found:
    """What was read, line by line."""

    customers: dict[str, int] = field(default_factory=dict)
    rows: dict[tuple[int, int, float], None] = field(default_factory=dict)
    repeated: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def day_of(text: str) -> int:
    """Read a day, in days since 1970: `YYYY-MM-DD` or `YYYYMMDD`; with a time, its day in UTC.

    Raises:
        ValueError: It is none.
    """
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text[:40]!r} is no date like 2026-05-01 or 20260501") from None
    if at.tzinfo is not None:
        try:
            at = at.astimezone(UTC)
        except OverflowError:
            raise ValueError(f"{text[:40]!r} is in no calendar") from None
    if not 1900 <= at.year <= 2100:
        raise ValueError(f"{text[:40]!r} is not from 1900 to 2100")
    return (at.date() - _EPOCH).days


def date_of(day: int) -> str:
    """Write a day as `YYYY-MM-DD`."""
    return date.fromordinal(day + _EPOCH.toordinal()).isoformat()


def read_purchase_log(path: Path, *, skip_bad: bool = False) -> PurchaseLog:
    """Read a log.

    Args:
        path: CSV with a header line; columns other than the three are ignored.
        skip_bad: Count lines that give no transaction and go on, instead of refusing the log.

    Raises:
        PurchaseLogError: A column is missing; lines give no transaction (`bad_line`, `no_customer`,
            `bad_date`, `bad_value`, `bad_text`) and `skip_bad` isn't set; or none does.
    """
    found = _Found()
    # What isn't UTF-8 is told by its line instead of ending the reading.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        _read(path, file, found)
    count = found.refused.total()
    if count and (not skip_bad or not found.rows):
        raise PurchaseLogError(path, found.problems, count)
    if not found.rows:
        raise PurchaseLogError(path, ["it holds no transactions"])
    rows = sorted(found.rows, key=lambda row: row[0])  # stable: the file's order within a day
    return PurchaseLog(rows, list(found.customers), found.repeated, dict(found.refused))


def _read(path: Path, file: TextIO, found: _Found) -> None:
    reader = csv.reader(file)
    try:
        header = [name.strip().lower() for name in next(reader, [])]
    except csv.Error as error:
        raise PurchaseLogError(path, [f"line 1: not CSV: {error}"]) from None
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise PurchaseLogError(path, [f"line 1: no column {name!r}" for name in missing])
    places = [header.index(name) for name in REQUIRED]
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
            check_lines(first, reader.line_num)
            if row:
                _take(row, places, found)
        except StopIteration:
            return
        except BadLineError as error:
            _refuse(found, first, error.reason, str(error), reader.line_num - first + 1)
        except csv.Error as error:
            _refuse(found, first, "bad_line", f"not CSV: {error}", reader.line_num - first + 1)


def _take(row: list[str], places: list[int], found: _Found) -> None:
    if len(row) <= max(places):
        raise BadLineError("bad_line", f"{len(row)} columns, fewer than the header names")
    customer, on, value = (row[place].strip() for place in places)
    if not customer:
        raise BadLineError("no_customer", "customer is empty")
    if not customer.isascii():
        check_text(customer)
    try:
        day = day_of(on)
    except ValueError as error:
        raise BadLineError("bad_date", f"date {error}") from None
    number = found.customers.setdefault(customer, len(found.customers))
    one = (day, number, _value(value))
    if one in found.rows:
        found.repeated += 1
    found.rows[one] = None


def _value(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value):
        raise BadLineError("bad_value", f"value is {text[:40]!r}, not a number")
    return value


def _refuse(found: _Found, line: int, reason: str, detail: str, lines: int) -> None:
    found.refused[reason] += lines
    if len(found.problems) < SHOWN_PROBLEMS:
        found.problems.append(f"line {line}: {reason}: {detail}")
