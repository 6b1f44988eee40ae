"""What comes over a connection that nobody asked for, or that is no answer."""

import asyncio
from unittest.mock import Mock

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from runtime.redis_line import Answers, Wire, _Question


class Server:
    """A connection on which one question was asked."""

    def __init__(self) -> None:
        self.lost = Mock()
        self.transport = Mock()
        self.wire = Wire(self.transport, Mock(), 30.0, Mock(), self.lost)
        self.answer: asyncio.Future[Answers] = asyncio.get_running_loop().create_future()
        self.wire.send([_Question([("PING",)], self.answer, lambda error: error)])


async def test_a_notification_is_nobody_s_answer() -> None:
    server = Server()
    server.wire.data_received(b">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\na\r\n+PO")
    server.wire.data_received(b"NG\r\n")
    assert await server.answer == [b"PONG"]
    assert not server.lost.called
    server.wire.end(RedisConnectionError())


@pytest.mark.parametrize("said", [b"+PONG\r\n+PONG\r\n", b"+PONG\r\nwhat?\r\n"])
async def test_what_nobody_asked_for_or_is_no_answer_ends_it(said: bytes) -> None:
    server = Server()
    server.wire.data_received(said)
    assert await server.answer == [b"PONG"]
    assert server.lost.call_count == server.transport.abort.call_count == 1


async def test_who_waits_for_what_is_no_answer_is_told() -> None:
    server = Server()
    server.wire.data_received(b"what?\r\n")
    with pytest.raises(RedisConnectionError, match="an answer that is none"):
        await server.answer
