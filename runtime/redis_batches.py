"""A Redis client for many tasks at once: what they ask in the same moment goes out together.

Half of what a command costs redis-py's asyncio client doesn't depend on how much is asked, and a
ledger that syncs to disk before it answers syncs once for all that came with one packet.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

MOST_BATCHES: Final = 4
"""Batches on their way at once, each on a connection of its own."""
MOST_COMMANDS: Final = 200

Command = tuple[tuple[str | bytes, ...], Mapping[str, Any]]


class _Asked:
    """Commands that one task asked together, and where their answers go."""

    __slots__ = ("answers", "commands")

    def __init__(self, commands: list[Command]) -> None:
        self.commands = commands
        self.answers: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()


class BatchingRedis(Redis):
    """Redis' client, whose commands and plain pipelines share round trips.

    Commands of one pipeline stay together, in order and on one connection, so that WAIT still
    speaks of the writes before it. Nothing is repeated on failure, as in the client itself: all of
    a batch fails then, and each may have been done. Commands that block (BLPOP and the like) would
    hold up others and don't belong here.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._waiting: list[_Asked] = []
        self._batches: set[asyncio.Task[None]] = set()
        self._scheduled = False

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        """Send one command with what else is asked now."""
        [answer] = await self.ask([(args, options)])
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def ask(self, commands: list[Command]) -> list[Any]:
        """The answers to commands that stay together; what Redis refuses is an exception in them.

        Raises:
            redis.exceptions.RedisError: There is no answer.
        """
        asked = _Asked(commands)
        self._waiting.append(asked)
        if not self._scheduled:
            self._scheduled = True
            # Not at once: the other tasks that are ready now have something to ask too.
            asyncio.get_running_loop().call_soon(self._go)
        return await asked.answers

    def pipeline(self, transaction: bool = True, shard_hint: str | None = None) -> Pipeline:  # noqa: FBT001, FBT002  the client's own
        """A pipeline; without a transaction, its commands travel with others."""
        if transaction:
            return super().pipeline(transaction, shard_hint)
        pool = self.connection_pool
        return _BatchedPipeline(self, pool, self.response_callbacks, transaction, shard_hint)

    async def aclose(self, close_connection_pool: bool | None = None) -> None:  # noqa: FBT001
        """Close, once what is on its way has been answered or has failed."""
        while self._batches:
            await asyncio.wait(self._batches)
        await super().aclose(close_connection_pool)

    def _go(self) -> None:
        self._scheduled = False
        while self._waiting and len(self._batches) < MOST_BATCHES:
            batch: list[_Asked] = []
            count = 0
            while self._waiting and (not batch or count < MOST_COMMANDS):
                batch.append(self._waiting.pop(0))
                count += len(batch[-1].commands)
            task = asyncio.create_task(self._send(batch), name="redis-batch")
            self._batches.add(task)
            task.add_done_callback(self._sent)

    def _sent(self, task: "asyncio.Task[None]") -> None:
        self._batches.discard(task)
        if self._waiting and not self._scheduled:
            self._go()

    async def _send(self, batch: Sequence[_Asked]) -> None:
        pipeline = super().pipeline(transaction=False)
        for asked in batch:
            pipeline.command_stack += asked.commands
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except BaseException as error:
            for asked in batch:
                if not asked.answers.done():
                    asked.answers.set_exception(_told(error))
            if not isinstance(error, Exception):
                raise
            return
        at = 0
        for asked in batch:
            count = len(asked.commands)
            if not asked.answers.done():  # whoever asked may have been cancelled meanwhile
                asked.answers.set_result(answers[at : at + count])
            at += count


def _told(error: BaseException) -> BaseException:
    """An error for one of many to raise: each gets one of its own where that can be made."""
    with suppress(Exception):
        return type(error)(*error.args)
    return error


class _BatchedPipeline(Pipeline):
    """A pipeline without a transaction that goes out with what others ask."""

    def __init__(self, client: BatchingRedis, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._client = client

    async def execute(self, raise_on_error: bool = True) -> list[Any]:  # noqa: FBT001, FBT002
        """Send the commands and give their answers."""
        if self.scripts:  # those have to be there first
            return list(await super().execute(raise_on_error))
        commands, self.command_stack = list(self.command_stack), []
        answers = await self._client.ask(commands) if commands else []
        if raise_on_error:
            self.raise_first_error(commands, answers)
        return answers
