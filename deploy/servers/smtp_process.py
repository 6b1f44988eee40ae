"""The inbox as a process of its own, so that its work is on no other process's account.

`python -m deploy.servers.smtp_process PORT JSONL_PATH` runs it; `SmtpInboxProcess` starts that.
"""

import signal
import smtplib
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from deploy.servers.mailbox import MailboxReader
from deploy.servers.process import ServerProcess
from deploy.servers.smtp_inbox import SmtpInbox

ROOT = Path(__file__).parents[2]


class SmtpInboxProcess(ServerProcess):
    """An inbox for every address in a child process; mails come back through a file.

    Attributes:
        jsonl_path: Where it writes each accepted mail, before acknowledging it.
    """

    name = "inbox"
    start_timeout_seconds = 30.0

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        super().__init__(data_dir, port=port)
        self.jsonl_path = data_dir / "mails.jsonl"

    def reader(self) -> MailboxReader:
        """Return a reader of all its mails, from the first."""
        return MailboxReader(self.jsonl_path)

    def command(self) -> Sequence[str]:
        """Run this very module."""
        program = f"import sys; sys.path.insert(0, {str(ROOT)!r}); "
        program += "from deploy.servers.smtp_process import main; main(sys.argv[1:])"
        return [sys.executable, "-c", program, str(self.port), str(self.jsonl_path)]

    def answers(self) -> bool:
        """NOOP after the greeting."""
        try:
            with smtplib.SMTP(self.host, self.port, timeout=1.0) as client:
                return client.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM."""
    finished = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: finished.set())
    with SmtpInbox(port=int(arguments[0]), jsonl_path=Path(arguments[1])):
        finished.wait()


if __name__ == "__main__":
    main(sys.argv[1:])
