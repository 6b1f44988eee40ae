"""Recorded logs as events: what `nextbest emit` reads.

Three layouts: JSON lines (`{"type": "browse", "subscriber_id": …}`), CSV with a column mapping, and
the public REES46 logs. Whatever a line lacks is made from the line itself and its place, so reading
the log again gives the same events under the same ids.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from schemas.errors import DeadLetterError, StopError
from schemas.recorded_lines import Line, LogFile

Record = dict[str, Any]

LOGGED_RECORDS: Final = frozenset(
    (
        "browse",
        "cart",
        "click",
        "purchase",
        "refund",
        "search",
        "milestone",
        "wish",
        "consent",
        "profile",
        "identify",
        "catalog",
    )
)
"""The records that a log may hold."""

_INTEGER = re.compile(r"-?[0-9]{1,18}")


class BadLineError(DeadLetterError):
    """A line that gives no event.

    Reasons: `too_long`, `bad_encoding`, `bad_json`, `bad_row`, `no_type`, `unknown_type`,
    `bad_time`, `bad_value`.
    """


class UnknownLayoutError(StopError):
    """The log is in none of the known layouts; the message says how to name its columns."""


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event of the log.

    Attributes:
        name: The record's name.
        record: Its fields; defaults are not filled in.
        text: The line as it stands.
        line: The number of its (last) line.
        end: The offset after it, from which reading can resume.
    """

    name: str
    record: Record
    text: bytes
    line: int
    end: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that gave no event: as `LoggedEvent`, with the reason."""

    reason: str
    detail: str
    text: bytes
    line: int
    end: int


Entry = LoggedEvent | Rejected
Reader = Callable[[Iterator[Line]], Iterator[Entry]]


def event_id(line: Line) -> str:
    """An id that this line at this place always has: 128 bits of SHA-256, hex."""
    return sha256(line.start.to_bytes(8, "big") + line.text).hexdigest()[:32]


def rejected(error: DeadLetterError, line: Line) -> Rejected:
    """Give an entry for a line that gave no event."""
    return Rejected(error.reason, error.detail, line.text, line.number, line.end)


def epoch_ms(value: Any) -> int:
    """Read a time: epoch milliseconds, or ISO 8601 (UTC where it names no zone).

    Raises:
        BadLineError: `bad_time`.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str):
        text = value.strip()
        try:
            if _INTEGER.fullmatch(text):
                return int(text)
            moment = datetime.fromisoformat(text.removesuffix(" UTC"))
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            return round(moment.timestamp() * 1000)
        except (ValueError, OverflowError):
            pass
    raise BadLineError("bad_time", "the time is neither epoch milliseconds nor ISO 8601")


def read_json(lines: Iterator[Line]) -> Iterator[Entry]:
    """Events from JSON lines; `type` names the record, the other keys are its fields."""
    for line in lines:
        if not line.text.strip():
            continue
        try:
            name, record = _from_json(line)
        except BadLineError as error:
            yield rejected(error, line)
        else:
            yield LoggedEvent(name, record, line.text, line.number, line.end)


def _from_json(line: Line) -> tuple[str, Record]:
    if line.cut:
        raise BadLineError("too_long", "the line is longer than a mebibyte")
    try:
        record = json.loads(line.text)
    except UnicodeDecodeError as error:
        raise BadLineError("bad_encoding", "the line is not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise BadLineError("bad_json", "the line is not JSON") from error
    if not isinstance(record, dict):
        raise BadLineError("bad_json", "the line is not a JSON object")
    name = record.pop("type", None)
    if not name:
        raise BadLineError("no_type", "the key type is missing: browse, cart, purchase …")
    check_name(name)
    if name != "catalog":
        record["occurred_at"] = epoch_ms(record.get("occurred_at"))
        proof = record.get("proof")
        if isinstance(proof, dict) and proof.get("confirmed_at") is not None:
            proof["confirmed_at"] = epoch_ms(proof["confirmed_at"])
        record.setdefault("event_id", event_id(line))
    return name, record


def check_name(name: Any) -> None:
    """Refuse what is not the name of a record that logs may hold.

    Raises:
        BadLineError: `unknown_type`.
    """
    if not isinstance(name, str) or name not in LOGGED_RECORDS:
        raise BadLineError(
            "unknown_type", f"the type is none of {', '.join(sorted(LOGGED_RECORDS))}"
        )


class RecordedLog:
    """A log opened in its layout.

    Args:
        path: The file; gzip is recognised.
        csv_reader: Given the header's line, the reader for a CSV log, or None if it knows none.

    Raises:
        UnreadableLogError: The file can't be read.
        UnknownLayoutError: It is neither JSON lines nor CSV that `csv_reader` understands.
    """

    def __init__(self, path: Path, csv_reader: Callable[[Line], Reader | None]) -> None:
        self.file = LogFile(path)
        self._body_start = (0, 0)
        try:
            self._reader = self._recognised(path.name, csv_reader)
        except BaseException:
            self.file.close()
            raise

    def _recognised(self, name: str, csv_reader: Callable[[Line], Reader | None]) -> Reader:
        first = next(self.file.lines(), None)
        if first is None or first.text.lstrip(b"\xef\xbb\xbf \t").startswith(b"{"):
            return read_json
        reader = csv_reader(first)
        if reader is None:
            raise UnknownLayoutError(
                f"{name} is neither JSON lines nor CSV in a known layout. Its first line is "
                f"{first.text[:200]!r}: name its columns with --map or a --mapping file."
            )
        self._body_start = (first.end, first.number)
        return reader

    def entries(self, offset: int = 0, line: int = 0) -> Iterator[Entry]:
        """Events and rejected lines after the given place, or from the start.

        Raises:
            UnreadableLogError: The gzip stream is broken.
        """
        self.file.seek(*max(self._body_start, (offset, line)))
        yield from self._reader(self.file.lines())

    def close(self) -> None:
        """Close the file."""
        self.file.close()
