"""Handing one mail to a server over a connection, with the claim right before DATA.

A connection that was cancelled, timed out or answered nonsense is closed and never used again: a
late answer would be read as the next command's. Nothing here is wrapped in an outer timeout; the
wait for each reply has its own (docs/decisions/0503, 0525).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiosmtplib

from senders.smtp.data import dot_stuffed
from senders.smtp.dial import Dial
from senders.smtp.lines import mail_from, rcpt_to
from senders.smtp.replies import Reply, Stage
from senders.smtp.wire import Wire

_DONE, _WILL_FORWARD, _GO_ON = 250, 251, 354


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
        self._wire: Wire | None = None
        self._stage = Stage.CONNECT
        self._mails = 0
        self.may_open = True

    @property
    def is_open(self) -> bool:
        """Whether there is a connection, as far as is known without asking."""
        return self._wire is not None and self._wire.is_open

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
        self._stage = Stage.CONNECT
        kept = self.is_open
        if not kept and not self.may_open:
            # Closed by the server since it was given out: another may be opened, in its turn.
            return Lost(self._stage, "closed", stale=True)
        try:
            wire = self._wire if kept and self._wire else await self._open()
            self._mails += 1
            return await self._speak(wire, sender, mailbox, mail, before_data)
        except aiosmtplib.SMTPResponseException as error:
            return await self._denied(Reply(error.code, error.message))
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self.close()
            stale = kept and self._stage is Stage.MAIL and not isinstance(error, ValueError)
            return Lost(self._stage, type(error).__name__, stale=stale)
        except BaseException:
            self.close()
            raise

    async def _speak(
        self,
        wire: Wire,
        sender: str,
        mailbox: str,
        mail: bytes,
        before_data: Callable[[], Awaitable[bool]],
    ) -> Result:
        refusal = await self._envelope(wire, sender, mailbox)
        if refusal is not None:
            return await self._denied(refusal)
        if not await before_data():
            await self._reset()
            return NotClaimed()
        if not wire.is_open:
            # It hung up meanwhile: DATA is never said, so that the claim can be given back.
            raise aiosmtplib.SMTPServerDisconnected("Closed before DATA")
        self._stage = Stage.DATA
        reply = await wire.ask(b"DATA\r\n")
        if reply.code != _GO_ON:
            return await self._denied(reply)
        reply = await wire.ask(dot_stuffed(mail))
        return Accepted(reply) if reply.code == _DONE else await self._denied(reply)

    async def _envelope(self, wire: Wire, sender: str, mailbox: str) -> Reply | None:
        """MAIL and RCPT, at once where the server knows how; the refusal, if one is refused."""
        self._stage = Stage.MAIL
        first, second = mail_from(sender), rcpt_to(mailbox)
        if wire.pipelining:
            wire.write(first, second)
        else:
            wire.write(first)
        reply = await wire.reply()
        if reply.code != _DONE:
            return reply
        self._stage = Stage.RCPT
        if not wire.pipelining:
            wire.write(second)
        reply = await wire.reply()
        if reply.code not in (_DONE, _WILL_FORWARD):
            return reply
        if not wire.is_open:
            # It hung up with its answer, or said more than that: nothing is claimed for it.
            raise aiosmtplib.SMTPServerDisconnected("Closed after RCPT")
        return None

    async def _denied(self, reply: Reply) -> Result:
        stage = self._stage
        if reply.code < 400 or reply.code > 599:
            # Not a refusal but something that isn't SMTP, so what follows can't be trusted either.
            self.close()
            return Lost(stage, f"reply {reply.code}")
        if reply.code == 421 or stage is Stage.CONNECT:
            self.close()
        else:
            await self._reset()
        return Denied(stage, reply, claimed=stage is Stage.DATA)

    async def _open(self) -> Wire:
        self.may_open = False
        self._mails = 0
        self._wire = await self._dial()
        return self._wire

    async def _reset(self) -> None:
        if self._wire is None:
            return
        try:
            reply = await self._wire.ask(b"RSET\r\n")
        except (aiosmtplib.SMTPException, OSError):
            self.close()
        except BaseException:
            self.close()
            raise
        else:
            if reply.code != _DONE:
                self.close()

    async def quit(self) -> None:
        """Take leave of the server, and close."""
        try:
            if self._wire is not None and self._wire.is_open:
                await self._wire.ask(b"QUIT\r\n")
        except (aiosmtplib.SMTPException, OSError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        """Close without a word."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
