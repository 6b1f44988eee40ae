"""The worker role: takes over journal partitions and runs a lane for each."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog

from models.offers.pool import Pool
from models.recommend.learner import Learner
from models.recommend.sampling import Sampling
from models.recommend.sorting import Sorting
from models.world import World
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Codec
from schemas.errors import StopError
from schemas.keys import state_tag
from schemas.topics import Topology
from streams.cache import ProfileCache
from streams.clock import wall_ms
from streams.codes import Codes
from streams.fanout import PAGE, Fanout
from streams.lane import Lane
from streams.producer import AsyncProducer
from streams.published import PublishedReader
from streams.reach import Reach
from streams.registry import Registry
from streams.snapshots import SnapshotReader
from streams.stepper import Limits, Stepper
from streams.takeover import stored_offset, take_over

log = structlog.get_logger(__name__)

_SHED_ROWS = 500
"""So many rows of old recommendations are let go of in one go."""


def sampling_of(settings: Settings) -> Sampling:
    """Whose interactions a lane gathers: its part of what all lanes may."""
    recommend, partitions = settings.recommend, settings.kafka.journal_partitions
    return Sampling(recommend.people_share, recommend.interactions_per_second / partitions)


@dataclass(slots=True)
class Worker:
    """Makes lanes and keeps what they all read.

    Attributes:
        identity: What the state must belong to: `cluster` and `journal` ids.
        world: What steps may read; its population is replaced while polling.
    """

    settings: Settings
    redis: Any
    producer: AsyncProducer
    codec: Codec
    registry: Registry
    topology: Topology
    metrics: Metrics
    identity: Mapping[str, str]
    world: World

    async def make_lane(self, partition: int, generation: int) -> Lane:
        """Take a partition over, produce what a predecessor left, and return its lane."""
        settings = self.settings.worker
        tag = state_tag(self.settings.namespace, partition)
        taken = await take_over(self.redis, self.producer, tag, generation, self.identity)
        state, found = taken.state, taken.found
        partitions = self.topology.journal_partitions
        pool = Pool(partition, partitions, self.world.programme.offers, found.spent)
        stepper = Stepper(
            partition,
            tag,
            self.identity["journal"],
            self.codec,
            self.registry,
            self.topology,
            ProfileCache(settings.cache_profiles // partitions),
            found.sources,
            Limits(settings.max_commit_keys, settings.max_commit_bytes),
            found.discounts,
            pool=pool,
            sampling=sampling_of(self.settings),
        )
        fanout = Fanout(
            state,
            stepper,
            Reach(state, found.campaigns),
            self.current_world,
            self.metrics,
            settings.waiting_people_per_second,
            min(PAGE, settings.max_commit_keys),
        )
        return Lane(
            state=state,
            stepper=stepper,
            fanout=fanout,
            outbox=taken.outbox,
            codes=Codes(state, pool, self.metrics, str(partition)),
            world=self.current_world,
            wall_ms=wall_ms if self.settings.clock == "wall" else None,
            metrics=self.metrics,
            offset=found.offset,
            clock_ms=found.clock_ms,
            chunk_records=min(settings.chunk_records, settings.max_commit_keys),
            timer_batch=settings.timer_batch,
        )

    def current_world(self) -> World:
        """Return what steps may read now."""
        return self.world

    async def stored_offset(self, partition: int) -> int:
        """Read a partition's stored offset without taking it over."""
        return await stored_offset(self.redis, state_tag(self.settings.namespace, partition))

    async def follow_population(self) -> None:
        """Take over each newer population model, until cancelled."""
        reader = SnapshotReader(self.redis, self.settings.namespace, self.settings.decision.belief)
        while True:
            try:
                newer = await reader.newer()
            except StopError as error:
                # The model in use stays: a bad snapshot is the trainer's matter, not this one's.
                log.error("population model refused", reason=str(error))
                newer = None
            except Exception as error:  # noqa: BLE001 - Redis is away; the lanes' writes will tell
                log.warning("population model could not be read", reason=str(error))
                newer = None
            if newer is not None:
                self.world.population, self.world.intent = newer.population, newer.intent
                log.info(
                    "population model taken",
                    version=newer.population.version,
                    intent=newer.intent.version,
                )
            await asyncio.sleep(self.settings.worker.population_poll_seconds)

    async def follow_recommendations(self) -> None:
        """Take over what is newly published of products, until cancelled."""
        reader = PublishedReader(self.redis, self.settings.namespace)
        while True:
            try:
                newer = await reader.newer()
            except StopError as error:
                self._refuse(error)
                newer = None
            except Exception as error:  # noqa: BLE001 - Redis is away; the lanes' writes will tell
                log.warning("recommendations could not be read", reason=str(error))
                newer = None
            if newer is not None:
                try:
                    await self._take(newer, reader.stall_seconds)
                except Exception as error:  # noqa: BLE001 - else each worker would end at each one
                    self._refuse(error)
            if reader.pointer is not None:
                self.metrics.recommend_snapshot_bytes.set(reader.pointer.size_bytes)
                age_ms = max(0, wall_ms() - reader.pointer.at_ms)
                self.metrics.recommend_age_seconds.set(age_ms / 1000.0)
            await asyncio.sleep(self.settings.recommend.poll_seconds)

    def _refuse(self, error: Exception) -> None:
        """Go on with what is in use: a bad publication is the trainer's matter."""
        self.metrics.recommend_refused_total.inc()
        log.error("recommendations refused", error=type(error).__name__, reason=str(error))

    async def _take(self, newer: Learner, stall_seconds: float) -> None:
        """Use what is newer, and let go of the older bit by bit."""
        sorting = Sorting(newer, self.world.catalog)
        began = perf_counter()
        for _ in sorting.stretches():
            stall_seconds = max(stall_seconds, perf_counter() - began)
            await asyncio.sleep(0)
            began = perf_counter()
        older, self.world.products = self.world.products.learned, sorting.products()
        stall_seconds = max(stall_seconds, perf_counter() - began)
        self.metrics.recommend_learned_records.set(newer.learned)
        self.metrics.recommend_stall_seconds.set(stall_seconds)
        log.info("recommendations taken", learned=newer.learned)
        left = True
        while left:
            left = older.shed(_SHED_ROWS)
            await asyncio.sleep(0)
