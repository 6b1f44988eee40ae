"""The LMTP (RFC 2033) or SMTP server that bounces and complaints come to.

It accepts mail for signed return paths of ours and for the mailboxes of feedback loops, and nothing
else. 250 is answered when all that follows is durable, 451 where the ledger is away; the other side
keeps the mail then.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

from runtime.inbound_settings import InboundSettings
from runtime.logging import get_logger
from runtime.metrics import Metrics
from schemas.errors import RetryError
from senders.clock import PipelineClock
from senders.inbound.taking import Taking
from senders.links.verp import ReturnPaths

LINE_BYTES: Final = 256 * 1024
"""Longest line; RFC 5322 says 998, and mails that came back say otherwise."""
SLACK_BYTES: Final = 2 * LINE_BYTES
"""More than a mail's limit that may arrive before the connection is cut."""
TAKEN: Final = "250 2.0.0 taken"
LATER: Final = "451 4.3.0 can't be written down now, try again later"
log = get_logger(__name__)


class Handler:
    """Answers the commands that matter.

    Args:
        taking: Takes mails.
        paths: Knows return paths.
        mailboxes: Local parts that take feedback reports.
        clock: The pipeline's time.
        metrics: Counts mails.
    """

    def __init__(
        self,
        taking: Taking,
        paths: ReturnPaths,
        mailboxes: tuple[str, ...],
        clock: PipelineClock,
        metrics: Metrics,
    ) -> None:
        self._taking = taking
        self._paths = paths
        self._mailboxes = frozenset(mailbox.lower() for mailbox in mailboxes)
        self._clock = clock
        self._metrics = metrics
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def idle(self) -> None:
        """Wait until no mail is being taken."""
        await self._idle.wait()

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]
    ) -> str:
        """Accept a recipient of ours; one a mail, since each has an answer of its own."""
        local, _at, domain = address.strip().strip("<>").rpartition("@")
        if domain.lower() != self._paths.domain:
            self._metrics.inbound_refused_total.labels("relaying").inc()
            return "550 5.7.1 no relaying"
        if local.lower() not in self._mailboxes and self._paths.open(address) is None:
            self._metrics.inbound_refused_total.labels("forged").inc()
            return "550 5.1.1 no such mailbox"
        if envelope.rcpt_tos:
            return "452 4.5.3 one recipient at a time"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        """Take the mail; durable before the answer."""
        self._busy += 1
        self._idle.clear()
        try:
            return await self._take(bytes(envelope.content), envelope.rcpt_tos[0])
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def _take(self, data: bytes, recipient: str) -> str:
        began = time.monotonic()
        try:
            now_ms = await self._clock.now_ms()
            report, fate = await self._taking.take(data, recipient, now_ms)
        except RetryError as error:
            self._metrics.inbound_refused_total.labels("later").inc()
            log.warning("mail_not_taken", problem=str(error))
            return LATER
        self._metrics.inbound_mails_total.labels(report.kind, report.source or "none", fate).inc()
        self._metrics.inbound_seconds.observe(time.monotonic() - began)
        return TAKEN

    async def handle_exception(self, error: Exception) -> str:
        """Whatever goes wrong here, the other side keeps the mail."""
        log.error("inbound_threw", problem=f"{type(error).__name__}: {error}")
        self._metrics.inbound_refused_total.labels("threw").inc()
        return LATER


class _Bounded(SMTP):  # type: ignore[misc]
    """A connection with limits that aiosmtpd leaves open.

    Args:
        settings: The limits.
        sessions: The connections there are; this one joins while it lasts.
    """

    line_length_limit = LINE_BYTES

    def __init__(
        self, handler: Handler, settings: InboundSettings, sessions: "set[_Bounded]"
    ) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(
            handler,
            data_size_limit=settings.max_bytes,
            enable_SMTPUTF8=True,
            hostname="nextbest",
            ident="nextbest",
            timeout=settings.timeout_seconds,
            loop=loop,
        )
        self._settings = settings
        self._sessions = sessions
        self._received = 0
        self._last: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin, or say that there are too many."""
        if len(self._sessions) >= self._settings.connections:
            transport.write(b"421 4.3.2 too many connections, try again later\r\n")
            transport.close()
            return
        self._sessions.add(self)
        self._last = self.loop.call_later(self._settings.session_seconds, transport.abort)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """End."""
        if self not in self._sessions:
            return
        self._sessions.discard(self)
        if self._last is not None:
            self._last.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Take bytes, until one mail has far more than it may."""
        if self not in self._sessions:
            return
        self._received += len(data)
        if self._received > self._settings.max_bytes + SLACK_BYTES:
            assert self.transport is not None
            self.transport.abort()
            return
        super().data_received(data)

    async def smtp_MAIL(self, arg: str) -> None:  # noqa: N802  aiosmtpd's name
        """Begin a mail; its bytes are counted from here."""
        self._received = 0
        await super().smtp_MAIL(arg)


class _BoundedLmtp(_Bounded, LMTP):  # type: ignore[misc]
    """The same, by LMTP."""


def connections(
    handler: Handler, settings: InboundSettings, sessions: "set[_Bounded]"
) -> Callable[[], asyncio.BaseProtocol]:
    """What makes a protocol for each connection."""
    kind = _BoundedLmtp if settings.protocol == "lmtp" else _Bounded
    return lambda: kind(handler, settings, sessions)
