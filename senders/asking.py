"""Asking a Redis for many mails at once: what is asked at about the same time leaves in one write.

Answers go to who asked. A cluster's keys live on many servers, so there each question goes its own
way, by the client.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import Any, Final

from redis.asyncio import RedisCluster
from redis.exceptions import NoScriptError, RedisError

from runtime.redis_client import Client
from runtime.redis_line import Answers, Command, Line
from senders.errors import StoreAwayError

CALLS: Final = 32
"""Askers of a cluster at work at once: its client refuses more than a hundred to a server."""


class Asker:
    """Sends what many tasks ask one Redis.

    Args:
        redis: The store.
        store: `state` or `ledger`, for errors.
    """

    def __init__(self, redis: Client, store: str) -> None:
        self._redis = redis
        self._store = store
        self._line = None if isinstance(redis, RedisCluster) else Line(redis, self._away)
        self._apart = asyncio.Semaphore(CALLS)

    def ask(self, commands: Sequence[Command]) -> "asyncio.Future[Answers]":
        """Send commands; the future gives the answer to each, in order: see `runtime.redis_line`.

        Commands of one call travel on one connection, in their order. Once sent they are carried
        out, whether or not the asker still waits. A cluster gets one after the other, and none once
        the asker has left.

        Returns:
            Raises, when awaited, a StoreAwayError where the store did not answer or refused one of
            the commands. Whether they were carried out is then not known.
        """
        if self._line is not None:
            return self._line.ask(commands)
        return asyncio.ensure_future(self._ask_apart(commands))

    async def run(self, script: str, digest: str, keys: list[str], args: list[Any]) -> Any:
        """Run a Lua script by its SHA-1; it is sent whole where the store doesn't know it yet.

        Raises:
            StoreAwayError: See `ask`.
        """
        given = (len(keys), *keys, *args)
        try:
            [answer] = await self.ask([("EVALSHA", digest, *given)])
        except StoreAwayError as error:
            if not isinstance(error.__cause__, NoScriptError):
                raise
            [answer] = await self.ask([("EVAL", script, *given)])
        return answer

    async def _ask_apart(self, commands: Sequence[Command]) -> Answers:
        try:
            async with self._apart:
                return [await self._say(command) for command in commands]
        except RedisError as error:
            raise self._away(error) from error

    def _say(self, command: Command) -> Awaitable[Any]:
        # The client makes yes or no of a SET's answer, but where it is told what was asked.
        options = {"get": True} if command[0] == "SET" and "GET" in command[3:] else {}
        return self._redis.execute_command(*command, **options)

    def _away(self, error: RedisError) -> StoreAwayError:
        return StoreAwayError(self._store, error)
