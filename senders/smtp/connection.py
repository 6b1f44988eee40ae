"""Handing one mail to the relay: pooled aiosmtplib connections, and the claim right before DATA.

A connection that was cancelled, timed out or answered nonsense is closed and never used again:
aiosmtplib would read the late answer as the next command's. Nothing here is wrapped in an outer
timeout; every command has aiosmtplib's own, which closes the connection (docs/decisions/0503).
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib

from runtime.settings import SenderSettings
from senders.smtp.data import send_data
from senders.smtp.replies import Reply, Stage

MAX_MAILS = 100
"""Mails over one connection; relays commonly drop it after as many."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server took responsibility for the mail (RFC 5321, section 4.2.5)."""

    reply: Reply


@dataclass(frozen=True, slots=True)
class Denied:
    """The server answered no.

    Attributes:
        stage: To which command.
        claimed: Whether `before_data` had been asked and agreed.
    """

    stage: Stage
    reply: Reply
    claimed: bool


@dataclass(frozen=True, slots=True)
class Lost:
    """No usable answer.

    Attributes:
        stage: The command that went unanswered. At DATA nobody knows whether the mail was taken.
        error: The kind of error.
        stale: Whether a kept connection turned out to be dead at its first command.
    """

    stage: Stage
    error: str
    stale: bool = False


@dataclass(frozen=True, slots=True)
class NotClaimed:
    """`before_data` said no; nothing was sent."""


Result = Accepted | Denied | Lost | NotClaimed


class Connection:
    """One connection to the relay."""

    def __init__(self, settings: SenderSettings, tls: ssl.SSLContext | None) -> None:
        starttls = {"never": False, "required": True, "opportunistic": None}[settings.starttls]
        self._client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username or None,
            password=settings.smtp_password.get_secret_value() or None,
            timeout=settings.smtp_timeout_seconds,
            use_tls=settings.smtp_tls,
            start_tls=starttls,
            tls_context=tls,
        )
        self._timeout_seconds = settings.smtp_timeout_seconds
        self._mails = 0

    async def hand_over(
        self, sender: str, mailbox: str, mail: bytes, before_data: Callable[[], Awaitable[bool]]
    ) -> Result:
        """Speak MAIL, RCPT and DATA for one mail.

        Args:
            sender: Envelope sender.
            mailbox: Envelope recipient, ASCII.
            mail: The mail, lines ending in CRLF.
            before_data: Asked after RCPT was accepted; DATA follows only where it returns True.

        Raises:
            asyncio.CancelledError: The connection is closed; after the claim nobody knows.
            RetryError: From `before_data`; nothing was sent.
        """
        stage = Stage.CONNECT
        kept = self._client.is_connected
        try:
            if not kept:
                await self._client.connect()
                self._mails = 0
            stage = Stage.MAIL
            self._mails += 1
            await self._client.mail(sender)
            stage = Stage.RCPT
            await self._client.rcpt(mailbox)
            if not await before_data():
                await self._reset()
                return NotClaimed()
            stage = Stage.DATA
            answer = await send_data(self._client, mail, self._timeout_seconds)
        except aiosmtplib.SMTPResponseException as error:
            reply = Reply(error.code, error.message)
            return await self._denied(stage, reply)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self.close()
            stale = kept and stage is Stage.MAIL
            return Lost(stage, type(error).__name__, stale=stale)
        except BaseException:
            self.close()
            raise
        if self._mails >= MAX_MAILS:
            self.close()
        return Accepted(Reply(answer.code, answer.message))

    async def _denied(self, stage: Stage, reply: Reply) -> Result:
        if reply.code < 400 or reply.code > 599:
            # Not a refusal but something that isn't SMTP, so what follows can't be trusted either.
            self.close()
            return Lost(stage, f"reply {reply.code}")
        if reply.code == 421 or stage is Stage.CONNECT:
            self.close()
        else:
            await self._reset()
        return Denied(stage, reply, claimed=stage is Stage.DATA)

    async def _reset(self) -> None:
        try:
            await self._client.rset()
        except (aiosmtplib.SMTPException, OSError):
            self.close()
        except BaseException:
            self.close()
            raise

    async def quit(self) -> None:
        """Take leave of the server, and close."""
        try:
            if self._client.is_connected:
                await self._client.quit()
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Close without a word."""
        self._client.close()


class Pool:
    """A fixed number of connections, opened when first needed.

    Args:
        settings: The relay.
    """

    def __init__(self, settings: SenderSettings) -> None:
        tls = None
        if settings.starttls != "never" or settings.smtp_tls:
            cafile = settings.smtp_cafile
            tls = ssl.create_default_context(cafile=str(cafile) if cafile else None)
        self._free: asyncio.LifoQueue[Connection] = asyncio.LifoQueue()
        self._all = [Connection(settings, tls) for _ in range(settings.connections)]
        for connection in self._all:
            self._free.put_nowait(connection)

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """A connection for the time of one mail; waits for a free one."""
        connection = await self._free.get()
        try:
            yield connection
        finally:
            self._free.put_nowait(connection)

    async def close(self) -> None:
        """Take leave on every connection."""
        await asyncio.gather(*(connection.quit() for connection in self._all))
