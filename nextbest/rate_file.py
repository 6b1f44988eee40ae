"""Reading a file of complaint rates, such as Postmaster Tools show them. Pure.

Everything wrong with it is found before anything is written.
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from schemas.errors import StopError
from senders.guardrails.counts import DAY_MS, KEPT_DAYS, day_of
from senders.guardrails.imported import Imported

REQUIRED = ("date", "provider", "complaint_rate")
OPTIONAL = ("stream", "message", "accepted")
SHOWN = 20
"""Most problems that are listed; the others are counted."""


class BadRatesError(StopError):
    """A file of complaint rates has lines that are none; nothing of it is stored.

    Attributes:
        problems: What is wrong, each with its line.
    """

    def __init__(self, problems: list[str]) -> None:
        lines = "".join(f"\n  - {problem}" for problem in problems[:SHOWN])
        more = len(problems) - SHOWN
        rest = f"\n  … and {more} more" if more > 0 else ""
        super().__init__(
            f"nothing was imported: {len(problems)} problem(s) in the file; correct each:"
            f"{lines}{rest}"
        )
        self.problems = problems


def read_rates(lines: Iterable[str], now_ms: int) -> list[Imported]:
    """Read rates from CSV with a header.

    Args:
        lines: `date` (ISO 8601, UTC), `provider` and `complaint_rate` (a share, 0 to 1), and where
            wanted `stream`, `message` and `accepted`, in any order.
        now_ms: The present, epoch milliseconds.

    Raises:
        BadRatesError: The header lacks a column, or lines make no sense; all are listed.
    """
    rows = csv.DictReader(lines, skipinitialspace=True)
    problems: list[str] = []
    found: list[Imported] = []
    try:
        rows.fieldnames = [name.strip().lower() for name in rows.fieldnames or ()]
        if missing := [name for name in REQUIRED if name not in rows.fieldnames]:
            raise BadRatesError([f"line 1: the header has no {', '.join(missing)}"])
        for row in rows:
            try:
                found.append(_rate(row, now_ms))
            except ValueError as error:
                problems.append(f"line {rows.line_num}: {error}")
    except csv.Error as error:
        problems.append(f"line {rows.line_num}: {error}")
    if not found and not problems:
        problems.append("there is no rate in it")
    if problems:
        raise BadRatesError(problems)
    return found


def _rate(row: Mapping[str | None, str | None], now_ms: int) -> Imported:
    cells = {name: (row.get(name) or "").strip() for name in (*REQUIRED, *OPTIONAL)}
    try:
        day = date.fromisoformat(cells["date"])
    except ValueError:
        raise ValueError(f"{cells['date']!r} is no date like 2026-05-01") from None
    number = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1000) // DAY_MS
    today = day_of(now_ms)
    if number > today:
        raise ValueError(f"{cells['date']} is yet to come")
    if number <= today - KEPT_DAYS:
        raise ValueError(f"{cells['date']} is more than {KEPT_DAYS} days ago")
    for name in ("provider", "stream", "message"):
        if "|" in cells[name] or (name == "provider" and not cells[name]):
            raise ValueError(f"{cells[name]!r} is no {name}")
    rate = _number(cells["complaint_rate"], "complaint_rate")
    if not 0 <= rate <= 1:
        raise ValueError(f"complaint_rate {cells['complaint_rate']} is no share: write 0.1 % 0.001")
    accepted = _number(cells["accepted"], "accepted") if cells["accepted"] else 0
    if not 0 <= accepted < 1e12 or accepted != int(accepted):
        raise ValueError(f"accepted {cells['accepted']} is no count")
    return Imported(
        number, cells["provider"], rate, cells["stream"], cells["message"], int(accepted)
    )


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} {text!r} is no number") from None
