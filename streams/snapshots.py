"""Population models in the state Redis: published by the trainer, polled by every worker.

Snapshot and pointer are one atomic write, so a worker that follows the pointer finds a whole one:
the one named, or a newer one that has taken its slot meanwhile.
"""

from typing import Any

from models.learners import DEFAULT
from models.population import Population
from runtime.redis_client import Client
from schemas.keys import trainer_tag

SLOTS = 4
"""Snapshots that exist at a time; a new one replaces the oldest."""


def pointer_key(namespace: str) -> str:
    """Where the current slot and version stand, as `slot:version`."""
    return f"{trainer_tag(namespace)}:pointer"


def snapshot_key(namespace: str, slot: int) -> str:
    """Where a slot's snapshot lies."""
    return f"{trainer_tag(namespace)}:snapshot:{slot}"


def publication(
    namespace: str, pointer: bytes | None, snapshot: bytes
) -> tuple[bytes, dict[str, bytes]]:
    """Lay out the next snapshot after the one that `pointer` names.

    Args:
        namespace: The installation's namespace.
        pointer: What stands there now; None for nothing.
        snapshot: A population as bytes.

    Returns:
        The new pointer, and what to write, the pointer included, by key.
    """
    slot = (int(pointer.partition(b":")[0]) + 1) % SLOTS if pointer else 0
    following = f"{slot}:{Population.from_bytes(snapshot).version}".encode()
    return following, {
        snapshot_key(namespace, slot): snapshot,
        pointer_key(namespace): following,
    }


class SnapshotReader:
    """Follows the pointer.

    Args:
        redis: Client of the state Redis.
        namespace: The installation's namespace.
        belief: The class that snapshots must have been learned by.
    """

    def __init__(self, redis: Client, namespace: str, belief: str = DEFAULT) -> None:
        self._belief = belief
        self._redis = redis
        self._namespace = namespace
        self._pointer = b""

    async def newer(self) -> Population | None:
        """Return the current population model if it isn't the one returned last, else None.

        Raises:
            SnapshotError: The snapshot can't be read by this release.
        """
        pointer: Any = await self._redis.get(pointer_key(self._namespace))
        if pointer is None or pointer == self._pointer:
            return None
        slot = int(pointer.partition(b":")[0])
        data: Any = await self._redis.get(snapshot_key(self._namespace, slot))
        self._pointer = pointer
        return Population.from_bytes(data, self._belief)
