"""One connection to a Redis that many tasks ask over: questions leave together, answers in order.

redis-py takes a connection from its pool for every question, with three tasks and two timers: ten
times the CPU of asking over a connection that stands. It still makes the connection (ACL, TLS, Unix
sockets, database); what is said over it is laid out and read by hiredis (docs/decisions/0527).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, cast

import hiredis
from redis.asyncio import Redis
from redis.exceptions import (
    ConnectionError as RedisConnectionError,
)
from redis.exceptions import (
    InvalidResponse,
    NoScriptError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import (
    TimeoutError as RedisTimeoutError,
)

Command = tuple[str | bytes | int, ...]
"""Its name, then its arguments."""
Answers = list[Any]
"""An answer to each command, as hiredis gives it: bytes, int, None, lists, under RESP3 dicts."""

MOST_UNDER_WAY: Final = 1
"""Writes that await their answers at once. What is asked meanwhile leaves together, by the next: a
write costs as much CPU as ten commands, and Redis works on one command at a time."""
_NOT_YET: Final = object()
_REFUSALS: Final = {"NOSCRIPT": NoScriptError, "READONLY": ReadOnlyError}


@dataclass(slots=True)
class _Question:
    """What one asker asked."""

    commands: Sequence[Command]
    answer: "asyncio.Future[Answers]"
    told_as: Callable[[RedisError], Exception]
    heard: Answers = field(default_factory=list)

    def fail(self, error: RedisError) -> None:
        """Tell why there is no answer, unless nobody waits any more."""
        if not self.answer.done():
            told = self.told_as(error)
            told.__cause__ = None if told is error else error
            self.answer.set_exception(told)


@dataclass(slots=True)
class _Write:
    """What left together."""

    at: float
    questions: deque[_Question]


class Wire(asyncio.Protocol):
    """The bytes of one connection, from being made until it is lost.

    Args:
        transport: The connection, by now free of questions.
        before: Whose protocol it was; told when it ends.
        timeout_seconds: How long an answer may take; None for any time.
        room: Called whenever there is room for another write.
        lost: Called once, when it can't be used any more.
    """

    def __init__(
        self,
        transport: asyncio.Transport,
        before: asyncio.BaseProtocol,
        timeout_seconds: float | None,
        room: Callable[[], None],
        lost: Callable[[], None],
    ) -> None:
        self._transport = transport
        self._before = before
        self._timeout = timeout_seconds
        self._room = room
        self._lost = lost
        self._ended = False
        self._under_way: deque[_Write] = deque()
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse, replyError=_refusal, notEnoughData=_NOT_YET
        )
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        transport.set_protocol(self)

    @property
    def is_full(self) -> bool:
        """Whether as many writes are under way as may be."""
        return len(self._under_way) >= MOST_UNDER_WAY

    def send(self, questions: Sequence[_Question]) -> None:
        """Ask; the answers come to each question's future."""
        packed, sent = list[bytes](), deque[_Question]()
        for question in questions:
            try:
                packed += [_packed(command) for command in question.commands]
            except Exception as error:  # noqa: BLE001  told to who asked for it
                question.answer.set_exception(error)
            else:
                sent.append(question)
        if not sent:
            return
        self._under_way.append(_Write(self._loop.time(), sent))
        if self._timer is None and self._timeout is not None:
            self._timer = self._loop.call_later(self._timeout, self._look)
        self._transport.write(b"".join(packed))

    def data_received(self, data: bytes) -> None:
        """Hand answers to who asked."""
        try:
            self._reader.feed(data)
            while (reply := self._reader.gets()) is not _NOT_YET:
                if not isinstance(reply, hiredis.PushNotification):
                    self._hear(reply)
        except (InvalidResponse, IndexError) as error:
            # Nobody asked for it: what comes after it can't be told apart any more.
            self.end(RedisConnectionError(f"an answer that is none: {error}"))
            return
        if not self._ended and not self.is_full:
            self._room()

    def _hear(self, reply: Any) -> None:
        write = self._under_way[0]
        question = write.questions[0]
        question.heard.append(reply)
        if len(question.heard) < len(question.commands):
            return
        write.questions.popleft()
        if not write.questions:
            self._under_way.popleft()
        if question.answer.done():
            return
        refused = next((each for each in question.heard if isinstance(each, RedisError)), None)
        if refused is None:
            question.answer.set_result(question.heard)
            return
        question.fail(refused)
        if isinstance(refused, ReadOnlyError):
            # A primary that became a replica: its name may lead to another by now.
            self.end(refused)

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits is told."""
        self._before.connection_lost(error)
        self.end(RedisConnectionError(f"the connection was lost: {error or 'closed'}"))

    def _look(self) -> None:
        """End it where the oldest question waited too long; else look again when it will have."""
        self._timer = None
        if not self._under_way or self._timeout is None:
            return
        left = self._under_way[0].at + self._timeout - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self.end(RedisTimeoutError(f"no answer within {self._timeout:g} s"))

    def end(self, error: RedisError) -> None:
        """Use it no more; whoever waits is told why."""
        if self._ended:
            return
        self._ended = True
        if self._timer is not None:
            self._timer.cancel()
        self._transport.abort()
        self._lost()
        for write in self._under_way:
            for question in write.questions:
                question.fail(error)
        self._under_way.clear()


class Line:
    """A connection that many tasks ask over, made when it is needed and made anew when lost.

    It ends with the client it is from.

    Args:
        redis: Makes the connection.
        told_as: What askers are told instead of a RedisError.
    """

    def __init__(
        self, redis: Redis, told_as: Callable[[RedisError], Exception] = lambda error: error
    ) -> None:
        self._pool: Any = redis.connection_pool
        self._told_as = told_as
        self._waiting: list[_Question] = []
        self._wire: Wire | None = None
        self._setting_off = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._connecting = False

    def ask(self, commands: Sequence[Command]) -> "asyncio.Future[Answers]":
        """Send commands; the future gives their answers, in order.

        Once sent they are carried out, whether or not the asker still waits. What is asked in one
        turn of the event loop leaves together.

        Returns:
            Raises, when awaited, a RedisError, or what it is told as, where the store did not
            answer or refused one of the commands; whether they were carried out is then not known.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answers] = loop.create_future()
        if not commands:
            answer.set_result([])
            return answer
        self._waiting.append(_Question(commands, answer, self._told_as))
        if not self._setting_off:
            self._setting_off = True
            loop.call_soon(self._set_off)
        return answer

    def _set_off(self) -> None:
        self._setting_off = False
        if self._wire is None:
            if not self._connecting:
                self._connecting = True
                self._start(self._connect())
        elif not self._wire.is_full:
            self._send(self._wire)

    def _send(self, wire: Wire) -> None:
        waiting, self._waiting = self._waiting, []
        wire.send([each for each in waiting if not each.answer.done()])

    def _has_room(self) -> None:
        if self._wire is not None and self._waiting:
            self._send(self._wire)

    async def _connect(self) -> None:
        try:
            connection = await self._connected()
        except Exception as error:  # noqa: BLE001  told to everybody who waits
            away = error if isinstance(error, RedisError) else RedisConnectionError(str(error))
            waiting, self._waiting = self._waiting, []
            for question in waiting:
                question.fail(away)
            return
        finally:
            self._connecting = False
        transport: Any = connection._writer.transport  # noqa: SLF001  there is no other way to it
        before = transport.get_protocol()

        def lost() -> None:
            self._wire = None
            self._start(self._give_back(connection))
            if not all(question.answer.done() for question in self._waiting):
                self._set_off()

        timeout_seconds = connection.socket_timeout
        self._wire = Wire(transport, before, timeout_seconds, self._has_room, lost)
        self._has_room()

    async def _connected(self) -> Any:
        connection = await self._pool.get_connection()
        try:
            if await connection.can_read():
                # Closed while it lay in the pool, which gives such ones out where the server may
                # send notifications; nobody would ever be told that it is.
                await connection.disconnect(nowait=True)
                await connection.connect()
        except BaseException:
            self._start(self._give_back(connection))
            raise
        return connection

    async def _give_back(self, connection: Any) -> None:
        with suppress(RedisError, OSError):
            await connection.disconnect(nowait=True)
        await self._pool.release(connection)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


_packed: Final = cast("Callable[[Command], bytes]", hiredis.pack_command)


def _refusal(text: str) -> ResponseError:
    kind, _, rest = text.partition(" ")
    refused = _REFUSALS.get(kind)
    return refused(rest) if refused is not None else ResponseError(text)


def pairs(answer: Any) -> Iterable[tuple[bytes, bytes]]:
    """The fields and values of an `HGETALL`, in whichever protocol it was answered."""
    return (
        answer.items()
        if isinstance(answer, Mapping)
        else zip(answer[::2], answer[1::2], strict=True)
    )
