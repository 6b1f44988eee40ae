"""A greeted connection: commands go out, also several at once, and replies are taken one by one.

aiosmtplib connects, speaks TLS, EHLO and AUTH; from there on its own way costs a lock, a timer and
three futures for each command, and has no place for two replies that come together
(docs/decisions/0525).
"""

import asyncio
from collections import deque
from typing import cast

import aiosmtplib

from senders.smtp.lines import NOT_A_REPLY, first_reply
from senders.smtp.replies import Reply

_CLOSING = 421


class Wire(asyncio.Protocol):
    """Takes over a connection that aiosmtplib has opened.

    It closes itself as soon as what comes next can't be told: after a reply that is none, after
    421, and where the server says more than it was asked, so that no reply is taken for another's.
    Whoever has it must close it after an error, and after a wait that was cancelled.

    Args:
        client: Connected and greeted; not used again.
        timeout_seconds: For each reply.

    Attributes:
        pipelining: Whether the server takes several commands at once (RFC 2920).

    Raises:
        aiosmtplib.SMTPServerDisconnected: It is closed by now.
    """

    def __init__(self, client: aiosmtplib.SMTP, timeout_seconds: float) -> None:
        transport = cast("asyncio.Transport | None", client.transport)
        if transport is None or transport.is_closing():
            raise _disconnected()
        self.pipelining = client.supports_extension("pipelining")
        self._transport = transport
        self._timeout_seconds = timeout_seconds
        self._loop = asyncio.get_running_loop()
        self._replies: deque[Reply] = deque()
        self._awaited = 0
        self._unread = b""
        self._waiter: asyncio.Future[None] | None = None
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None
        transport.set_protocol(self)

    @property
    def is_open(self) -> bool:
        """Whether it is, as far as is known without asking."""
        return not self._transport.is_closing()

    def write(self, *commands: bytes) -> None:
        """Say commands, all at once; each will have its reply.

        Raises:
            aiosmtplib.SMTPServerDisconnected: It is closed.
        """
        if self._transport.is_closing():
            raise _disconnected()
        self._awaited += len(commands)
        self._transport.write(b"".join(commands))

    async def reply(self) -> Reply:
        """The reply to the first command that has none yet.

        Raises:
            aiosmtplib.SMTPReadTimeoutError: It didn't come in time.
            aiosmtplib.SMTPServerDisconnected: It won't come any more.
        """
        if not self._replies:
            await self._arrival()
        return self._replies.popleft()

    async def ask(self, command: bytes) -> Reply:
        """Say a command, and read its reply past those to the commands before it.

        Raises:
            aiosmtplib.SMTPReadTimeoutError, aiosmtplib.SMTPServerDisconnected: See `reply`.
        """
        self.write(command)
        while self._awaited + len(self._replies) > 1:
            await self.reply()
        return await self.reply()

    def close(self) -> None:
        """Close without a word."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size():
            # A server that reads no more would hold the connection for ever, or be told the rest
            # of a mail long after it was given up.
            self._transport.abort()
        else:
            self._transport.close()

    async def _arrival(self) -> None:
        if self._transport.is_closing():
            raise _disconnected()
        self._waiter = self._loop.create_future()
        # One timer for many replies: it looks, and goes on waiting where it needn't have.
        self._due = self._loop.time() + self._timeout_seconds
        if self._timer is None:
            self._timer = self._loop.call_at(self._due, self._look)
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _look(self) -> None:
        self._timer = None
        if self._waiter is None:
            return
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._look)
        else:
            self._fail(aiosmtplib.SMTPReadTimeoutError("Timed out waiting for a reply"))

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def data_received(self, data: bytes) -> None:
        """Take in what the server says."""
        unread = self._unread + data
        while self._awaited and (found := first_reply(unread)) is not None:
            reply, end = found
            unread = unread[end:]
            self._awaited -= 1
            self._replies.append(reply)
            if self._waiter is not None and not self._waiter.done():
                self._waiter.set_result(None)
            if reply.code in (NOT_A_REPLY, _CLOSING):
                self.close()
                return
        self._unread = unread
        if unread and not self._awaited:
            self.close()

    def eof_received(self) -> None:
        """Take note that the server will say nothing more."""
        self._fail(_disconnected())
        self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that it is closed."""
        error = _disconnected()
        error.__cause__ = exc
        self._fail(error)
        self.close()


def _disconnected() -> aiosmtplib.SMTPServerDisconnected:
    return aiosmtplib.SMTPServerDisconnected("Connection lost")
