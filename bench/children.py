"""Peers as processes of their own: started, signalled, waited for, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from bench.meter import RESULT
from bench.task import Measured
from deploy.servers.process import LIFELINE

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 300.0
_POLL_SECONDS = 0.05


class PeerFailedError(RuntimeError):
    """A peer ended by itself or took too long; the message ends with what it wrote."""


class AnyTask(Protocol):
    """What a peer is told, whatever it is."""

    @property
    def group(self) -> str:
        """Names the run."""
        ...

    def write(self, path: Path) -> None:
        """Write it where the process will read it."""
        ...


class Child:
    """A peer's process.

    Args:
        module: Run with `python -m`.
        task: Passed as a file, after `arguments`.
        folder: Takes the task and what the process writes.
    """

    def __init__(self, module: str, task: AnyTask, folder: Path, *arguments: str) -> None:
        name = "-".join([module.rpartition(".")[2], *arguments, task.group])
        self._task_path = folder / f"{name}.json"
        task.write(self._task_path)
        self._out, self._err = folder / f"{name}.out", folder / f"{name}.log"
        peer = [sys.executable, "-m", module, *arguments, str(self._task_path)]
        # The launcher ties the peer's life to this process's.
        launcher = [sys.executable, "-I", "-S", str(LIFELINE), str(os.getpid())]
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen([*launcher, *peer], cwd=ROOT, stdout=out, stderr=err)

    def mark(self) -> None:
        """Tell it that its work is done: the measured stretch ends."""
        self._process.send_signal(signal.SIGUSR1)

    def stop(self) -> None:
        """Let it drain and end."""
        self._process.terminate()
        self._end()

    def result(self) -> Measured:
        """Wait for its end and return what it measured."""
        self._end()
        for line in self._out.read_text().splitlines():
            if line.startswith(RESULT):
                return msgspec.json.decode(line.removeprefix(RESULT), type=Measured)
        raise PeerFailedError(f"the peer told no result:\n{self.output()}")

    def _end(self) -> None:
        try:
            status = self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            raise PeerFailedError(f"the peer did not end:\n{self.output()}") from None
        if status != 0:
            raise PeerFailedError(f"the peer ended with status {status}:\n{self.output()}")

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def output(self) -> str:
        """The end of what it wrote."""
        return self._err.read_text(errors="replace")[-4_000:]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.alive:
            self._process.kill()
        self._process.wait()


def wait_until(condition: Callable[[], bool], child: Child, what: str) -> None:
    """Poll until the condition holds.

    Raises:
        PeerFailedError: The process ended first, or it took too long.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        if not child.alive or time.monotonic() > deadline:
            raise PeerFailedError(f"not seen: {what}\n{child.output()}")
        time.sleep(_POLL_SECONDS)
