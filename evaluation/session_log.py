"""Reading a log of sessions: who looked at what, one event a line.

A CSV file with a header line, the columns `session` and `item`, and optionally `time`. Rows are put
in the order of their time; without one they stand in the order in which they happened. Sessions may
interleave.
"""

import csv
from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from evaluation.log_error import (
    SHOWN_PROBLEMS,
    BadLineError,
    LogError,
    check_lines,
    check_text,
)
from evaluation.times import seconds

REQUIRED = ("session", "item")


class SessionLogError(LogError):
    """A log of sessions can't be used; see `LogError`."""

    def __init__(self, path: Path, problems: list[str], count: int | None = None) -> None:
        super().__init__(
            path, f"log of sessions ({', '.join(REQUIRED)} and optionally time)", problems, count
        )


@dataclass(slots=True)
class SessionLog:
    """Events in the order of their time, ids as numbers in the order of appearance.

    Attributes:
        events: Each event's session and item.
        sessions: How many there are; `items` likewise.
        refused: By reason, how many lines gave no event.
    """

    events: list[tuple[int, int]]
    sessions: int
    items: int
    refused: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Columns:
    """What was read, line by line; `items` may be those of another log already read."""

    items: dict[str, int]
    sessions: dict[str, int] = field(default_factory=dict)
    session: list[int] = field(default_factory=list)
    item: list[int] = field(default_factory=list)
    times: "array[float]" = field(default_factory=lambda: array("d"))
    refused: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def read_session_log(
    path: Path, items: dict[str, int] | None = None, *, skip_bad: bool = False
) -> SessionLog:
    """Read a log.

    Args:
        path: CSV with a header line and one event a line; columns other than `session`, `item` and
            `time` are ignored. A time is ISO 8601 or epoch, the same in all lines.
        items: Numbers of items already known from another log; new ones are added.
        skip_bad: Count lines that give no event and go on, instead of refusing the log.

    Raises:
        SessionLogError: A column is missing; lines give no event (`bad_line`, `no_session`,
            `no_item`, `bad_time`, `bad_text`) and `skip_bad` isn't set; or none does.
    """
    found = _Columns({} if items is None else items)
    # What isn't UTF-8 is told by its line instead of ending the reading.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        _read(path, file, found)
    count = found.refused.total()
    if count and (not skip_bad or not found.session):
        raise SessionLogError(path, found.problems, count)
    if not found.session:
        raise SessionLogError(path, ["it holds no events"])
    order = range(len(found.session))
    if found.times:
        order_by_time = sorted(order, key=found.times.__getitem__)  # stable: the file's at ties
        events = [(found.session[at], found.item[at]) for at in order_by_time]
    else:
        events = list(zip(found.session, found.item, strict=True))
    return SessionLog(events, len(found.sessions), len(set(found.item)), dict(found.refused))


def _read(path: Path, file: TextIO, found: _Columns) -> None:
    reader = csv.reader(file)
    try:
        header = [name.strip() for name in next(reader, [])]
    except csv.Error as error:
        raise SessionLogError(path, [f"line 1: not CSV: {error}"]) from None
    missing = [name for name in REQUIRED if name not in header]
    if missing:
        raise SessionLogError(path, [f"line 1: no column {name!r}" for name in missing])
    places = [header.index(name) for name in REQUIRED]
    time = header.index("time") if "time" in header else None
    while True:
        first = reader.line_num + 1
        try:
            row = next(reader)
            check_lines(first, reader.line_num)
            if row:
                _take(row, places, time, found)
        except StopIteration:
            return
        except BadLineError as error:
            _refuse(found, first, error.reason, str(error), reader.line_num - first + 1)
        except csv.Error as error:
            _refuse(found, first, "bad_line", f"not CSV: {error}", reader.line_num - first + 1)


def _take(row: list[str], places: list[int], time: int | None, found: _Columns) -> None:
    if len(row) <= max(*places, time or 0):
        raise BadLineError("bad_line", f"{len(row)} columns, fewer than the header names")
    session, item = (row[place].strip() for place in places)
    if not session:
        raise BadLineError("no_session", "session is empty")
    if not item:
        raise BadLineError("no_item", "item is empty")
    if not (session.isascii() and item.isascii()):
        check_text(session + item)
    if time is not None:
        try:
            found.times.append(seconds("time", row[time].strip()))
        except (ValueError, OverflowError) as error:
            raise BadLineError("bad_time", str(error)) from None
    found.session.append(found.sessions.setdefault(session, len(found.sessions)))
    found.item.append(found.items.setdefault(item, len(found.items)))


def _refuse(found: _Columns, line: int, reason: str, detail: str, lines: int) -> None:
    found.refused[reason] += lines
    if len(found.problems) < SHOWN_PROBLEMS:
        found.problems.append(f"line {line}: {reason}: {detail}")
