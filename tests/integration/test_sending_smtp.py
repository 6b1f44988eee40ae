"""The dialogue with a real SMTP server: TLS, AUTH, silence, nonsense, cancellation."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope

from deploy.servers.ports import free_port
from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Rule, Stage
from runtime.settings import Settings, load_settings
from senders.smtp import replies
from senders.smtp.connection import Accepted, Connection, Denied, Lost, NotClaimed, Result
from senders.smtp.dial import relay_dial

pytestmark = pytest.mark.integration

MAIL = b"Subject: x\r\n\r\n.\r\nHello.\r\n"
TO = "ann@inbox.example"
Before = Callable[[], Awaitable[bool]]


def settings(address: str, **changes: Any) -> Settings:
    host, port = address.rsplit(":", 1)
    plain = {"smtp_host": host, "smtp_port": int(port), "starttls": "never"}
    return load_settings(sender={**plain, "smtp_timeout_seconds": 1.0, **changes})


async def yes() -> bool:
    return True


async def hand_over(connection: Connection, before_data: Before = yes) -> Result:
    connection.may_open = True
    return await connection.hand_over("news@sender.example", TO, MAIL, before_data)


@asynccontextmanager
async def connection_to(address: str, **changes: Any) -> AsyncIterator[Connection]:
    connection = Connection(relay_dial(settings(address, **changes)), 100)
    try:
        yield connection
    finally:
        await connection.quit()


async def test_mails_share_a_connection(smtp_server: SmtpInbox) -> None:
    async with connection_to(smtp_server.address) as connection:
        for _ in range(3):
            result = await hand_over(connection)
            assert isinstance(result, Accepted)
            assert result.reply.code == 250
        # Nothing of one dialogue is left for the next.
        smtp_server.script.refuse(TO)
        assert isinstance(await hand_over(connection), Denied)
        smtp_server.script.clear()
        assert isinstance(await hand_over(connection), Accepted)
    mails = smtp_server.mailbox.all()
    assert len(mails) == 4
    # A line that is a lone dot arrives as one (RFC 5321, section 4.5.2).
    assert mails[0].content.splitlines()[-2:] == [b".", b"Hello."]


async def test_without_a_claim_nothing_is_sent(smtp_server: SmtpInbox) -> None:
    async def no() -> bool:
        return False

    async with connection_to(smtp_server.address) as connection:
        assert isinstance(await hand_over(connection, no), NotClaimed)
        assert isinstance(await hand_over(connection), Accepted)
    assert len(smtp_server.mailbox.all()) == 1


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.MAIL, replies.Stage.MAIL),
        (Stage.RCPT, replies.Stage.RCPT),
        (Stage.DATA, replies.Stage.DATA),
        (Stage.MESSAGE, replies.Stage.DATA),
    ],
)
async def test_silence_ends_the_connection_and_the_next_mail_gets_a_new_one(
    smtp_server: SmtpInbox, stage: Stage, expected: replies.Stage
) -> None:
    smtp_server.script.stall(stage)
    async with connection_to(smtp_server.address) as connection:
        assert await hand_over(connection) == Lost(expected, "SMTPReadTimeoutError")
        assert isinstance(await hand_over(connection), Accepted)
        smtp_server.script.release()
        assert isinstance(await hand_over(connection), Accepted)


@pytest.mark.parametrize("stage", [Stage.RCPT, Stage.DATA, Stage.MESSAGE])
async def test_a_cancelled_dialogue_is_never_gone_on_with(
    smtp_server: SmtpInbox, stage: Stage
) -> None:
    async with connection_to(smtp_server.address, smtp_timeout_seconds=30.0) as connection:
        assert isinstance(await hand_over(connection), Accepted)
        smtp_server.script.stall(stage)
        task = asyncio.ensure_future(hand_over(connection))
        await asyncio.to_thread(smtp_server.script.stalled.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        smtp_server.script.release()
        smtp_server.script.refuse(TO, Stage.RCPT)
        # With the old connection, the late answer would stand here for another command's.
        assert isinstance(await hand_over(connection), Denied)


async def test_a_connection_the_server_closed_meanwhile_is_no_failure(
    smtp_server: SmtpInbox,
) -> None:
    async with connection_to(smtp_server.address) as connection:
        assert isinstance(await hand_over(connection), Accepted)
        smtp_server.script.add(Rule(Stage.MAIL, drop=True, times=1))
        result = await hand_over(connection)
        assert isinstance(result, Lost)
        assert result.stale
        assert isinstance(await hand_over(connection), Accepted)


@pytest.mark.parametrize(
    ("reply", "code"), [("421 4.3.2 Going down", 421), ("250 fine", 0), ("what?", 0)]
)
async def test_odd_answers_to_rcpt_and_data(smtp_server: SmtpInbox, reply: str, code: int) -> None:
    smtp_server.script.add(Rule(Stage.DATA, reply, times=1))
    async with connection_to(smtp_server.address) as connection:
        result = await hand_over(connection)
        if code:
            assert isinstance(result, Denied)
            assert result.reply.code == code
            assert result.claimed
        else:
            assert isinstance(result, Lost)
            assert result.stage is replies.Stage.DATA
        assert isinstance(await hand_over(connection), Accepted)


async def test_nobody_there_is_a_passing_condition() -> None:
    async with connection_to(f"127.0.0.1:{free_port()}") as connection:
        assert await hand_over(connection) == Lost(replies.Stage.CONNECT, "SMTPConnectError")


class Relay:
    """A relay that wants TLS and a password."""

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "certificate.pem"
        key = folder / "key.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
                *("-keyout", str(key), "-out", str(self.certificate)),
            ],
            check=True,
            capture_output=True,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, key)
        self.mails: list[Envelope] = []
        self.port = free_port()
        self.controller = Controller(
            self,
            hostname="localhost",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=self._authenticate,
        )

    def _authenticate(
        self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
    ) -> AuthResult:
        fine = (data.login, data.password) == (b"nextbest", b"a-relay-password")
        return AuthResult(success=fine, handled=fine)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.mails.append(envelope)
        return "250 OK"


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[Relay]:
    made = Relay(tmp_path)
    made.controller.start()
    yield made
    made.controller.stop()


async def test_tls_and_password_where_configured(relay: Relay) -> None:
    given = {
        "smtp_timeout_seconds": 5.0,
        "starttls": "required",
        "smtp_cafile": relay.certificate,
        "smtp_username": "nextbest",
        "smtp_password": "a-relay-password",
    }
    address = f"localhost:{relay.port}"
    async with connection_to(address, **given) as connection:
        assert isinstance(await hand_over(connection), Accepted)
    [mail] = relay.mails
    assert mail.rcpt_tos == [TO]
    async with connection_to(
        address, **{**given, "smtp_password": "another-password"}
    ) as connection:
        refused = await hand_over(connection)
        assert isinstance(refused, Denied)
        assert refused.stage is replies.Stage.CONNECT
        assert replies.judge(refused.stage, refused.reply) is replies.Verdict.RETRY
    async with connection_to(address, **{**given, "smtp_cafile": None}) as connection:
        untrusted = await hand_over(connection)
        assert isinstance(untrusted, Lost)
        assert untrusted.stage is replies.Stage.CONNECT
    assert len(relay.mails) == 1


async def test_required_tls_is_never_gone_without(smtp_server: SmtpInbox) -> None:
    async with connection_to(smtp_server.address, starttls="required") as connection:
        result = await hand_over(connection)
        assert isinstance(result, Lost | Denied)
        assert result.stage is replies.Stage.CONNECT
    assert smtp_server.mailbox.all() == []
