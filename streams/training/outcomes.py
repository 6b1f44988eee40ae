"""Learning from outcomes and labels: the population and intent models, published as snapshots.

Models, offset and snapshot are committed together, fenced, like a worker's partition: an outcome
counts once, whoever trains. So are the outcomes kept to learn from again when one is corrected.
"""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import structlog

from models.intent.model import IntentModel
from models.learning.relearning import PARTS, Fate, Relearning
from models.step import Record
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.keys import trainer_tag
from streams.snapshots import pointer_key, publication
from streams.state import PartitionState
from streams.training.lane import TrainingLane
from streams.training.recent import Recent
from streams.training.trainer import Trainer

log = structlog.get_logger(__name__)


def kept_key(namespace: str, part: str) -> str:
    """Where a part of the outcomes kept to learn from again lies."""
    return f"{trainer_tag(namespace)}:kept{part}"


@dataclass(slots=True)
class FromOutcomes:
    """What is learned from outcomes.

    Attributes:
        memory: The population, and the outcomes kept.
        intent: What people are likely to do next.
        recent: What was heard lately.
        pointer: Which snapshot is published.
    """

    metrics: Metrics
    settings: Settings
    memory: Relearning
    intent: IntentModel = field(default_factory=IntentModel)
    recent: Recent = field(default_factory=Recent)
    pointer: bytes | None = None
    _unpublished: int = 0
    _published_at: float = 0.0

    async def start(self, _lane: TrainingLane[Any]) -> None:
        """Nothing to prepare."""

    # --- learning ------------------------------------------------------------------------

    def hear(self, name: str, record: Record) -> None:
        """Learn from an outcome, a correction or a label, once.

        Raises:
            DeadLetterError: It can't be learned from.
        """
        if name == "label":
            self._hear_label(record)
        elif record["corrects"]:
            self._corrected(record, self.memory.hear(record))
        elif (
            self.recent.first_time(record["decision_id"])
            and self.memory.hear(record) is not Fate.REPEATED
        ):
            self._tell_belief_drift()
            self._unpublished += 1
            self.metrics.trainer_outcomes_total.inc()

    def _hear_label(self, label: Record) -> None:
        if self.recent.first_time(label["label_id"]):
            self.intent.learn(label)
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

    def _tell_belief_drift(self) -> None:
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

    # --- storing -------------------------------------------------------------------------

    async def write(self, lane: TrainingLane[Any], *, idle: bool) -> None:
        """Store what was heard, with every chunk; publish what has changed, now and then."""
        now_seconds = asyncio.get_running_loop().time()
        trainer = self.settings.trainer
        late = now_seconds - self._published_at > trainer.snapshot_seconds
        overdue = late and self._unpublished > 0
        if not lane.ahead and not (idle and (overdue or lane.outbox.delivered)):
            return
        namespace, tag = self.settings.namespace, trainer_tag(self.settings.namespace)
        data, parts = self.memory.to_store()
        values = {
            f"{tag}:model": data,
            f"{tag}:intent": (intent := self.intent.to_bytes()),
            f"{tag}:recent": self.recent.to_bytes(),
        }
        values |= {kept_key(namespace, part): part_data for part, part_data in parts.items()}
        if overdue or self._unpublished >= trainer.snapshot_outcomes:
            values |= self._publication(data, intent)
            self._unpublished, self._published_at = 0, now_seconds
        await lane.commit(values, advance=True)

    def _publication(self, data: bytes, intent: bytes) -> dict[str, bytes]:
        self.pointer, snapshot = publication(self.settings.namespace, self.pointer, data, intent)
        self.metrics.trainer_snapshots_total.inc()
        self.metrics.trainer_snapshot_bytes.set(len(data))
        self._tell_cluster_drift()
        log.info("population model published", pointer=self.pointer.decode())
        return snapshot


class OutcomesTrainer(Trainer[FromOutcomes]):
    """Takes over the outcomes partition."""

    topic = "outcomes"
    records = ("outcome", "label")

    @property
    def tag(self) -> str:
        """Where models, offset and fence lie."""
        return trainer_tag(self.settings.namespace)

    async def restore(self, state: PartitionState) -> FromOutcomes:
        """Read the models and what is kept beside them."""
        settings = self.settings
        keys = [f"{self.tag}:{part}" for part in ("model", "intent", "recent")]
        keys.append(pointer_key(settings.namespace))
        model, intent, recent, pointer = await state.load(keys)
        kept = await state.load([kept_key(settings.namespace, part) for part in PARTS])
        return FromOutcomes(
            metrics=self.metrics,
            settings=settings,
            memory=Relearning.restore(
                model,
                dict(zip(PARTS, kept, strict=True)),
                settings.decision.belief,
                settings.trainer.clusters,
            ),
            intent=IntentModel.from_bytes(intent) if intent else IntentModel(),
            recent=Recent(recent or b""),
            pointer=pointer,
        )
