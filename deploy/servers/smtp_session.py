"""The inbox's side of one SMTP connection: aiosmtpd's, with the script consulted at each stage."""

import asyncio
import ssl
from collections.abc import Callable

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from deploy.servers.mailbox import Mail, Mailbox
from deploy.servers.smtp_script import Rule, Script, Stage

LARGEST_MESSAGE_BYTES = 10_000_000


class InboxHandler:
    """aiosmtpd's hooks: each asks the script first, and MESSAGE stores what is accepted."""

    def __init__(self, mailbox: Mailbox, script: Script, clock_ms: Callable[[], int]) -> None:
        self._mailbox = mailbox
        self._script = script
        self._clock_ms = clock_ms

    async def handle_EHLO(  # noqa: N802  (the hook's name in aiosmtpd)
        self,
        server: SMTP,  # noqa: ARG002
        session: Session,
        envelope: Envelope,  # noqa: ARG002
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """EHLO: offer PIPELINING (RFC 2920), as nearly every mail server does."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_MAIL(  # noqa: N802
        self,
        server: SMTP,
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        mail_options: list[str],
    ) -> str:
        """MAIL FROM: RFC 5321, 4.1.1.2."""
        rule = await self.consult(server, Stage.MAIL, [address])
        if rule is not None and rule.reply:
            return rule.reply
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        server: SMTP,
        session: Session,  # noqa: ARG002
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """RCPT TO: RFC 5321, 4.1.1.3."""
        rule = await self.consult(server, Stage.RCPT, [address])
        if rule is not None and rule.reply:
            return rule.reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """The whole message has come; accepting it means that it is stored."""
        rule = await self.consult(server, Stage.MESSAGE, envelope.rcpt_tos)
        if rule is not None and rule.reply:
            return rule.reply
        if rule is None or rule.keep or not rule.drop:
            peer = session.peer
            self._mailbox.add(
                Mail(
                    accepted_at_ms=self._clock_ms(),
                    mail_from=envelope.mail_from or "",
                    recipients=list(envelope.rcpt_tos),
                    content=bytes(envelope.content or b""),
                    peer=f"{peer[0]}:{peer[1]}" if peer else "",
                )
            )
        return "250 2.0.0 OK: stored"

    async def consult(self, server: SMTP, stage: Stage, addresses: list[str]) -> Rule | None:
        """Return the script's rule for this moment, after its stall; close when it says so."""
        rule = self._script.take(stage, addresses)
        if rule is None:
            return None
        if rule.stall:
            self._script.stalled.set()
            await asyncio.to_thread(self._script.released.wait)
        if rule.drop and server.transport is not None:
            if rule.keep:
                rule = Rule(stage, keep=True)  # stored by the caller; the answer goes nowhere
            server.transport.close()
        return rule


class InboxSession(SMTP):  # type: ignore[misc]  # aiosmtpd has no types
    """A connection that can also refuse the DATA command itself, which aiosmtpd has no hook for."""

    inbox_handler: InboxHandler

    def __init__(
        self,
        handler: InboxHandler,
        *,
        credentials: tuple[str, str] | None,
        tls: ssl.SSLContext | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            handler,
            loop=loop,
            hostname="inbox.test",
            ident="nextbest test inbox",
            data_size_limit=LARGEST_MESSAGE_BYTES,
            enable_SMTPUTF8=True,
            tls_context=tls,
            require_starttls=tls is not None,
            auth_required=credentials is not None,
            auth_require_tls=tls is not None or credentials is None,
            authenticator=_authenticator(credentials) if credentials else None,
        )
        self.inbox_handler = handler

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        """DATA: RFC 5321, 4.1.1.4."""
        recipients = list(self.envelope.rcpt_tos) if self.envelope is not None else []
        rule = await self.inbox_handler.consult(self, Stage.DATA, recipients)
        if rule is not None and rule.reply:
            await self.push(rule.reply)
            return
        if rule is not None and rule.drop:
            return
        await super().smtp_DATA(arg)


def _authenticator(
    credentials: tuple[str, str],
) -> Callable[[SMTP, Session, Envelope, str, object], AuthResult]:
    wanted = (credentials[0].encode(), credentials[1].encode())

    def authenticate(
        server: SMTP,  # noqa: ARG001
        session: Session,  # noqa: ARG001
        envelope: Envelope,  # noqa: ARG001
        mechanism: str,  # noqa: ARG001
        given: object,
    ) -> AuthResult:
        known = isinstance(given, LoginPassword) and (given.login, given.password) == wanted
        return AuthResult(success=known, handled=False)

    return authenticate
