"""A connection left in the middle of a dialogue is never used again, whatever the stage."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from deploy.servers.smtp_inbox import SmtpInbox
from deploy.servers.smtp_script import Rule, Stage
from runtime.settings import load_settings
from senders.errors import StoreAwayError
from senders.smtp import replies
from senders.smtp.connection import Accepted, Connection, Denied, Lost
from senders.smtp.dial import relay_dial

pytestmark = pytest.mark.integration

FROM, ANN, BOB = "us@sender.example", "ann@inbox.example", "bob@inbox.example"
MAIL = b"Subject: hello\r\n\r\nhello\r\n"
GIVES_UP_SECONDS = 0.3
UNANSWERED = {
    Stage.MAIL: replies.Stage.MAIL,
    Stage.RCPT: replies.Stage.RCPT,
    Stage.DATA: replies.Stage.DATA,
    Stage.MESSAGE: replies.Stage.DATA,
}


def connection_to(inbox: SmtpInbox, timeout_seconds: float) -> Connection:
    settings = load_settings(
        sender={
            "smtp_host": inbox.host,
            "smtp_port": inbox.port,
            "starttls": "never",
            "smtp_timeout_seconds": timeout_seconds,
        }
    )
    return Connection(relay_dial(settings), 100)


async def agreed() -> bool:
    return True


async def hand_over(
    connection: Connection, mailbox: str, before: Callable[[], Awaitable[bool]] = agreed
) -> object:
    connection.may_open = True
    return await connection.hand_over(FROM, mailbox, MAIL, before)


async def refused_then_accepted(connection: Connection, inbox: SmtpInbox) -> None:
    """Each later mail gets the answer to itself: a late one would be taken for another's."""
    inbox.script.refuse(ANN)
    answers = [await hand_over(connection, mailbox) for mailbox in (BOB, ANN, BOB)]
    assert [type(answer) for answer in answers] == [Accepted, Denied, Accepted]
    sent = [mail for mail in inbox.mailbox.all() if mail.recipients == [BOB]]
    assert len(sent) == 2
    assert len({mail.peer for mail in sent}) == 1, "a connection in order is kept"


@pytest.mark.parametrize("stage", Stage)
async def test_a_server_that_falls_silent_is_left_and_its_late_answer_read_by_nobody(
    smtp_server: SmtpInbox, stage: Stage
) -> None:
    connection = connection_to(smtp_server, GIVES_UP_SECONDS)
    assert isinstance(await hand_over(connection, BOB), Accepted)
    [before] = smtp_server.mailbox.all()
    smtp_server.script.stall(stage)
    lost = await hand_over(connection, ANN)
    assert isinstance(lost, Lost)
    assert lost.stage is UNANSWERED[stage]
    smtp_server.script.release()
    smtp_server.mailbox.clear()
    await refused_then_accepted(connection, smtp_server)
    # The server, let go on, may still store what it was given over the first connection.
    later = [mail for mail in smtp_server.mailbox.all() if mail.recipients == [BOB]]
    assert before.peer not in {mail.peer for mail in later}
    await connection.quit()


@pytest.mark.parametrize("stage", Stage)
async def test_a_dialogue_that_is_cancelled_leaves_no_connection_behind(
    smtp_server: SmtpInbox, stage: Stage
) -> None:
    connection = connection_to(smtp_server, 30)
    smtp_server.script.stall(stage)
    dialogue = asyncio.create_task(hand_over(connection, ANN))
    await asyncio.to_thread(smtp_server.script.stalled.wait)
    dialogue.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dialogue
    smtp_server.script.release()
    smtp_server.mailbox.clear()
    await refused_then_accepted(connection, smtp_server)
    await connection.quit()


@pytest.mark.parametrize("stage", [Stage.MAIL, Stage.RCPT, Stage.DATA, Stage.MESSAGE])
@pytest.mark.parametrize("garbage", ["", "hello", "999 what", "25", "200 2.0.0 fine"])
async def test_what_is_no_answer_is_neither_acceptance_nor_refusal(
    smtp_server: SmtpInbox, stage: Stage, garbage: str
) -> None:
    connection = connection_to(smtp_server, 30)
    smtp_server.script.add(Rule(stage, garbage or " ", times=1))
    answer = await hand_over(connection, ANN)
    assert isinstance(answer, Lost), answer
    assert answer.stage is UNANSWERED[stage]
    smtp_server.mailbox.clear()
    await refused_then_accepted(connection, smtp_server)
    await connection.quit()


async def test_a_look_that_fails_before_data_leaves_no_connection_behind(
    smtp_server: SmtpInbox,
) -> None:
    async def away() -> bool:
        raise StoreAwayError("ledger", TimeoutError("no answer"))

    connection = connection_to(smtp_server, 30)
    with pytest.raises(StoreAwayError):
        await hand_over(connection, ANN, away)
    assert not connection.is_open
    await refused_then_accepted(connection, smtp_server)
    await connection.quit()
