"""The trainer role: learns the population model from outcomes, and publishes snapshots of it.

Model, offset and snapshot are committed together, fenced, like a worker's partition: an outcome
counts once, whoever trains. So are the outcomes kept to learn from again when one is corrected.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

import structlog

from models.intent.model import IntentModel
from models.relearning import PARTS, Fate, Relearning
from models.step import Record
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.codec import Codec
from schemas.errors import DeadLetterError, StopError
from schemas.keys import meta_key, trainer_tag
from schemas.topics import Topology
from streams.commit import Commit, Leaving, encode_leaving
from streams.ending import end_lane
from streams.lane import Chunk, Progress
from streams.letters import Letters
from streams.outbox import Outbox
from streams.producer import AsyncProducer
from streams.snapshots import pointer_key, publication
from streams.state import PartitionState

log = structlog.get_logger(__name__)

RECENT_OUTCOMES = 4_096
"""Outcomes remembered to recognise what a worker's outbox repeated after a crash."""
_HASH_BYTES = 8


def kept_key(namespace: str, part: str) -> str:
    """Where a part of the outcomes kept to learn from again lies."""
    return f"{trainer_tag(namespace)}:kept{part}"


class Recent:
    """The last outcomes seen, as 8-byte hashes."""

    def __init__(self, data: bytes = b"") -> None:
        self._order = [data[i : i + _HASH_BYTES] for i in range(0, len(data), _HASH_BYTES)]
        self._known = set(self._order)

    def first_time(self, decision_id: str) -> bool:
        """Tell whether the outcome is new; remembers it if so."""
        digest = blake2b(decision_id.encode(), digest_size=_HASH_BYTES).digest()
        if digest in self._known:
            return False
        self._known.add(digest)
        self._order.append(digest)
        if len(self._order) > RECENT_OUTCOMES:
            self._known.discard(self._order.pop(0))
        return True

    def knows(self, decision_id: str) -> bool:
        """Tell whether the outcome is among them; changes nothing."""
        return blake2b(decision_id.encode(), digest_size=_HASH_BYTES).digest() in self._known

    def to_bytes(self) -> bytes:
        """Encode, oldest first."""
        return b"".join(self._order)


@dataclass(slots=True)
class TrainerLane:
    """The lane of an outcomes partition; there is one."""

    state: PartitionState
    outbox: Outbox
    letters: Letters
    metrics: Metrics
    settings: Settings
    partition: int
    offset: int
    memory: Relearning
    intent: IntentModel
    recent: Recent
    pointer: bytes | None
    caught_up_at: int = 0
    progress: Progress = field(default_factory=Progress)
    _queue: asyncio.Queue[Chunk] = field(default_factory=asyncio.Queue)
    _unpublished: int = 0
    _published_at: float = 0.0
    _stopping: bool = False

    async def start(self) -> None:
        """Note where the lane stands."""
        self.progress.position = self.offset

    async def skip_to(self, offset: int) -> None:
        """Begin a new state at `offset`, where the log no longer has what came before."""
        await self.state.commit(Commit(self.offset, offset))
        self.offset = offset

    async def put(self, chunk: Chunk) -> None:
        """Hand over the next outcomes, in order."""
        await self._queue.put(chunk)

    def backlog(self) -> int:
        """How many chunks wait."""
        return self._queue.qsize()

    async def run(self) -> None:
        """Learn until cancelled.

        Raises:
            StopError: A write was refused; the process must end.
        """
        loop = asyncio.get_running_loop()
        while not self._stopping:
            chunk = await self._next()
            self.progress.busy_since = loop.time()
            if self.outbox.failed.done():
                self.outbox.failed.result()
            late = loop.time() - self._published_at > self.settings.trainer.snapshot_seconds
            if chunk is not None:
                await self._learn(chunk.records, loop.time())
                chunk.acknowledge()
            elif (self._unpublished and late) or self.outbox.delivered:
                await self._commit(self.offset, [], loop.time())
            self.progress.busy_since = None

    async def stop(self, task: "asyncio.Task[None]") -> None:
        """Let the batch at hand finish, then end `task`, which runs this lane.

        Raises:
            UndeliveredError: Something that was committed couldn't leave.
            UnfinishedError: It took too long.
        """
        self._stopping = True
        await end_lane(
            f"outcomes/{self.partition}",
            task,
            self.outbox,
            busy=self.progress.busy_since is not None,
            waiting=self.backlog(),
        )

    async def _next(self) -> Chunk | None:
        try:
            async with asyncio.timeout(1.0):
                return await self._queue.get()
        except TimeoutError:
            return None

    async def _learn(self, records: list[Any], now_seconds: float) -> None:
        fresh = [record for record in records if record.offset >= self.offset]
        letters: list[Leaving] = []
        for record in fresh:
            try:
                await self._learn_one(record)
            except DeadLetterError as error:
                letters.append(self.letters.dead(self.partition, record, error))
        if fresh:
            await self._commit(fresh[-1].offset + 1, letters, now_seconds)

    async def _learn_one(self, record: Any) -> None:
        name, outcome = await self.letters.decode(record.value)
        if name == "label":
            self._hear_label(outcome)
            return
        if outcome["corrects"] or self.recent.first_time(outcome["decision_id"]):
            try:
                fate = self.memory.hear(outcome)
            except (DeadLetterError, StopError):
                raise
            except Exception as error:
                detail = f"{type(error).__name__} while learning"
                raise DeadLetterError("not_learnable", detail) from error
            if outcome["corrects"]:
                self._corrected(outcome, fate)
            elif fate is not Fate.REPEATED:
                self._tell_drifts()
                self._unpublished += 1
                self.metrics.trainer_outcomes_total.inc()

    def _hear_label(self, label: Record) -> None:
        """Let the intent model learn from a label, once."""
        if self.recent.first_time(label["label_id"]):
            try:
                self.intent.learn(label)
            except DeadLetterError:
                raise
            except Exception as error:
                detail = f"{type(error).__name__} while learning"
                raise DeadLetterError("not_learnable", detail) from error
            self._unpublished += 1
            self.metrics.trainer_labels_total.inc()

    def _corrected(self, outcome: Record, fate: Fate) -> None:
        """Count a correction by what came of it; one that came too late is worth a line."""
        decision = outcome["decision_id"]
        if fate is Fate.FORGOTTEN and self.recent.knows(decision):
            fate = Fate.UNTAUGHT
        self._unpublished += fate is Fate.CORRECTED
        self.metrics.trainer_corrections_total.labels(fate=fate).inc()
        if fate is Fate.FORGOTTEN:
            log.warning("correction of an outcome not kept any more", decision_id=decision)

    def _tell_drifts(self) -> None:
        for belief, about in self.memory.noticed:
            self.metrics.trainer_drifts_total.labels(belief=belief).inc()
            times = self.memory.population.drifts[belief]
            log.warning(
                "a belief no longer holds, it learns anew", belief=belief, about=about, times=times
            )

    def _tell_cluster_drift(self) -> None:
        drift = self.memory.population.clusters.drift()
        self.metrics.trainer_cluster_drift.labels("shares").set(drift.shares)
        self.metrics.trainer_cluster_drift.labels("centres").set(drift.centres)

    async def _commit(self, next_offset: int, letters: list[Leaving], now_seconds: float) -> None:
        namespace, tag = self.settings.namespace, trainer_tag(self.settings.namespace)
        write = Commit(self.offset, next_offset)
        data, parts = self.memory.to_store()
        write.values[f"{tag}:model"] = data
        write.values[f"{tag}:intent"] = intent = self.intent.to_bytes()
        write.values[f"{tag}:recent"] = self.recent.to_bytes()
        write.values |= {kept_key(namespace, part): part_data for part, part_data in parts.items()}
        due = self._unpublished >= self.settings.trainer.snapshot_outcomes or (
            now_seconds - self._published_at > self.settings.trainer.snapshot_seconds
        )
        if self._unpublished and due:
            self.pointer, snapshot = publication(namespace, self.pointer, data, intent)
            write.values |= snapshot
            self._unpublished, self._published_at = 0, now_seconds
            self.metrics.trainer_snapshots_total.inc()
            self.metrics.trainer_snapshot_bytes.set(len(data))
            self._tell_cluster_drift()
            log.info("population model published", pointer=self.pointer.decode())
        first = self.outbox.next_sequence
        write.outbox = {first + i: encode_leaving(letter) for i, letter in enumerate(letters)}
        write.delivered = self.outbox.take_delivered(1_000)
        await self.state.commit(write)
        self.offset = self.progress.position = next_offset
        await self.outbox.produce(first, letters)


@dataclass(slots=True)
class Trainer:
    """Takes over the outcomes partition."""

    settings: Settings
    redis: Any
    producer: AsyncProducer
    codec: Codec
    topology: Topology
    metrics: Metrics
    identity: Mapping[str, str]

    async def make_lane(self, partition: int, generation: int) -> TrainerLane:
        """Take the partition over and go on from the stored model."""
        tag = trainer_tag(self.settings.namespace)
        state = PartitionState(self.redis, tag, generation, self.identity)
        found = await state.take()
        outbox = Outbox(self.producer)
        await outbox.produce_left(found.outbox)
        keys = [f"{tag}:{part}" for part in ("model", "intent", "recent")]
        keys.append(pointer_key(self.settings.namespace))
        model, intent, recent, pointer = await state.load(keys)
        kept = await state.load([kept_key(self.settings.namespace, part) for part in PARTS])
        return TrainerLane(
            state=state,
            outbox=outbox,
            letters=Letters(
                self.codec, self.topology, self.metrics, "outcomes", ("outcome", "label")
            ),
            metrics=self.metrics,
            settings=self.settings,
            partition=partition,
            offset=found.offset,
            memory=Relearning.restore(
                model,
                dict(zip(PARTS, kept, strict=True)),
                self.settings.decision.belief,
                self.settings.trainer.clusters,
            ),
            intent=IntentModel.from_bytes(intent) if intent else IntentModel(),
            recent=Recent(recent or b""),
            pointer=pointer,
        )

    async def stored_offset(self, _partition: int) -> int:
        """Read the stored offset without taking over."""
        key = meta_key(trainer_tag(self.settings.namespace))
        return int(await self.redis.hget(key, "offset") or 0)
