"""Sending a recorded log: pace, checkpoints, rejected lines; the clock is passed in."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from nextbest.emit_position import Position, PositionError, PositionFile, after, check_same_log
from schemas.errors import DeadLetterError
from schemas.recorded import Entry, LoggedEvent, RecordedLog, Rejected
from schemas.recorded_lines import UnreadableLogError

_CHECKPOINT_EVENTS = 5_000
_CHECKPOINT_SECONDS = 1.0
_LONGEST_SLEEP_SECONDS = 0.25
_MAX_REJECTED_TEXT = 10_000


class Emits(Protocol):
    """What is needed of `schemas.emitter.Emitter`."""

    def emit(self, name: str, record: Mapping[str, Any]) -> str:
        """Check a record and send it."""
        ...

    def poll(self) -> None:
        """Let delivery reports come in."""
        ...

    def flush(self) -> None:
        """Wait until everything is delivered, or raise."""
        ...


@dataclass(frozen=True, slots=True)
class Clock:
    """The time that paces a run: seconds that never go back, and a way to let them pass."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """How far a run is, for a progress bar.

    Attributes:
        read_bytes: Of the file on the disk.
        log_time_ms: The last event's own time, epoch milliseconds.
    """

    read_bytes: int
    emitted: int
    rejected: int
    log_time_ms: int


class RejectedFile:
    """The lines that gave no event, as JSON lines with their reasons; made at the first one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size_bytes = 0

    def cut(self, size_bytes: int) -> None:
        """Drop what was written after the position that is resumed from."""
        self.size_bytes = size_bytes
        try:
            if size_bytes == 0:
                self.path.unlink(missing_ok=True)
            elif self.path.exists():
                with self.path.open("r+b") as stream:
                    stream.truncate(size_bytes)
        except OSError as error:
            raise self._unwritable(error) from error

    def add(self, line: int, reason: str, detail: str, text: bytes) -> None:
        """Append a line."""
        shown = text[:_MAX_REJECTED_TEXT].decode("utf-8", errors="backslashreplace")
        row = {"line": line, "reason": reason, "detail": detail, "text": shown}
        coded = json.dumps(row).encode() + b"\n"
        try:
            with self.path.open("ab") as stream:
                stream.write(coded)
        except OSError as error:
            raise self._unwritable(error) from error
        self.size_bytes += len(coded)

    def _unwritable(self, error: OSError) -> PositionError:
        return PositionError(
            f"{self.path} can't be written: {error.strerror}. Name another with --rejected."
        )


class LogRun:
    """One run over a log.

    Args:
        speed: How many times faster than the log's own time; 0 is as fast as possible. Events
            whose time is past due are sent at once, in the log's order.
        on_progress: Told at every checkpoint and while waiting.
        limit: Stop after this many events; None for all.
        stopped: Asked before every event and while waiting: whether to end here.

    Attributes:
        ended_early: Whether it was, before the log's end.
    """

    def __init__(
        self,
        log: RecordedLog,
        emitter: Emits,
        positions: PositionFile,
        rejects: RejectedFile,
        clock: Clock,
        *,
        speed: float = 0.0,
        limit: int | None = None,
        on_progress: Callable[[Seen], None] = lambda _: None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        self._log = log
        self._emitter = emitter
        self._positions = positions
        self._rejects = rejects
        self._clock = clock
        self._speed = speed
        self._limit = limit
        self._on_progress = on_progress
        self._stopped = stopped
        self.ended_early = False
        self._position = Position()
        self._last: Entry | None = None
        self._emitted = 0
        self._rejected = 0
        self._since_checkpoint = 0
        self._checkpoint_at = 0.0
        self._log_time_ms = 0
        self._started: tuple[float, int] | None = None

    def run(self, start: Position) -> Position:
        """Send everything after `start`, or as much as `limit` and `stopped` allow.

        Returns:
            The position at the end.

        Raises:
            PositionError: The log is another than `start` was stored for.
            UndeliveredError: Kafka did not take something; the position before it is kept.
            UnreadableLogError: The log is broken off; what came before it was sent.
        """
        check_same_log(start, self._log.file)
        self._position = start
        self._emitted, self._rejected = start.emitted, start.rejected
        self._rejects.cut(start.rejected_bytes)
        self._checkpoint_at = self._clock.monotonic() + _CHECKPOINT_SECONDS
        try:
            for entry in self._log.entries(start.offset, start.line):
                self.ended_early = self._stopped() or not self._handle(entry)
                if self.ended_early:
                    break
                if self._limit is not None and self._emitted - start.emitted >= self._limit:
                    break
        except UnreadableLogError:
            self._checkpoint()
            raise
        # Not after any other error: what was not delivered must be sent again.
        self._checkpoint()
        return self._position

    def _handle(self, entry: Entry) -> bool:
        """Send or reject an entry; False where it was stopped before that."""
        if isinstance(entry, Rejected):
            self._reject(entry, entry.reason, entry.detail)
        else:
            if not self._wait_for(entry):
                return False
            try:
                self._emitter.emit(entry.name, entry.record)
            except DeadLetterError as error:
                self._reject(entry, error.reason, error.detail)
            else:
                self._emitted += 1
        self._last = entry
        self._since_checkpoint += 1
        due = self._clock.monotonic() >= self._checkpoint_at
        if due or self._since_checkpoint >= _CHECKPOINT_EVENTS:
            self._checkpoint()
        return True

    def _reject(self, entry: Entry, reason: str, detail: str) -> None:
        self._rejected += 1
        self._rejects.add(entry.line, reason, detail, entry.text)

    def _wait_for(self, event: LoggedEvent) -> bool:
        """Wait until an event is due; False where it was stopped before that."""
        at_ms = event.record.get("occurred_at")
        if not isinstance(at_ms, int):
            return True
        self._log_time_ms = at_ms
        if not self._speed:
            return True
        if self._started is None:
            self._started = (self._clock.monotonic(), at_ms)
        began, first_ms = self._started
        due = began + (at_ms - first_ms) / 1000 / self._speed
        while (left := due - self._clock.monotonic()) > 0:
            if self._stopped():
                return False
            if self._since_checkpoint and self._clock.monotonic() >= self._checkpoint_at:
                self._checkpoint()
            self._emitter.poll()
            self._on_progress(self._seen())
            self._clock.sleep(min(left, _LONGEST_SLEEP_SECONDS))
        return True

    def _checkpoint(self) -> None:
        """Wait for what was sent, then remember the place after it."""
        self._emitter.flush()
        if self._last is not None:
            self._position = replace(
                self._position,
                **after(self._last),
                emitted=self._emitted,
                rejected=self._rejected,
                rejected_bytes=self._rejects.size_bytes,
            )
            self._positions.save(self._position)
        self._since_checkpoint = 0
        self._checkpoint_at = self._clock.monotonic() + _CHECKPOINT_SECONDS
        self._on_progress(self._seen())

    def _seen(self) -> Seen:
        return Seen(self._log.file.read_bytes, self._emitted, self._rejected, self._log_time_ms)
