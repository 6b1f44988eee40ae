"""The trainer without servers: what it says when a belief no longer holds."""

from types import SimpleNamespace
from typing import Any, cast

from structlog.testing import capture_logs

from models.intent.model import IntentModel
from models.population import Population
from models.relearning import Relearning
from models.step import Record
from runtime.metrics import Metrics
from runtime.settings import load_settings
from schemas.topics import Topology
from streams.letters import Letters
from streams.trainer import Recent, TrainerLane
from tests.models.outcomes import learnable


class Handed:
    """A codec of outcomes that lie in the records as they are."""

    def decode(self, value: Record) -> tuple[str, Record]:
        return "outcome", value


def trainer() -> TrainerLane:
    """A lane whose writes nobody asks for."""
    nothing: Any = None
    metrics = Metrics()
    return TrainerLane(
        state=nothing,
        outbox=nothing,
        letters=Letters(cast(Any, Handed()), Topology(), metrics, "outcomes", ("outcome",)),
        metrics=metrics,
        settings=load_settings(),
        partition=0,
        offset=0,
        memory=Relearning(Population()),
        intent=IntentModel(),
        recent=Recent(),
        pointer=None,
    )


def counted(lane: TrainerLane, belief: str) -> float:
    """What the metric says."""
    labels = {"belief": belief}
    return lane.metrics.registry.get_sample_value("nextbest_trainer_drifts_total", labels) or 0.0


async def test_a_belief_that_no_longer_holds_is_logged_and_counted_once() -> None:
    lane = trainer()

    async def learn(first: int, clicks: int, count: int) -> None:
        for number in range(first, first + count):
            value = learnable(str(number), clicks=clicks)
            await lane._learn_one(SimpleNamespace(value=value))

    with capture_logs() as logs:
        await learn(0, 0, 300)
        assert logs == []
        assert counted(lane, "click") == 0.0
        await learn(300, 1, 11)
    told = [entry for entry in logs if entry["log_level"] == "warning"]
    assert [(entry["belief"], entry["about"], entry["times"]) for entry in told] == [
        ("click", "cart|reminder/none", 1)
    ]
    assert counted(lane, "click") == lane.memory.population.drifts["click"] == 1.0
    assert counted(lane, "leave") == 0.0


async def test_a_repeated_outcome_tells_nothing_again() -> None:
    lane = trainer()
    for number in range(40):
        value = learnable(str(number), clicks=1)
        await lane._learn_one(SimpleNamespace(value=value))
    before = counted(lane, "click")
    assert before >= 1.0
    last = learnable("39", clicks=1)
    lane.memory.noticed = [("click", "always")]
    with capture_logs() as logs:
        await lane._learn_one(SimpleNamespace(value=last))
    assert logs == []
    assert counted(lane, "click") == before
