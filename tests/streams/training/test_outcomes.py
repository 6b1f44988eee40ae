"""The trainer's lane over a store in memory: corrections, and what a restart or a kill leaves."""

import random

import pytest
from structlog.testing import capture_logs

import streams.takeover
from models.intent.model import IntentModel
from models.learning import relearning
from models.learning.population import Population
from models.step import Record
from schemas.keys import trainer_tag
from streams.commit import Commit
from streams.state import Found
from tests.models.outcomes import correction, learnable
from tests.streams.training.on_outcomes import history, stored_model, topic_of, train, trainer


class KilledError(Exception):
    """The process ends, wherever it is."""


class Store:
    """What stays when a trainer dies: values and the offset, written together."""

    def __init__(self) -> None:
        self.values: dict[str, bytes] = {}
        self.offset = 0
        self.sizes: list[int] = []
        self.kill_at = -1
        self.kill_after_write = False


class FakeState:
    """The trainer's state over a `Store`; the write that it is to die at comes through or not."""

    def __init__(self, store: Store, *_: object) -> None:
        self.store = store

    async def take(self) -> Found:
        return Found(self.store.offset, 0, {}, {})

    async def load(self, keys: list[str]) -> list[bytes | None]:
        return [self.store.values.get(key) for key in keys]

    async def commit(self, write: Commit) -> None:
        assert write.start_offset == self.store.offset
        dies = write.next_offset >= self.store.kill_at >= 0
        if not dies or self.store.kill_after_write:
            self.store.values |= write.values
            self.store.offset = write.next_offset
            self.store.sizes.append(sum(map(len, write.values.values())))
        if dies:
            raise KilledError


@pytest.fixture(autouse=True)
def _in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams.takeover, "PartitionState", FakeState)


async def _trained(records: list[Record], kills: list[int]) -> Store:
    """Train on all of it, dying at the offsets named, every other time after the write."""
    store, topic = Store(), topic_of(records)
    for number, kill_at in enumerate([*kills, -1]):
        store.kill_at, store.kill_after_write = kill_at, number % 2 == 1
        lane = await trainer(store).make_lane(0, number)
        try:
            await train(lane, topic)
        except KilledError:
            continue
    assert store.offset == len(topic)
    return store


def _without_corrections(records: list[Record]) -> Population:
    """What the same trainer would have learned had every outcome been right at once."""
    right: dict[str, Record] = {}
    told: set[tuple[str, str]] = set()
    for record in records:
        if "label_id" in record:
            continue
        decision = record["decision_id"]
        if not record["corrects"]:
            right.setdefault(decision, dict(record))
        elif (decision, record["corrects"]) not in told:
            told.add((decision, record["corrects"]))
            for name in ("clicks", "purchases"):
                right[decision][name] = max(0, right[decision][name] + record[name])
            right[decision]["complained"] |= record["complained"]
    population = Population()
    for record in right.values():
        population.learn(record)
    return population


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_killed_or_not_it_ends_with_what_is_right(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relearning, "SEGMENT_OUTCOMES", 20)
    records = history(200, seed)
    rng = random.Random(seed)
    kills = sorted(rng.sample(range(1, len(records)), 6))
    undisturbed, killed = await _trained(records, []), await _trained(records, kills)
    snapshots = {key for key in undisturbed.values if "snapshot" in key or "pointer" in key}
    kept = undisturbed.values.keys() - snapshots
    assert any(":kept:" in key for key in kept)
    assert {k: killed.values[k] for k in kept} == {k: undisturbed.values[k] for k in kept}
    model = Population.from_bytes(stored_model(undisturbed.values))
    assert model.corrections > 0
    assert model.to_bytes() == _without_corrections(records).to_bytes()
    intent = IntentModel()
    for record in {r["label_id"]: r for r in records if "label_id" in r}.values():
        intent.learn(record)
    assert intent.labels > 30
    assert undisturbed.values[f"{trainer_tag('')}:intent"] == intent.to_bytes()


async def test_a_state_from_before_corrections_goes_on_from_its_model() -> None:
    store = await _trained([learnable(f"d{n}", clicks=n % 2) for n in range(30)], [])
    store.values = {key: value for key, value in store.values.items() if ":kept" not in key}
    before = stored_model(store.values)
    lane = await trainer(store).make_lane(0, 1)
    assert lane.learning.memory.to_store()[0] == before


async def test_a_correction_that_comes_too_late_is_counted_and_logged() -> None:
    store = Store()
    owner = trainer(store)
    told = [
        learnable("free", clicks=1),
        learnable("forced", clicks=1, propensity=1.0),
        correction("free", "e1", clicks=-1),
        correction("free", "e1", clicks=-1),
        correction("forced", "e1", clicks=-1),
        correction("nobody's", "e1", clicks=-1),
    ]
    lane = await owner.make_lane(0, 0)
    with capture_logs() as logs:
        await train(lane, topic_of(told))
    counted = {
        sample.labels["fate"]: sample.value
        for metric in owner.metrics.trainer_corrections_total.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    }
    assert counted == {"corrected": 1, "unchanged": 1, "untaught": 1, "forgotten": 1}
    (warned,) = [line for line in logs if line["log_level"] == "warning"]
    assert warned["decision_id"] == "nobody's"


async def test_a_commit_does_not_write_all_that_is_kept() -> None:
    store = await _trained([learnable(f"d{n}", clicks=n % 2) for n in range(2_000)], [])
    assert max(store.sizes) < sum(map(len, store.values.values())) / 3
