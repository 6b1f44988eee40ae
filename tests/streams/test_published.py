"""Readers of published recommendations: each once, whole or not at all."""

from collections.abc import Callable

import pytest

import streams.takeover
from models.errors import SnapshotError
from models.recommend import stored
from models.recommend.learner import Learner
from streams.published import MissingPartError, PublishedReader, Standing, standing_key
from tests.models.recommend.test_learner import lived
from tests.streams.training.on_interactions import FakeState, Store, publish, topic_of, trainer


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.takeover, "PartitionState", FakeState)
    monkeypatch.setattr(stored, "PART_BYTES", 600)


class Redis(Store):
    """A store in which something happens between two reads."""

    def __init__(self) -> None:
        super().__init__()
        self.after_reads = -1
        self.happens: Callable[[], None] = lambda: None

    async def get(self, key: str) -> bytes | None:
        if self.after_reads == 0:
            self.happens()
        self.after_reads -= 1
        return await super().get(key)


async def published(store: Store, count: int) -> None:
    lane = await trainer(store).make_lane(0, count)
    await publish(lane, topic_of(lived(count)))


def reader_of(store: Store) -> PublishedReader:
    return PublishedReader(store, "")  # type: ignore[arg-type]


async def test_each_publication_is_found_once() -> None:
    store = Store()
    reader = reader_of(store)
    assert await reader.newer() is None
    for count in (20, 40):
        await published(store, count)
        newer = await reader.newer()
        assert isinstance(newer, Learner)
        assert reader.pointer is not None
        assert reader.pointer.learned == newer.learned
        assert reader.stall_seconds > 0.0
        assert await reader.newer() is None


@pytest.mark.parametrize("spoil", ["cut", "changed", "missing"])
async def test_a_damaged_one_is_refused_once_and_the_next_one_taken(spoil: str) -> None:
    store = Store()
    await published(store, 20)
    key = sorted(store.parts())[5]
    if spoil == "missing":
        del store.values[key]
    else:
        data = store.values[key]
        store.values[key] = data[:-9] if spoil == "cut" else data[:-1] + bytes([data[-1] ^ 1])
    reader = reader_of(store)
    with pytest.raises(SnapshotError):
        await reader.newer()
    assert await reader.newer() is None
    await published(store, 40)
    assert await reader.newer() is not None


async def test_overtaken_while_reading_it_reads_the_newer_one() -> None:
    store, newer = Redis(), Store()
    await published(store, 20)
    newer.values, newer.offset = dict(store.values), store.offset
    for count in (40, 60):  # two later: what is being read is deleted
        await published(newer, count)
    store.after_reads, store.happens = 4, lambda: setattr(store, "values", dict(newer.values))
    reader = reader_of(store)
    assert await reader.newer() is None
    found = await reader.newer()
    assert found is not None
    assert reader.pointer == newer.standing().current


async def test_a_pointer_that_makes_no_sense() -> None:
    store = Store()
    for data in (b"{}x", b'{"current": 1}', b"\xff"):
        store.values[standing_key("")] = data
        with pytest.raises(SnapshotError, match="damaged"):
            await reader_of(store).newer()
    assert issubclass(MissingPartError, SnapshotError)
    assert Standing.from_bytes(Standing().to_bytes()) == Standing()
