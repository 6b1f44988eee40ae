"""The lane that learns recommendations: what a crash leaves, what is published, what is refused."""

from random import Random

import pytest
from structlog.testing import capture_logs

import streams.takeover
from models.recommend import stored
from models.recommend.learner import Learner
from models.recommend.settings import Settings
from models.recommend.stored import load, parts_of
from streams.published import read
from tests.models.recommend.test_learner import lived
from tests.streams.records import CODEC, FakeRecord, browse
from tests.streams.training.on_interactions import (
    FakeState,
    KilledError,
    Store,
    publish,
    run_until,
    topic_of,
)
from tests.streams.training.on_interactions import trainer as trainer_of


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.takeover, "PartitionState", FakeState)
    monkeypatch.setattr(stored, "PART_BYTES", 200)


def learned(count: int) -> list[bytes]:
    """What was learned of so many records, as stored; sizes as the settings have them."""
    learner = Learner(Settings(items=50_000, sessions=100_000))
    for record in lived(count):
        learner.hear(record)
    return list(parts_of(learner))


async def found(store: Store) -> list[bytes]:
    """What a reader finds published."""
    current = store.standing().current
    assert current is not None
    return list(parts_of((await read(store.get, "", current))[0]))


async def test_what_is_published_is_what_was_learned_and_the_previous_stays() -> None:
    store, topic = Store(), topic_of(lived(90))
    for count in (30, 60, 90):
        lane = await trainer_of(store).make_lane(0, count)
        await publish(lane, topic[:count])
        assert await found(store) == learned(count)
        assert store.offset == count
    standing = store.standing()
    assert standing.current is not None
    assert standing.previous is not None
    assert standing.previous.offset == 60
    kept = {*standing.current.keys(""), *standing.previous.keys("")}
    assert store.parts() == kept
    assert standing.current.parts > 10


@pytest.mark.parametrize("seed", range(6))
async def test_killed_anywhere_it_ends_with_the_same_and_leaves_nothing_behind(seed: int) -> None:
    store, topic, luck = Store(), topic_of(lived(120)), Random(seed)
    kills, published = 0, list(range(20, 121, 20))
    for generation in range(200):
        store.kill_at = luck.randrange(30) if kills < 12 else -1
        try:
            lane = await trainer_of(store).make_lane(0, generation)
            await publish(lane, topic[: published[0]])
            published.pop(0)
        except KilledError:
            kills += 1
        if store.standing().current is not None:
            assert len(await found(store)) > 1  # whatever was cut short, readers find a whole one
        if not published:
            break
    store.kill_at = -1
    lane = await trainer_of(store).make_lane(0, 1_000)
    await lane.start()
    assert kills >= 5
    assert await found(store) == learned(120)
    standing = store.standing()
    kept = {
        key for p in (standing.current, standing.previous) if p is not None for key in p.keys("")
    }
    assert store.parts() == kept


async def test_it_publishes_by_itself_and_sets_bad_records_aside() -> None:
    store, topic = Store(), topic_of(lived(20))
    topic.append(FakeRecord(20, b"junk"))
    topic.append(FakeRecord(21, CODEC.encode("browse", browse(1))))
    lane = await trainer_of(store).make_lane(0, 1)
    await lane.start()
    lane.learning._published_at = -1e9
    produced: list[bytes] = []

    async def produce(_first: int, records: list[object]) -> None:
        produced.extend(record.value for record in records)  # type: ignore[attr-defined]

    lane.outbox.produce = produce  # type: ignore[method-assign, assignment]
    await run_until(lane, topic, lambda: store.offset == 22)
    reasons = [CODEC.decode(value)[1]["reason"] for value in produced]
    assert reasons == ["wrong_magic", "wrong_topic"]
    assert await found(store) == learned(20)


async def test_a_damaged_publication_is_told_and_learning_goes_on() -> None:
    store, topic = Store(), topic_of(lived(40))
    await publish(await trainer_of(store).make_lane(0, 1), topic[:20])
    key = sorted(store.parts())[3]
    store.values[key] = store.values[key][:-1] + b"\xff"
    with capture_logs() as logs:
        lane = await trainer_of(store).make_lane(0, 2)
    assert [entry["log_level"] for entry in logs] == ["error"]
    await publish(lane, topic)
    current = store.standing().current
    assert current is not None
    assert current.offset == 40
    assert 0 < current.learned < load(learned(40)).learned


async def test_smaller_sizes_set_later_hold() -> None:
    store, topic = Store(), topic_of(lived(90))
    await publish(await trainer_of(store).make_lane(0, 1), topic[:60])
    lane = await trainer_of(store, items=100, sessions=100).make_lane(0, 2)
    assert lane.learning.learner.recommender.settings.items == 100
    await publish(lane, topic)
    assert len(load(await found(store)).recommender.items.known) <= 100
