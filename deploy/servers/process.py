"""The port that every server shares: a child process that answers, or an error saying why not."""

import os
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.servers.errors import ServerStartError
from deploy.servers.ports import free_port

LIFELINE = Path(__file__).with_name("lifeline.py")
# The kernel ties a child to the *thread* that made it: this one lives as long as the process,
# whoever calls `start`.
_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="server-spawner")
_POLL_SECONDS = 0.05
_LOG_TAIL_LINES = 30


class ServerProcess(ABC):
    """A server in a child process, with its data, its log and its port.

    `start` returns once the server has answered its own protocol. The child dies with this process
    at the latest, however that ends. Port and data stay the same through `stop`, `kill` and another
    `start`. Usable as a context manager.

    Attributes:
        host: Where it listens; loopback only.
        port: Its TCP port.
        data_dir: Holds data, generated configuration and the log; made when missing.
        log_path: What it prints, all runs appended.
    """

    name = "server"
    start_timeout_seconds = 60.0
    stop_timeout_seconds = 15.0

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        self.host = "127.0.0.1"
        self.port = port if port is not None else free_port(self.host)
        self.data_dir = data_dir
        self.log_path = data_dir / f"{self.name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """`host:port`, as a client wants it."""
        return f"{self.host}:{self.port}"

    @property
    def pid(self) -> int | None:
        """The child's process id while it runs."""
        return self._child.pid if self._child is not None and self.running else None

    @property
    def running(self) -> bool:
        """Whether the child process is there (answering or not)."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> Self:
        """Start the server and wait until it answers.

        Raises:
            ServerStartError: It ended or stayed silent for `start_timeout_seconds`.
            MissingPackageError: Something it needs is neither there nor installable.
        """
        if self.running:
            return self
        self.data_dir.mkdir(parents=True, exist_ok=True)
        if self.accepts_connections():  # or a stranger's answers would be taken for ours
            raise self._start_error(f"can't have port {self.port}: something listens there")
        self.prepare()
        environment = {**os.environ, **self.environment()}
        command = [sys.executable, "-I", "-S", str(LIFELINE), str(os.getpid()), *self.command()]
        with self.log_path.open("ab") as log:
            self._child = _SPAWNER.submit(
                subprocess.Popen,
                command,
                cwd=self.data_dir,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for us; we then stop it in our own order
            ).result()
        try:
            self._wait_until_it_answers(self._child)
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """End it with SIGTERM, and with SIGKILL if it is still there after its time."""
        if self._child is None:
            return
        if self.running:
            self._child.send_signal(signal.SIGCONT)  # a paused process would never see SIGTERM
            self._child.terminate()
            try:
                self._child.wait(self.stop_timeout_seconds)
            except subprocess.TimeoutExpired:
                self._child.kill()
        self._child.wait()
        self._child = None

    def kill(self) -> None:
        """End it with SIGKILL: no goodbye, no flush; data and port stay for the next `start`."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    def restart(self) -> Self:
        """Stop it and start it again on the same data and port."""
        self.stop()
        return self.start()

    def pause(self) -> None:
        """SIGSTOP: it keeps its connections and answers nothing until `resume`."""
        if self._child is not None:
            self._child.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """SIGCONT after `pause`."""
        if self._child is not None:
            self._child.send_signal(signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @abstractmethod
    def command(self) -> Sequence[str]:
        """Return the command line; called at each start, after `prepare`."""

    @abstractmethod
    def answers(self) -> bool:
        """Return whether one round trip of its own protocol succeeds now (within a second)."""

    def prepare(self) -> None:  # noqa: B027  (most servers have nothing to prepare)
        """Write configuration and the like before a start; must be repeatable."""

    def environment(self) -> Mapping[str, str]:
        """Return variables to add to our own."""
        return {}

    def last_log_lines(self) -> str:
        """Return the end of its log, for error messages."""
        if not self.log_path.exists():
            return "(nothing)"
        lines = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-_LOG_TAIL_LINES:]) or "(nothing)"

    def accepts_connections(self) -> bool:
        """Return whether its port is open: cheap, and asked before `answers`."""
        try:
            with socket.create_connection((self.host, self.port), timeout=1.0):
                return True
        except OSError:
            return False

    def _wait_until_it_answers(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self.start_timeout_seconds
        while time.monotonic() < deadline:
            status = child.poll()
            if status is not None:
                raise self._start_error(f"ended with status {status} before it answered")
            if self.accepts_connections() and self.answers():
                return
            time.sleep(_POLL_SECONDS)
        raise self._start_error(f"did not answer within {self.start_timeout_seconds:.0f} s")

    def _start_error(self, why: str) -> ServerStartError:
        return ServerStartError(self.name, why, self.log_path, self.last_log_lines())
