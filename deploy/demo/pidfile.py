"""One run at a time in a folder, and how another process finds and ends it."""

import os
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.demo.errors import DemoError

_POLL_SECONDS = 0.1


class PidFile:
    """Names the process that runs in a folder, as long as it is entered.

    Args:
        folder: Whose run it is about.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / "run.pid"

    def running(self) -> int | None:
        """The process's id, or None if none runs.

        A number left by a process that is gone, and taken by another program since, is nobody's.
        """
        try:
            pid = int(self._path.read_text(encoding="ascii"))
            words = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        ours = b"nextbest" in words or b"deploy.demo" in words
        return pid if ours and pid != os.getpid() else None

    def end(self, timeout_seconds: float) -> bool | None:
        """End the process by SIGTERM and wait until it is gone.

        Returns:
            True once it is gone, False if it is still there after the time, None if none ran.

        """
        pid = self.running()
        if pid is None:
            return None
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + timeout_seconds
        while self.running() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(_POLL_SECONDS)
        return True

    def __enter__(self) -> Self:
        """Name this process.

        Raises:
            DemoError: Another one runs in the folder.
        """
        if (pid := self.running()) is not None:
            raise DemoError(
                f"it runs already, as process {pid}, in {self._path.parent}: "
                "end it (`nextbest down` for what `up` started) or choose another --data-dir"
            )
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.write_text(f"{os.getpid()}\n", encoding="ascii")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._path.unlink(missing_ok=True)
