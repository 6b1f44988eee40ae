"""Pausing all mail, a flow's or a stream's: in the ledger, looked at before every DATA."""

from collections.abc import Awaitable
from typing import cast

from runtime.redis_client import Client
from schemas.keys import paused_key

EVERYTHING = "all"
STREAM = "stream:"


def stream_member(stream: str) -> str:
    """How a message stream is named among what is paused; no flow's name holds a colon."""
    return STREAM + stream


def _member(what: str | None) -> str:
    if what is None:
        return EVERYTHING
    return what if what.startswith(STREAM) else f"flow:{what}"


class Pauses:
    """What is paused, read afresh each time: a pause holds from the moment it is acknowledged."""

    def __init__(self, ledger: Client, namespace: str) -> None:
        self._ledger = ledger
        self._key = paused_key(namespace)

    async def pause(self, what: str | None = None) -> bool:
        """Pause a flow, a stream (`stream_member`) or everything; tells whether that is new."""
        added = await self._ledger.sadd(self._key, _member(what))
        return added > 0

    async def resume(self, what: str | None = None) -> bool:
        """Lift the pause of a flow, a stream or everything; tells whether there was one.

        Lifting the pause of everything leaves what was paused by name as it is.
        """
        removed = await self._ledger.srem(self._key, _member(what))
        return removed > 0

    async def paused(self, flow: str) -> bool:
        """Tell whether mail of this flow may not leave now."""
        members = [EVERYTHING, f"flow:{flow}"]
        answers = await cast("Awaitable[list[int]]", self._ledger.smismember(self._key, members))
        return any(answers)

    async def all(self) -> list[str]:
        """List what is paused: `all`, `flow:<name>` and `stream:<name>`, sorted."""
        members = await cast("Awaitable[set[bytes]]", self._ledger.smembers(self._key))
        return sorted(member.decode() for member in members)
