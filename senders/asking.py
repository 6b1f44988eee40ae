"""Asking a Redis for many mails at once: what is asked at about the same time leaves in one write.

A round trip costs redis-py 50 µs of CPU and each command in one 10 µs more, so mails that ask side
by side share round trips. Answers go to who asked; nobody waits for more to come.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from redis.asyncio import RedisCluster
from redis.exceptions import NoScriptError, RedisError

from runtime.redis_client import Client
from senders.errors import StoreAwayError

MOST: Final = 100
"""Askers in one write: a large answer would hold up the first of them."""
FLIGHTS: Final = 4
"""Writes under way at once: a slow one, that waits for a replica say, holds up only its own."""

Commands = Callable[[Any], object]
"""Puts commands into a redis-py pipeline."""


class Asker:
    """Gathers what many tasks ask one Redis.

    Args:
        redis: The store.
        store: `state` or `ledger`, for errors.
    """

    def __init__(self, redis: Client, store: str) -> None:
        self._redis = redis
        self._store = store
        self._waiting: list[tuple[Commands, asyncio.Future[list[Any]]]] = []
        self._flights: set[asyncio.Task[None]] = set()
        self._flying = 0
        self._setting_off = False

    def ask(self, commands: Commands) -> "asyncio.Future[list[Any]]":
        """Send commands; the future gives the answer to each, in order.

        Commands of one call travel on one connection, in their order. Once sent they are carried
        out, whether or not the asker still waits.

        Returns:
            Raises, when awaited, a StoreAwayError where the store did not answer or refused one of
            the commands. Whether they were carried out is then not known.
        """
        answer: asyncio.Future[list[Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append((commands, answer))
        self._set_off()
        return answer

    async def run(self, script: str, digest: str, keys: list[str], args: list[Any]) -> Any:
        """Run a Lua script by its SHA-1; it is sent whole where the store doesn't know it yet.

        Raises:
            StoreAwayError: See `ask`.
        """
        if isinstance(self._redis, RedisCluster):
            # It takes no scripts among gathered commands.
            return await self._run_alone(script, digest, keys, args)
        try:
            [answer] = await self.ask(lambda pipe: pipe.evalsha(digest, len(keys), *keys, *args))
        except StoreAwayError as error:
            if not isinstance(error.__cause__, NoScriptError):
                raise
            [answer] = await self.ask(lambda pipe: pipe.eval(script, len(keys), *keys, *args))
        return answer

    async def _run_alone(self, script: str, digest: str, keys: list[str], args: list[Any]) -> Any:
        redis, given = self._redis, [*keys, *args]
        try:
            try:
                return await redis.evalsha(digest, len(keys), *given)
            except NoScriptError:
                return await redis.eval(script, len(keys), *given)
        except RedisError as error:
            raise StoreAwayError(self._store, error) from error

    def _set_off(self) -> None:
        """Have what waits leave: by a flight that begins now, or the next that comes back."""
        if self._setting_off or self._flying >= FLIGHTS:
            return
        # The task begins when everything that is ready to run now has run, and asked.
        self._setting_off = True
        self._flying += 1
        flight = asyncio.create_task(self._fly())
        self._flights.add(flight)
        flight.add_done_callback(self._flights.discard)

    async def _fly(self) -> None:
        self._setting_off = False
        try:
            while self._waiting:
                asked, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                if self._waiting:
                    self._set_off()
                await self._send([one for one in asked if not one[1].done()])
        finally:
            # With the last look at what waits, not when the task's end is told: what is asked in
            # between would wait for somebody to ask again.
            self._flying -= 1

    async def _send(self, asked: list[tuple[Commands, "asyncio.Future[list[Any]]"]]) -> None:
        try:
            pipeline = self._redis.pipeline(transaction=False)
            ends = []
            for commands, _answer in asked:
                commands(pipeline)
                ends.append(len(pipeline))
            answers = await pipeline.execute(raise_on_error=False)
        except Exception as error:  # noqa: BLE001  told to everybody who asked
            for _commands, answer in asked:
                self._fail(answer, error)
            return
        except BaseException:
            for _commands, answer in asked:
                answer.cancel()
            raise
        start = 0
        for (_commands, answer), end in zip(asked, ends, strict=True):
            part, start = answers[start:end], end
            refused = next((each for each in part if isinstance(each, Exception)), None)
            if refused is not None:
                self._fail(answer, refused)
            elif not answer.done():
                answer.set_result(part)

    def _fail(self, answer: "asyncio.Future[list[Any]]", cause: Exception) -> None:
        if answer.done():
            return
        if not isinstance(cause, RedisError):
            answer.set_exception(cause)
            return
        error = StoreAwayError(self._store, cause)
        error.__cause__ = cause
        answer.set_exception(error)
