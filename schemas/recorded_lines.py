"""The lines of a recorded log, plain or gzip, with where each ends: reading can resume there."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from schemas.errors import StopError

MAX_LINE_BYTES: Final = 1_048_576
"""Longer lines are cut to this and marked; their rest is skipped."""

_GZIP_MAGIC = b"\x1f\x8b"


class UnreadableLogError(StopError):
    """The log can't be opened, or its gzip stream is broken."""


class Line(NamedTuple):
    """One line of a log.

    Attributes:
        number: Counting from 1.
        start: Offset of its first byte in the log, uncompressed.
        end: Offset after its line break.
        text: Its bytes without the line break.
        cut: Whether it was longer than `MAX_LINE_BYTES`.
    """

    number: int
    start: int
    end: int
    text: bytes
    cut: bool = False


class LogFile:
    """A log opened for reading line by line.

    Args:
        path: Gzip is recognised by its first bytes, whatever the name.

    Attributes:
        size_bytes: Of the file as it lies on the disk.

    Raises:
        UnreadableLogError: It can't be opened.
    """

    def __init__(self, path: Path) -> None:
        self._name = path.name
        try:
            self._raw = path.open("rb")
        except OSError as error:
            raise UnreadableLogError(f"{path} can't be read: {error.strerror}.") from error
        try:
            self.size_bytes = path.stat().st_size
            packed = self._raw.read(2) == _GZIP_MAGIC
            self._raw.seek(0)
        except OSError as error:
            self._raw.close()
            raise UnreadableLogError(f"{path} can't be read: {error.strerror}.") from error
        self._stream: io.BufferedIOBase = gzip.GzipFile(fileobj=self._raw) if packed else self._raw
        self._number = 0
        self._offset = 0

    @property
    def read_bytes(self) -> int:
        """How far the file on the disk has been read: for a progress bar."""
        return min(self._raw.tell(), self.size_bytes)

    def seek(self, offset: int, line_number: int) -> None:
        """Go on after the line of this number, which ends at this offset."""
        try:
            self._stream.seek(offset)
        except (OSError, EOFError) as error:
            raise self._broken(error) from error
        self._offset = offset
        self._number = line_number

    def window(self, end: int, size: int) -> bytes:
        """The `size` bytes before the offset `end`; leaves the position there."""
        start = max(0, end - size)
        try:
            self._stream.seek(start)
            return self._stream.read(end - start)
        except (OSError, EOFError) as error:
            raise self._broken(error) from error

    def lines(self) -> Iterator[Line]:
        """The lines from the present position on.

        A last line without a line break is given too: the log may have ended in the middle of it.

        Raises:
            UnreadableLogError: The gzip stream is broken here.
        """
        while True:
            start = self._offset
            text = self._read_line()
            if not text:
                return
            self._offset += len(text)
            cut = len(text) > MAX_LINE_BYTES and not text.endswith(b"\n")
            while cut:
                rest = self._read_line()
                self._offset += len(rest)
                if not rest or rest.endswith(b"\n"):
                    break
            self._number += 1
            text = text[:MAX_LINE_BYTES].rstrip(b"\r\n") if cut else text.rstrip(b"\r\n")
            yield Line(self._number, start, self._offset, text, cut)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        self._raw.close()

    def _read_line(self) -> bytes:
        try:
            return self._stream.readline(MAX_LINE_BYTES + 1)
        except (OSError, EOFError, io.UnsupportedOperation) as error:
            raise self._broken(error) from error

    def _broken(self, error: Exception) -> UnreadableLogError:
        return UnreadableLogError(
            f"{self._name} breaks off after {self._offset} bytes ({error}). Was it copied whole?"
        )
