"""An SMTP server that keeps what it is given: real SMTP on the wire, mails to look at.

In a thread of this process (tests script its answers), or as a process of its own
(`deploy.servers.smtp_process`).
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from deploy.servers.mailbox import Mailbox, wall_clock_ms
from deploy.servers.ports import free_port
from deploy.servers.smtp_script import Script
from deploy.servers.smtp_session import InboxHandler, InboxSession

_JOIN_SECONDS = 10.0


class SmtpInbox:
    """An inbox for every address, in a thread of its own.

    Args:
        port: A fixed port, or a free one.
        jsonl_path: Also append each mail to this file, one JSON object a line.
        credentials: User and password that AUTH must give before MAIL; None: no AUTH.
        tls: Require STARTTLS with this server context; None: plain text.
        clock_ms: What stamps a mail's acceptance, epoch milliseconds.

    Attributes:
        mailbox: The mails accepted so far.
        script: What to answer instead of accepting.
    """

    def __init__(
        self,
        *,
        port: int | None = None,
        jsonl_path: Path | None = None,
        credentials: tuple[str, str] | None = None,
        tls: ssl.SSLContext | None = None,
        clock_ms: Callable[[], int] = wall_clock_ms,
    ) -> None:
        self.host = "127.0.0.1"
        self.port = port if port is not None else free_port(self.host)
        self.mailbox = Mailbox(jsonl_path)
        self.script = Script()
        self._credentials = credentials
        self._tls = tls
        self._clock_ms = clock_ms
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._finish: asyncio.Event | None = None

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"

    def start(self) -> Self:
        """Listen; connections are answered when this returns.

        Raises:
            OSError: The port is taken.
        """
        if self._thread is not None:
            return self
        listening = socket.create_server((self.host, self.port), backlog=256)
        # Replies to commands that came together leave one by one; the second would wait 40 ms for
        # the first to be acknowledged.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(listening, ready)),
            name="smtp-inbox",
            daemon=True,
        )
        self._thread.start()
        ready.wait()
        return self

    def stop(self) -> None:
        """Close the port and every connection; the mails stay readable."""
        if self._thread is None or self._loop is None or self._finish is None:
            return
        self.script.clear()
        self._loop.call_soon_threadsafe(self._finish.set)
        self._thread.join(_JOIN_SECONDS)
        self._thread = None
        self.mailbox.close()

    def reset(self) -> None:
        """Forget mails and script: a fresh inbox for the next test."""
        self.script.clear()
        self.mailbox.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    async def _serve(self, listening: socket.socket, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._finish = asyncio.Event()
        loop = self._loop
        handler = InboxHandler(self.mailbox, self.script, self._clock_ms)
        sessions: list[InboxSession] = []

        def session() -> InboxSession:
            made = InboxSession(handler, credentials=self._credentials, tls=self._tls, loop=loop)
            sessions.append(made)
            return made

        server = await loop.create_server(session, sock=listening)
        ready.set()
        await self._finish.wait()
        server.close()
        for one in sessions:
            if one.transport is not None:
                one.transport.close()
        await asyncio.sleep(0)  # let the transports close before the loop does
