"""Population models in the state Redis: published by the trainer, polled by every worker.

Snapshot and pointer are one atomic write, so a worker that follows the pointer finds a whole one:
the one named, or a newer one that has taken its slot meanwhile.
"""

from dataclasses import dataclass
from typing import Any

from models.intent.model import IntentModel
from models.learning.learners import DEFAULT
from models.learning.population import Population
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


def intent_key(namespace: str, slot: int) -> str:
    """Where the intent model published with a slot's snapshot lies."""
    return f"{snapshot_key(namespace, slot)}:intent"


def publication(
    namespace: str, pointer: bytes | None, snapshot: bytes, intent: bytes
) -> tuple[bytes, dict[str, bytes]]:
    """Lay out the next snapshot after the one that `pointer` names.

    Args:
        namespace: The installation's namespace.
        pointer: What stands there now; None for nothing.
        snapshot: A population as bytes.
        intent: An intent model as bytes.

    Returns:
        The new pointer, and what to write, the pointer included, by key.
    """
    slot = (int(pointer.partition(b":")[0]) + 1) % SLOTS if pointer else 0
    following = f"{slot}:{Population.from_bytes(snapshot).version}".encode()
    return following, {
        snapshot_key(namespace, slot): snapshot,
        intent_key(namespace, slot): intent,
        pointer_key(namespace): following,
    }


@dataclass(frozen=True, slots=True)
class Published:
    """What the trainer has learned, as it was published together."""

    population: Population
    intent: IntentModel


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

    async def newer(self) -> Published | None:
        """Return what is published now if it isn't what was returned last, else None.

        Raises:
            SnapshotError: The snapshot can't be read by this release.
        """
        pointer: Any = await self._redis.get(pointer_key(self._namespace))
        if pointer is None or pointer == self._pointer:
            return None
        slot = int(pointer.partition(b":")[0])
        keys = [snapshot_key(self._namespace, slot), intent_key(self._namespace, slot)]
        found: list[Any] = await self._redis.mget(keys)
        data, intent = found
        self._pointer = pointer
        population = Population.from_bytes(data, self._belief)
        # What an earlier release published has no intent model yet.
        return Published(population, IntentModel.from_bytes(intent) if intent else IntentModel())
