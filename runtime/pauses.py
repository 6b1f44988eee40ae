"""Pausing mail: all of it, or one flow's. Stored in the ledger, looked at before every DATA."""

from collections.abc import Awaitable
from typing import cast

from runtime.redis_client import Client
from schemas.keys import paused_key

EVERYTHING = "all"


def _member(flow: str | None) -> str:
    return EVERYTHING if flow is None else f"flow:{flow}"


class Pauses:
    """What is paused, read afresh each time: a pause holds from the moment it is acknowledged."""

    def __init__(self, ledger: Client, namespace: str) -> None:
        self._ledger = ledger
        self._key = paused_key(namespace)

    async def pause(self, flow: str | None = None) -> bool:
        """Pause a flow, or everything; tells whether that is new."""
        added = await self._ledger.sadd(self._key, _member(flow))
        return added > 0

    async def resume(self, flow: str | None = None) -> bool:
        """Lift the pause of a flow, or the one of everything; tells whether there was one.

        Lifting the pause of everything leaves flows paused by name as they are.
        """
        removed = await self._ledger.srem(self._key, _member(flow))
        return removed > 0

    async def paused(self, flow: str) -> bool:
        """Tell whether mail of this flow may not leave now."""
        members = [EVERYTHING, f"flow:{flow}"]
        answers = await cast("Awaitable[list[int]]", self._ledger.smismember(self._key, members))
        return any(answers)

    async def all(self) -> list[str]:
        """List what is paused: `all` and `flow:<name>`, sorted."""
        members = await cast("Awaitable[set[bytes]]", self._ledger.smembers(self._key))
        return sorted(member.decode() for member in members)
