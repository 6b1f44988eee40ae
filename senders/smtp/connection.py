"""Handing one mail to a server over a connection, with the claim right before DATA.

A connection that was cancelled, timed out or answered nonsense is closed and never used again:
aiosmtplib would read the late answer as the next command's. Nothing here is wrapped in an outer
timeout; every command has aiosmtplib's own, which closes the connection (docs/decisions/0503).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiosmtplib

from senders.smtp.data import send_data
from senders.smtp.dial import Dial
from senders.smtp.replies import Reply, Stage


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
    """One connection, opened when it is first needed.

    Args:
        dial: Opens it.
        most_mails: Mails it carries before it is closed.

    Attributes:
        may_open: Whether it may connect: said by whoever counts connections, used up by it.
    """

    def __init__(self, dial: Dial, most_mails: int) -> None:
        self._dial = dial
        self._most_mails = most_mails
        self._client: aiosmtplib.SMTP | None = None
        self._mails = 0
        self.may_open = True

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as is known without asking."""
        return self._client is not None and self._client.is_connected

    @property
    def is_worn(self) -> bool:
        """Whether it has carried as many mails as it may."""
        return self._mails >= self._most_mails

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
        kept = self.is_open
        if not kept and not self.may_open:
            # Closed by the server since it was given out: another may be opened, in its turn.
            return Lost(stage, "closed", stale=True)
        try:
            client = self._client if kept and self._client else await self._open()
            stage = Stage.MAIL
            self._mails += 1
            await client.mail(sender)
            stage = Stage.RCPT
            await client.rcpt(mailbox)
            if not await before_data():
                await self._reset()
                return NotClaimed()
            stage = Stage.DATA
            answer = await send_data(client, mail)
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

    async def _open(self) -> aiosmtplib.SMTP:
        self.may_open = False
        self._mails = 0
        self._client = await self._dial()
        return self._client

    async def _reset(self) -> None:
        if self._client is None:
            return
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
            if self._client is not None and self._client.is_connected:
                await self._client.quit()
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Close without a word."""
        if self._client is not None:
            self._client.close()
            self._client = None
