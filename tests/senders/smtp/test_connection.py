"""The dialogue, packet by packet, with servers that take MAIL and RCPT at once."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from senders.smtp.connection import Accepted, Connection, Denied, Lost, NotClaimed, Result
from senders.smtp.replies import Reply, Stage
from senders.smtp.wire import Wire
from tests.smtp_packets import HANGS_UP, ONE_BY_ONE, PacketServer

FROM, TO = "us@sender.example", "ann@inbox.example"
MAIL = b"Subject: hello\r\n\r\nhello\r\n"
ENVELOPE = b"MAIL FROM:<us@sender.example>\r\n", b"RCPT TO:<ann@inbox.example>\r\n"
BODY = MAIL + b".\r\n"
LOST, SILENT = "SMTPServerDisconnected", "SMTPReadTimeoutError"


def to(*servers: PacketServer, pipelining: bool = True) -> Connection:
    """A connection that opens to one after the other."""
    waiting = iter(servers)

    async def dial() -> Wire:
        return next(waiting).wire(pipelining=pipelining, timeout_seconds=0.02)

    return Connection(dial, 100)


async def agreed() -> bool:
    return True


async def never() -> bool:
    raise AssertionError("claimed before RCPT was accepted")


async def hand_over(
    connection: Connection, before: Callable[[], Awaitable[bool]] = agreed
) -> Result:
    connection.may_open = True
    return await connection.hand_over(FROM, TO, MAIL, before)


def denied(stage: Stage, code: int) -> Denied:
    return Denied(stage, Reply(code, "no"), claimed=False)


@pytest.mark.parametrize("pipelining", [True, False])
async def test_mail_and_rcpt_leave_at_once_and_data_after_the_claim(*, pipelining: bool) -> None:
    server = PacketServer({} if pipelining else ONE_BY_ONE)
    envelope = [b"".join(ENVELOPE)] if pipelining else list(ENVELOPE)
    seen = []

    async def claim() -> bool:
        seen.append(list(server.written))
        return len(seen) < 3

    connection = to(server, pipelining=pipelining)
    for _ in range(2):
        assert isinstance(await hand_over(connection, claim), Accepted)
        assert seen[-1] == envelope
        assert server.written == [*envelope, b"DATA\r\n", BODY]
        server.written.clear()
    assert await hand_over(connection, claim) == NotClaimed()
    assert server.written == [*envelope, b"RSET\r\n"]
    await connection.quit()
    assert server.written[-1] == b"QUIT\r\n"


async def test_however_the_replies_are_cut_into_packets() -> None:
    replies = "250-a\n250 b\n250 c\n"
    for cut in range(1, len(replies)):
        connection = to(PacketServer({"MAIL": (replies[:cut], replies[cut:])}))
        assert isinstance(await hand_over(connection), Accepted)


@pytest.mark.parametrize(
    ("packets", "expected", "kept"),
    [
        # A refusal, with whatever RCPT is answered after it.
        (("550 no\n503 need MAIL\n",), denied(Stage.MAIL, 550), True),
        (("451 no\n", "503 need MAIL\n"), denied(Stage.MAIL, 451), True),
        (("550 no\n250 fine\n",), denied(Stage.MAIL, 550), True),
        (("550 no\nwhat?\n",), denied(Stage.MAIL, 550), False),
        (("550 no\n421 bye\n",), denied(Stage.MAIL, 550), False),
        (("550 no\n", HANGS_UP), denied(Stage.MAIL, 550), False),
        (("550 no\n",), denied(Stage.MAIL, 550), False),
        (("550 no\n503 a\n503 b\n",), denied(Stage.MAIL, 550), False),
        (("250 ok\n550 no\n",), denied(Stage.RCPT, 550), True),
        (("250 ok\n", "451 no\n"), denied(Stage.RCPT, 451), True),
        (("250 ok\n550 no\n", HANGS_UP), denied(Stage.RCPT, 550), False),
        # 421 ends it.
        (("421 no\n250 ok\n",), denied(Stage.MAIL, 421), False),
        (("421 no\n", HANGS_UP), denied(Stage.MAIL, 421), False),
        (("250 ok\n421 no\n",), denied(Stage.RCPT, 421), False),
        # No answer.
        ((), Lost(Stage.MAIL, SILENT, stale=True), False),
        (("250 o",), Lost(Stage.MAIL, SILENT, stale=True), False),
        ((HANGS_UP,), Lost(Stage.MAIL, LOST, stale=True), False),
        (("250 ok\n",), Lost(Stage.RCPT, SILENT), False),
        (("250 ok\n2",), Lost(Stage.RCPT, SILENT), False),
        (("250 ok\n", HANGS_UP), Lost(Stage.RCPT, LOST), False),
        # None that can be understood.
        (("what?\n250 ok\n",), Lost(Stage.MAIL, "reply -1"), False),
        (("250 ok\nwhat?\n",), Lost(Stage.RCPT, "reply -1"), False),
        (("200 ok\n250 ok\n",), Lost(Stage.MAIL, "reply 200"), False),
        (("250 ok\n354 go on\n",), Lost(Stage.RCPT, "reply 354"), False),
        # More than was asked.
        (("250 ok\n250 ok\n250 ok\n",), Lost(Stage.RCPT, LOST), False),
        (("250 ok\n250 ok\n2",), Lost(Stage.RCPT, LOST), False),
        (("250 ok\n250 ok\n", HANGS_UP), Lost(Stage.RCPT, LOST), False),
    ],
)
async def test_nothing_is_claimed_but_for_a_clear_yes_to_rcpt(
    packets: tuple[str, ...], expected: Result, *, kept: bool
) -> None:
    server, another = PacketServer(), PacketServer()
    connection = to(server, another)
    assert isinstance(await hand_over(connection), Accepted)
    server.says["MAIL"] = packets
    server.written.clear()
    assert await hand_over(connection, never) == expected
    assert connection.is_open == kept
    if kept:
        assert server.written == [b"".join(ENVELOPE), b"RSET\r\n"]
        del server.says["MAIL"]
        server.says["MAIL"] = another.says["MAIL"]
    assert isinstance(await hand_over(connection), Accepted)
    assert bool(another.written) != kept


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"DATA": ("354 go on\n250 done\n",)}, Lost(Stage.DATA, LOST)),
        ({"DATA": ("250 done\n",)}, Lost(Stage.DATA, "reply 250")),
        ({"DATA": (HANGS_UP,)}, Lost(Stage.DATA, LOST)),
        ({"DATA": ()}, Lost(Stage.DATA, SILENT)),
        ({"Subject:": ("what?\n",)}, Lost(Stage.DATA, "reply -1")),
        ({"Subject:": ()}, Lost(Stage.DATA, SILENT)),
        ({"Subject:": ("421 no\n",)}, Denied(Stage.DATA, Reply(421, "no"), claimed=True)),
        # The mail was taken; what follows is nobody's answer.
        ({"Subject:": ("250 done\n250 done\n",)}, Accepted(Reply(250, "done"))),
        ({"Subject:": ("250 done\n", "421 idle\n")}, Accepted(Reply(250, "done"))),
    ],
)
async def test_after_the_claim_only_the_answer_to_data_counts(
    says: dict[str, tuple[str, ...]], expected: Result
) -> None:
    server, another = PacketServer(says), PacketServer()
    connection = to(server, another)
    assert await hand_over(connection) == expected
    await asyncio.sleep(0)  # what it says beyond its answer
    assert not connection.is_open
    assert (BODY in server.written) == ("Subject:" in says)
    assert isinstance(await hand_over(connection), Accepted)


@pytest.mark.parametrize("packet", ["421 idle\n", HANGS_UP])
async def test_to_who_hangs_up_while_it_is_claimed_data_is_never_said(packet: str) -> None:
    server = PacketServer()

    async def claim() -> bool:
        server.say(packet)
        return True

    assert await hand_over(to(server), claim) == Lost(Stage.RCPT, LOST)
    assert server.written == [b"".join(ENVELOPE)]


async def test_what_comes_unasked_closes_and_a_mail_waits_for_its_turn_to_open() -> None:
    server, another = PacketServer(), PacketServer()
    connection = to(server, another)
    assert isinstance(await hand_over(connection), Accepted)
    server.say("250 again\n")
    assert await connection.hand_over(FROM, TO, MAIL, never) == Lost(
        Stage.CONNECT, "closed", stale=True
    )
    assert isinstance(await hand_over(connection), Accepted)


@pytest.mark.parametrize("packets", [(), ("250 ok\n",), ("550 no\n",)])
async def test_a_dialogue_that_is_cancelled_is_closed(packets: tuple[str, ...]) -> None:
    server = PacketServer({"MAIL": packets})

    async def dial() -> Wire:
        return server.wire()

    connection = Connection(dial, 100)
    task = asyncio.create_task(hand_over(connection, never))
    for _ in range(5):
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not connection.is_open
    assert server.is_closing()


async def test_an_address_no_server_could_be_told_is_no_stale_connection() -> None:
    server = PacketServer()
    connection = to(server)
    assert isinstance(await hand_over(connection), Accepted)
    server.written.clear()
    lost = await connection.hand_over(FROM, "ann@inbox.example> SIZE=1", MAIL, never)
    assert lost == Lost(Stage.MAIL, "ValueError")
    assert server.written == []
