"""A TCP proxy in front of Redis that falls silent at a chosen command, before or after it."""

import socket
import threading
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass
class Stall:
    """One command to fall silent at.

    Attributes:
        holding: What its bytes hold; all of it.
        done: Whether it is carried out, and only its answer withheld.
        passing: How many such commands pass before.
        reached: Set once it stands there.
    """

    holding: tuple[bytes, ...]
    done: bool
    passing: int = 0
    reached: threading.Event = field(default_factory=threading.Event)

    def meets(self, sent: bytes) -> bool:
        """Whether these bytes are the command; counts those that pass."""
        if self.reached.is_set() or not all(part in sent for part in self.holding):
            return False
        self.passing -= 1
        return self.passing < 0


class StallingProxy:
    """Listens on a port of its own and passes on to a server.

    Commands are short, so that each arrives in one piece; what stalls is never passed on later: its
    client is dead by then.

    Args:
        target: `host:port` of the server.
    """

    def __init__(self, target: str) -> None:
        host, port = target.rsplit(":", 1)
        self._target = (host, int(port))
        self._stalls: list[Stall] = []
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listening.getsockname()[1]
        self._open: list[socket.socket] = []

    def stall(self, *holding: str, done: bool = False, passing: int = 0) -> Stall:
        """Fall silent, for good, at the command whose bytes hold all of this."""
        made = Stall(tuple(part.encode() for part in holding), done, passing)
        self._stalls.append(made)
        return made

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for one in [self._listening, *self._open]:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            self._open += [client, server]
            silent = threading.Event()
            for run in (self._ask, self._answer):
                threading.Thread(target=run, args=(client, server, silent), daemon=True).start()

    def _ask(self, client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        try:
            while sent := client.recv(1 << 20):
                stall = next((one for one in self._stalls if one.meets(sent)), None)
                if stall is not None:
                    silent.set()
                    if stall.done:
                        server.sendall(sent)
                    stall.reached.set()
                elif not silent.is_set():
                    server.sendall(sent)
        except OSError:
            pass
        server.close()

    @staticmethod
    def _answer(client: socket.socket, server: socket.socket, silent: threading.Event) -> None:
        try:
            while told := server.recv(1 << 20):
                if not silent.is_set():
                    client.sendall(told)
        except OSError:
            pass
        client.close()
