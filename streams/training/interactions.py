"""Learning from interactions: recommendations, published in parts.

What is learned is too large to be written with every chunk. The offset is committed only with what
was learned until there, when that is published; after a crash the lane goes on from what was
published last and learns the rest of the topic again, which gives the same to the bit.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from models.errors import SnapshotError
from models.recommend import settings as sizes
from models.recommend.learner import Learner
from models.recommend.stored import parts_of
from models.step import Record
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.keys import recommender_tag
from streams.clock import wall_ms
from streams.published import Pointer, Standing, name_of, read, standing_key
from streams.state import PartitionState
from streams.training.lane import TrainingLane
from streams.training.trainer import Trainer

log = structlog.get_logger(__name__)

_MOST_LETTERS = 500
"""Dead letters that wait for the next publication; more bring it about."""


@dataclass(slots=True)
class FromInteractions:
    """What is learned from interactions.

    Attributes:
        learner: What was learned.
        standing: What is published.
        remove: Deletes keys of the state store.
    """

    metrics: Metrics
    settings: Settings
    learner: Learner
    standing: Standing
    remove: Callable[[list[str]], Awaitable[Any]]
    _published_at: float = 0.0

    async def start(self, _lane: TrainingLane[Any]) -> None:
        """Remove what a crash left behind."""
        self._published_at = asyncio.get_running_loop().time()
        await self._remove_doomed()

    def hear(self, _name: str, record: Record) -> None:
        """Learn from a record of interactions; a repeat teaches nothing."""
        self.metrics.trainer_interactions_total.inc(self.learner.hear(record))

    async def write(self, lane: TrainingLane[Any], *, idle: bool) -> None:
        """Publish where it is time to; else only remove what was delivered."""
        del idle
        unpublished_seconds = asyncio.get_running_loop().time() - self._published_at
        late = unpublished_seconds >= self.settings.recommend.publish_seconds
        if (lane.ahead and late) or len(lane.dead) >= _MOST_LETTERS:
            await self.publish(lane)
        elif lane.outbox.delivered:
            await lane.commit({}, advance=False)

    async def publish(self, lane: TrainingLane[Any]) -> None:
        """Write the parts, then pointer, offset and what leaves in one fenced write."""
        loop, namespace = asyncio.get_running_loop(), self.settings.namespace
        began = loop.time()
        parts = await self._encoded(lane)
        size, learned = sum(map(len, parts)), self.learner.learned
        position = lane.progress.position
        pointer = Pointer(name_of(parts), len(parts), size, learned, position, wall_ms())
        standing = self.standing
        standing.doomed = [pointer]
        await lane.commit(self._stored_standing(), advance=False)
        for key, part in zip(pointer.keys(namespace), parts, strict=True):
            await lane.commit({key: part}, advance=False)
            await lane.breathe()
        gone = standing.previous
        standing.current, standing.previous = pointer, standing.current
        standing.doomed = [gone] if gone is not None else []
        await lane.commit(self._stored_standing(), advance=True)
        await self._remove_doomed()
        self._published_at = loop.time()
        self.metrics.recommend_snapshots_total.inc()
        self.metrics.recommend_snapshot_bytes.set(size)
        self.metrics.recommend_learned_records.set(learned)
        log.info(
            "recommendations published",
            name=pointer.name,
            size_bytes=size,
            learned=learned,
            seconds=round(loop.time() - began, 2),
        )

    async def _encoded(self, lane: TrainingLane[Any]) -> list[bytes]:
        loop, parts = asyncio.get_running_loop(), []
        stall, began = 0.0, loop.time()
        for part in parts_of(self.learner):
            parts.append(part)
            stall = max(stall, loop.time() - began)
            await lane.breathe()
            began = loop.time()
        self.metrics.recommend_stall_seconds.set(stall)
        return parts

    def _stored_standing(self) -> dict[str, bytes]:
        return {standing_key(self.settings.namespace): self.standing.to_bytes()}

    async def _remove_doomed(self) -> None:
        """Delete what is doomed; done twice it does no harm, and a later owner dooms nothing else.

        What another writes meanwhile has another name: no two have learned as much.
        """
        for pointer in self.standing.removable():
            await self.remove(pointer.keys(self.settings.namespace))
        self.standing.doomed = []


class InteractionsTrainer(Trainer[FromInteractions]):
    """Takes over the interactions partition."""

    topic = "interactions"
    records = ("interactions",)

    @property
    def tag(self) -> str:
        """Where what is published, its offset and its fence lie."""
        return recommender_tag(self.settings.namespace)

    async def restore(self, state: PartitionState) -> FromInteractions:
        """Read what is published."""
        (data,) = await state.load([standing_key(self.settings.namespace)])
        standing = Standing.from_bytes(data)
        return FromInteractions(
            metrics=self.metrics,
            settings=self.settings,
            learner=await self._learner(state, standing),
            standing=standing,
            remove=lambda keys: self.redis.delete(*keys),
        )

    async def _learner(self, state: PartitionState, standing: Standing) -> Learner:
        """What is published; where it can't be used, learning begins anew with what is to come."""
        recommend = self.settings.recommend
        kept = (recommend.items, recommend.sessions)
        if standing.current is not None:

            async def get(key: str) -> bytes | None:
                return (await state.load([key]))[0]

            try:
                learner, _ = await read(get, self.settings.namespace, standing.current, kept)
            except SnapshotError as error:
                log.error("published recommendations can't be used", reason=str(error))
            else:
                log.info("recommendations restored", learned=learner.learned)
                return learner
        return Learner(sizes.Settings(items=kept[0], sessions=kept[1]))
