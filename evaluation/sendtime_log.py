"""Reading a log of sends: when, in which slot, whether it was clicked, and to whom."""

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.log_error import LogError
from evaluation.times import seconds

REQUIRED = ("sent_at", "slot", "clicked")
_CLICKED = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_DIGITS = re.compile(r"([0-9]+)")


class SendLogError(LogError):
    """A log of sends can't be used; see `LogError`."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        kind = f"log of sends ({', '.join(REQUIRED)} and optionally person)"
        super().__init__(path, kind, problems)


@dataclass(frozen=True)
class SendLog:
    """Sends in the order of their time.

    Attributes:
        slots: The names of the slots, sorted, numbers in them as numbers.
        slot: Each send's slot, as an index.
        clicked: Whether it was clicked.
        person: Each send's person, as an index; all 0 where the log names none.
        people: How many persons; 0 where the log names none.
    """

    slots: list[str]
    slot: NDArray[np.int64]
    clicked: NDArray[np.bool_]
    person: NDArray[np.int64]
    people: int


def read_send_log(path: Path) -> SendLog:
    """Read a CSV file with a header line.

    Args:
        path: Columns `sent_at` (ISO 8601, or epoch seconds or milliseconds), `slot` (any name),
            `clicked` (1/0, true/false, yes/no) and optionally `person`. Others are ignored.

    Raises:
        SendLogError: A column or value is missing or makes no sense, or there is nothing to
            choose from: fewer than two slots.
    """
    problems: list[str] = []
    rows: list[tuple[float, str, bool, str]] = []
    reader = csv.DictReader(io.StringIO(_text(path), newline=""))
    missing = [name for name in REQUIRED if name not in (reader.fieldnames or ())]
    if missing:
        raise SendLogError(path, [f"line 1: no column {name!r}" for name in missing])
    has_person = "person" in (reader.fieldnames or ())
    for row in reader:
        try:
            rows.append(_row(row, has_person=has_person))
        except ValueError as error:
            problems.append(f"line {reader.line_num}: {error}")
    if problems:
        raise SendLogError(path, problems)
    rows.sort(key=lambda row: row[0])  # stable: the file's order at equal times
    log = _columns(rows, has_person=has_person)
    if len(log.slots) < 2:
        raise SendLogError(path, [f"{len(rows)} sends in {len(log.slots)} slot(s): no choice"])
    return log


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes().count(b"\n", 0, error.start) + 1
        raise SendLogError(path, [f"line {line}: not UTF-8"]) from error


def _row(row: dict[str, Any], *, has_person: bool) -> tuple[float, str, bool, str]:
    slot, person = (row["slot"] or "").strip(), (row.get("person") or "").strip()
    if not slot:
        raise ValueError("slot is empty")
    if has_person and not person:
        raise ValueError("person is empty; leave the column out where nobody is named")
    said = (row["clicked"] or "").strip().lower()
    if said not in _CLICKED:
        raise ValueError(f"clicked is {said[:20]!r}, not 1 or 0")
    return seconds("sent_at", (row["sent_at"] or "").strip()), slot, _CLICKED[said], person


def _natural(slot: str) -> list[int | str]:
    """Sort `9` before `10`, and `day 2` before `day 10`."""
    return [int(part) if at % 2 else part for at, part in enumerate(_DIGITS.split(slot))]


def _columns(rows: list[tuple[float, str, bool, str]], *, has_person: bool) -> SendLog:
    slots = sorted({row[1] for row in rows}, key=_natural)
    people = {person: at for at, person in enumerate(dict.fromkeys(row[3] for row in rows))}
    place = {slot: at for at, slot in enumerate(slots)}
    return SendLog(
        slots,
        np.array([place[row[1]] for row in rows], dtype=np.int64),
        np.array([row[2] for row in rows], dtype=np.bool_),
        np.array([people[row[3]] for row in rows], dtype=np.int64),
        len(people) if has_person else 0,
    )
