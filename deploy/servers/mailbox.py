"""The mails an inbox accepted: in memory for tests, and as JSON lines for whoever reads along."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import TextIOWrapper
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted message.

    Attributes:
        accepted_at_ms: When it was accepted, wall clock, epoch milliseconds.
        mail_from: The envelope's sender.
        recipients: The envelope's recipients.
        content: The message itself, as it came over the wire.
        peer: `host:port` of the client; a connection is one value.
    """

    accepted_at_ms: int
    mail_from: str
    recipients: list[str]
    content: bytes
    peer: str = ""

    @property
    def message(self) -> EmailMessage:
        """The parsed message."""
        return message_from_bytes(self.content, policy=policy.default)

    def header(self, name: str) -> str:
        """Return a header's value, empty if there is none."""
        return str(self.message.get(name, ""))

    def to_json(self) -> str:
        """Return one line of JSON; bytes travel as Latin-1, which keeps each of them."""
        return json.dumps({**asdict(self), "content": self.content.decode("latin-1")})

    @classmethod
    def from_json(cls, line: str) -> "Mail":
        """Read what `to_json` wrote."""
        fields = json.loads(line)
        return cls(**{**fields, "content": fields["content"].encode("latin-1")})


class Mailbox:
    """Collects accepted mails; safe to read from any thread while mails come in.

    Args:
        jsonl_path: Where each mail is also appended, before it is acknowledged; None: memory only.
    """

    def __init__(self, jsonl_path: Path | None = None) -> None:
        self._mails: list[Mail] = []
        self._changed = threading.Condition()
        self._file: TextIOWrapper | None = None
        if jsonl_path is not None:
            jsonl_path.parent.mkdir(parents=True, exist_ok=True)
            self._file = jsonl_path.open("a", encoding="utf-8", newline="\n")

    def add(self, mail: Mail) -> None:
        """Store a mail; it is in the file when this returns."""
        with self._changed:
            if self._file is not None:
                self._file.write(mail.to_json() + "\n")
                self._file.flush()
            self._mails.append(mail)
            self._changed.notify_all()

    def all(self) -> list[Mail]:
        """Return the mails so far, in order of acceptance."""
        with self._changed:
            return list(self._mails)

    def to(self, address: str) -> list[Mail]:
        """Return the mails whose envelope names this recipient, any case."""
        wanted = address.lower()
        return [m for m in self.all() if wanted in (r.lower() for r in m.recipients)]

    def clear(self) -> None:
        """Forget the mails in memory (not those in the file)."""
        with self._changed:
            self._mails.clear()

    def wait_for(
        self, condition: Callable[[list[Mail]], bool], timeout_seconds: float = 10.0
    ) -> list[Mail]:
        """Block until the mails meet a condition, and return them.

        Raises:
            TimeoutError: They did not in time; says how many there are.
        """
        with self._changed:
            met = self._changed.wait_for(lambda: condition(self._mails), timeout_seconds)
            if not met:
                raise TimeoutError(
                    f"{len(self._mails)} mails after {timeout_seconds} s, not what was awaited"
                )
            return list(self._mails)

    def wait_for_count(self, count: int, timeout_seconds: float = 10.0) -> list[Mail]:
        """Block until at least `count` mails are there."""
        return self.wait_for(lambda mails: len(mails) >= count, timeout_seconds)

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


class MailboxReader:
    """Reads a mailbox's JSON lines while another process writes them."""

    def __init__(self, jsonl_path: Path) -> None:
        self._path = jsonl_path
        self._offset_bytes = 0

    def new(self) -> Iterator[Mail]:
        """Yield the mails that came since the last call; a line still being written waits."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset_bytes)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset_bytes += len(line)
                yield Mail.from_json(line.decode("utf-8"))


def wall_clock_ms() -> int:
    """Return the wall clock in epoch milliseconds."""
    return time.time_ns() // 1_000_000
