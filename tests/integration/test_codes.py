"""A partition's codes on a real Redis: given once over batches, windows, takeovers and zombies."""

from collections.abc import AsyncIterator
from typing import cast

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from models.offers import code as codes
from models.offers.code import FREE, RESERVED
from models.offers.pool import KEPT_MS
from runtime.metrics import Metrics
from runtime.setting_groups import RecommendSettings
from runtime.settings import Settings
from schemas.keys import codes_key, free_codes_key, state_tag
from streams.commit import Leaving
from streams.errors import FencedError
from streams.lane import Lane
from streams.producer import AsyncProducer, Batch
from streams.worker import Worker
from tests.streams.coded import coded_world, giving, loaded
from tests.streams.fakes import NoProducer
from tests.streams.records import CODEC, NOW_MS, TOPOLOGY, FakeRecord, browse, journaled

pytestmark = pytest.mark.integration
IDENTITY = {"cluster": "c1", "journal": "j1"}
CODES = [f"GIFT-{n:04}" for n in range(700)]


@pytest.fixture
async def client(redis_state: RedisServer) -> AsyncIterator[Redis]:
    made = Redis.from_url(redis_state.url)
    yield made
    await made.aclose()


@pytest.fixture
def worker(client: Redis, namespace: str) -> Worker:
    return Worker(
        # What people do with products would leave, too: it isn't what is looked at here.
        settings=Settings(
            namespace=namespace, clock="driven", recommend=RecommendSettings(people_share=0)
        ),
        redis=client,
        producer=cast(AsyncProducer, NoProducer()),
        codec=CODEC,
        registry=giving(),
        topology=TOPOLOGY,
        metrics=Metrics(),
        identity=IDENTITY,
        world=coded_world(),
    )


async def states(worker: Worker) -> dict[str, codes.Known]:
    key = codes_key(state_tag(worker.settings.namespace, 0))
    found = await worker.redis.hgetall(key)
    return {code.decode(): codes.from_bytes(data) for code, data in found.items()}


async def free(worker: Worker) -> set[str]:
    key = free_codes_key(state_tag(worker.settings.namespace, 0))
    return {codes.place(place.decode())[1] for place in await worker.redis.zrange(key, 0, -1)}


def browses(start: int, count: int) -> list[FakeRecord]:
    return [journaled(n, browse(n)) for n in range(start, start + count)]


async def process(lane: Lane, records: list[FakeRecord]) -> None:
    lane.chunk_records = 100
    await lane._process(list(records))


async def test_many_more_codes_than_are_at_hand_go_out_in_order_each_once(worker: Worker) -> None:
    lane = await worker.make_lane(0, 1)
    await process(lane, [loaded(n, *CODES[n * 250 : (n + 1) * 250]) for n in range(3)])
    await process(lane, browses(3, 300))
    lane = await worker.make_lane(0, 2)  # a worker that died, its successor
    await process(lane, browses(303, 350))
    found = await states(worker)
    given = {code: known.decision for code, known in found.items() if known.state == RESERVED}
    assert given == {CODES[n]: f"e{n + 3}" for n in range(650)}
    assert await free(worker) == set(CODES[650:])
    assert lane.stepper.pool.free(NOW_MS) == {"gift": 50}
    sample = worker.metrics.registry.get_sample_value
    assert sample("nextbest_codes_free", {"offer": "gift", "partition": "0"}) == 50
    assert sample("nextbest_codes_total", {"offer": "gift", "change": "reserved"}) == 650


async def test_loading_again_adds_nothing(worker: Worker) -> None:
    lane = await worker.make_lane(0, 1)
    await process(lane, [loaded(0, "GIFT-1", "GIFT-2"), *browses(1, 1), loaded(2, "GIFT-1")])
    lane = await worker.make_lane(0, 2)
    await process(lane, [loaded(3, "GIFT-1", "GIFT-2")])
    assert {code: known.state for code, known in (await states(worker)).items()} == {
        "GIFT-1": RESERVED,
        "GIFT-2": FREE,
    }
    assert await free(worker) == {"GIFT-2"}


async def test_a_worker_that_lost_the_partition_gives_none(worker: Worker) -> None:
    zombie = await worker.make_lane(0, 1)
    await process(zombie, [loaded(0, "GIFT-1", "GIFT-2")])
    successor = await worker.make_lane(0, 2)
    with pytest.raises(FencedError):
        await process(zombie, browses(1, 1))
    assert await free(worker) == {"GIFT-1", "GIFT-2"}
    await process(successor, browses(1, 1))
    assert await free(worker) == {"GIFT-2"}


class _KilledError(Exception):
    """Stands for a process that ends here."""


class _Dying(NoProducer):
    """Produces nothing: the process dies first."""

    async def produce(self, record: Leaving, batch: Batch) -> None:
        raise _KilledError


class _Keeping(NoProducer):
    """Delivers at once."""

    def __init__(self) -> None:
        self.produced: list[Leaving] = []

    async def produce(self, record: Leaving, batch: Batch) -> None:
        self.produced.append(record)


async def test_killed_between_commit_and_produce_the_code_leaves_once_with_the_successor(
    worker: Worker,
) -> None:
    worker.registry = giving(emits=True)
    await process(await worker.make_lane(0, 1), [loaded(0, "GIFT-1", "GIFT-2")])
    worker.producer = cast(AsyncProducer, _Dying())
    lane = await worker.make_lane(0, 2)
    with pytest.raises(_KilledError):
        await process(lane, browses(1, 1))
    assert await free(worker) == {"GIFT-2"}

    keeping = _Keeping()
    worker.producer = cast(AsyncProducer, keeping)
    lane = await worker.make_lane(0, 3)
    await process(lane, browses(1, 2))  # the first of them is read again
    left = [CODEC.decode(record.value)[1]["code"] for record in keeping.produced]
    assert left == ["GIFT-1", "GIFT-2"]
    found = await states(worker)
    assert {code: known.decision for code, known in found.items()} == {
        "GIFT-1": "e1",
        "GIFT-2": "e2",
    }


async def test_codes_that_expired_long_ago_are_forgotten_while_idle(worker: Worker) -> None:
    lane = await worker.make_lane(0, 1)
    await process(lane, [loaded(0, "OLD-1", "OLD-2", expires_at=NOW_MS + 5_000), *browses(1, 1)])
    await process(lane, [loaded(2, "GIFT-1")])
    for now_ms in (NOW_MS + 5_000 + KEPT_MS, NOW_MS + 5_001 + KEPT_MS):
        assert set(await states(worker)) == {"OLD-1", "OLD-2", "GIFT-1"}
        lane.clock_ms = now_ms
        await lane._while_idle()
    assert set(await states(worker)) == {"GIFT-1"}
    assert await free(worker) == {"GIFT-1"}


async def test_what_a_code_takes_in_redis(worker: Worker) -> None:
    lane = await worker.make_lane(0, 1)
    many = [f"GIFT-{n:07}" for n in range(20_000)]
    records = [loaded(n, *many[n * 250 : (n + 1) * 250], expires_at=NOW_MS) for n in range(80)]
    await process(lane, records)
    tag = state_tag(worker.settings.namespace, 0)
    for key, most_bytes in ((codes_key(tag), 110), (free_codes_key(tag), 150)):
        assert await worker.redis.memory_usage(key, samples=0) / len(many) < most_bytes
