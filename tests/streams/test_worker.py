"""A worker takes over what was learned of products, a stretch at a time."""

import asyncio
from collections.abc import Iterator
from typing import Any, cast

import pytest

from models.recommend.learner import Learner
from models.recommend.products import Products
from runtime.metrics import Metrics
from runtime.settings import Settings
from streams import worker
from streams.producer import AsyncProducer
from streams.registry import Registry
from streams.worker import Worker
from tests.streams.fakes import NoProducer
from tests.streams.records import CODEC, TOPOLOGY, world


class Clock:
    """Goes on only when somebody works."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def working(clock: Clock) -> type:
    class Sorting:
        """Takes .25 and .5 seconds in stretches, and .125 in the end."""

        def __init__(self, learned: Learner, _catalog: object) -> None:
            self._learned = learned

        def stretches(self) -> Iterator[None]:
            for seconds in (0.25, 0.5):
                clock.seconds += seconds
                yield

        def products(self) -> Products:
            clock.seconds += 0.125
            return Products(self._learned)

    return Sorting


def made(metrics: Metrics) -> Worker:
    return Worker(
        settings=Settings(),
        redis=None,
        producer=cast(AsyncProducer, NoProducer()),
        codec=CODEC,
        registry=Registry(),
        topology=TOPOLOGY,
        metrics=metrics,
        identity={},
        world=world(),
    )


@pytest.mark.parametrize(("reading", "longest"), [(0.01, 0.5), (2.0, 2.0)])
async def test_the_longest_stretch_is_of_reading_and_of_sorting(
    monkeypatch: pytest.MonkeyPatch, reading: float, longest: float
) -> None:
    clock, sleep = Clock(), asyncio.sleep

    async def others_work(seconds: float) -> None:
        clock.seconds += 100.0
        await sleep(seconds)

    monkeypatch.setattr(worker, "Sorting", working(clock))
    monkeypatch.setattr(worker, "perf_counter", clock, raising=False)
    monkeypatch.setattr(asyncio, "sleep", others_work)
    metrics, newer = Metrics(), Learner()
    taking = made(metrics)
    await taking._take(newer, reading)
    assert taking.world.products.learned is newer
    value: Any = metrics.registry.get_sample_value("nextbest_recommend_stall_seconds")
    assert value == longest


async def test_what_can_not_be_sorted_is_refused_and_what_is_in_use_stays(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Reader:
        pointer, stall_seconds = None, 0.0

        def __init__(self, *_: object) -> None: ...

        async def newer(self) -> Learner:
            return Learner()

    class Unsortable:
        def __init__(self, *_: object) -> None:
            raise ArithmeticError("no numbers to be had")

    monkeypatch.setattr(worker, "PublishedReader", Reader)
    monkeypatch.setattr(worker, "Sorting", Unsortable)
    metrics = Metrics()
    following = made(metrics)
    before, refused = following.world.products, "nextbest_recommend_refused_total"
    task = asyncio.create_task(following.follow_recommendations())
    while not (metrics.registry.get_sample_value(refused) or task.done()):
        await asyncio.sleep(0)
    assert not task.done()
    assert following.world.products is before
    task.cancel()
