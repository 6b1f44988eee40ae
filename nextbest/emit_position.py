"""How far a log has been sent, kept on disk so that `nextbest emit` resumes where it ended."""

import json
import os
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from schemas.errors import StopError
from schemas.recorded import Entry, Rejected
from schemas.recorded_lines import LogFile


class PositionError(StopError):
    """The stored position does not fit the log, or can't be read or written."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a log, all before which was delivered or rejected.

    Attributes:
        offset: In the log, uncompressed.
        line: Lines before it.
        emitted: Events delivered.
        rejected: Lines rejected.
        rejected_bytes: Length of the file of rejected lines.
        tail_bytes: Length of the last line before it, or 0 where that can't be checked.
        tail_sha256: Of that line: a log that was replaced is noticed.
    """

    offset: int = 0
    line: int = 0
    emitted: int = 0
    rejected: int = 0
    rejected_bytes: int = 0
    tail_bytes: int = 0
    tail_sha256: str = ""


def after(entry: Entry) -> dict[str, Any]:
    """The fields of a position right after an entry."""
    tail = entry.text.rpartition(b"\n")[2]
    if isinstance(entry, Rejected) and entry.reason == "too_long":
        tail = b""
    return {
        "offset": entry.end,
        "line": entry.line,
        "tail_bytes": len(tail),
        "tail_sha256": sha256(tail).hexdigest(),
    }


def check_same_log(position: Position, file: LogFile) -> None:
    """Make sure that the log still holds what was sent from it.

    Raises:
        PositionError: It doesn't: it was replaced or cut.
    """
    if not position.tail_bytes:
        return
    # Two bytes more for the line break.
    found = file.window(position.offset, position.tail_bytes + 2).rstrip(b"\r\n")
    if sha256(found[-position.tail_bytes :]).hexdigest() != position.tail_sha256:
        raise PositionError(
            f"the log is not the one sent before: line {position.line} differs. "
            "Use --restart to send it from its beginning."
        )


class PositionFile:
    """One log's position for one target.

    Args:
        folder: Where positions are kept; made where missing.
        log: The log's path.
        target: What tells the topics sent to from others, for instance a topic's id.
    """

    def __init__(self, folder: Path, log: Path, target: str) -> None:
        digest = sha256(f"{log.resolve()}\n{target}".encode()).hexdigest()[:12]
        self.path = folder / f"{log.name}.{digest}.json"

    def load(self) -> Position:
        """The stored position; the log's beginning where there is none.

        Raises:
            PositionError: The file can't be read.
        """
        try:
            text = self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return Position()
        except OSError as error:
            raise PositionError(f"{self.path} can't be read: {error.strerror}.") from error
        try:
            return Position(**json.loads(text))
        except (TypeError, ValueError) as error:
            raise PositionError(
                f"{self.path} is not a stored position ({error}). "
                "Delete it or use --restart to send the log from its beginning."
            ) from error

    def save(self, position: Position) -> None:
        """Store a position: wholly or not at all, also if the machine stops.

        Raises:
            PositionError: It can't be written.
        """
        new = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with new.open("w", encoding="utf-8") as stream:
                json.dump(asdict(position), stream)
                stream.flush()
                os.fsync(stream.fileno())
            new.replace(self.path)
        except OSError as error:
            raise PositionError(f"{self.path} can't be written: {error.strerror}.") from error
