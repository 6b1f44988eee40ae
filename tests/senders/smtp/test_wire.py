import asyncio

import aiosmtplib
import pytest

from senders.smtp.wire import Wire
from tests.smtp_packets import PacketServer


async def test_many_replies_cost_one_timer_and_a_closed_connection_has_none() -> None:
    wire = PacketServer().wire()
    timers = set()
    for _ in range(5):
        assert (await wire.ask(b"RSET\r\n")).code == 250
        timers.add(wire._timer)
    [timer] = timers
    assert timer is not None
    assert not timer.cancelled()
    wire.close()
    assert timer.cancelled()


async def test_a_timer_that_fires_while_nobody_waits_is_not_set_again() -> None:
    wire = PacketServer().wire(timeout_seconds=0.0)
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await wire.reply()
    wire = PacketServer().wire(timeout_seconds=0.001)
    await wire.ask(b"RSET\r\n")
    while wire._timer is not None:
        await asyncio.sleep(0)
    assert wire.is_open


async def test_what_is_closed_can_neither_be_taken_over_nor_spoken_to() -> None:
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        Wire(aiosmtplib.SMTP(), 1.0)
    wire = PacketServer().wire()
    wire.close()
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        wire.write(b"RSET\r\n")
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await wire.reply()


async def test_a_server_that_reads_no_more_is_told_nothing_once_it_was_given_up() -> None:
    server = PacketServer({"Subject:": ()})
    wire = server.wire(timeout_seconds=0.001)
    server.unread_bytes = 1
    with pytest.raises(aiosmtplib.SMTPReadTimeoutError):
        await wire.ask(b"Subject: hello\r\n.\r\n")
    wire.close()
    assert server.aborted
