"""Population snapshots: a pointer, a few slots, and readers that always find a whole one."""

from typing import Any

import pytest

from models.errors import SnapshotError
from models.intent.model import IntentModel
from models.learning.population import Population
from streams.snapshots import SLOTS, SnapshotReader, intent_key, pointer_key, publication


class Store:
    """A dict that answers like the state Redis."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    async def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    async def mget(self, keys: list[str]) -> list[bytes | None]:
        return [self.kept.get(key) for key in keys]


def publish(store: Store) -> None:
    pointer = store.kept.get(pointer_key(""))
    _, written = publication("", pointer, Population().to_bytes(), IntentModel().to_bytes())
    store.kept |= written


async def test_a_reader_finds_each_snapshot_once() -> None:
    store: Any = Store()
    reader = SnapshotReader(store, "")
    assert await reader.newer() is None
    publish(store)
    assert await reader.newer() is not None
    assert await reader.newer() is None
    publish(store)
    assert await reader.newer() is not None


async def test_a_snapshot_of_another_learner_is_refused() -> None:
    store: Any = Store()
    publish(store)
    reader = SnapshotReader(store, "", "models.river_belief:RiverBelief")
    with pytest.raises(SnapshotError, match="delete the snapshot"):
        await reader.newer()


async def test_old_snapshots_are_replaced_not_piled_up() -> None:
    store: Any = Store()
    for _ in range(3 * SLOTS):
        publish(store)
    assert len(store.kept) == 2 * SLOTS + 1


async def test_what_an_earlier_release_published_has_no_intent_model() -> None:
    store: Any = Store()
    publish(store)
    del store.kept[intent_key("", 0)]
    found = await SnapshotReader(store, "").newer()
    assert found is not None
    assert found.intent.labels == 0
