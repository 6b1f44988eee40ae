"""A trainer without Kafka: outcomes in a list for a topic, handed over in chunks."""

import asyncio
import random
from typing import Any, cast

from models.learning.population import Population
from models.learning.relearning import Relearning
from models.step import Record
from runtime.metrics import Metrics
from runtime.settings import load_settings
from schemas.keys import trainer_tag
from schemas.topics import Topology
from streams.inbox import Chunk
from streams.producer import AsyncProducer
from streams.training.lane import TrainingLane
from streams.training.outcomes import FromOutcomes, OutcomesTrainer
from tests.models.intent.labels import label
from tests.models.outcomes import correction, learnable, whole
from tests.streams.fakes import NoProducer
from tests.streams.records import CODEC, FakeRecord


def history(count: int, seed: int = 1) -> list[Record]:
    """Outcomes and labels with, among them, corrections of outcomes, and repeats of all."""
    rng = random.Random(seed)
    heard: list[Record] = []
    for number in range(count):
        arm = rng.choice(["hold", "reminder/none", "reminder/small"])
        clicks = rng.randrange(2) if "/" in arm else 0
        heard.append(learnable(f"d{number}", arm, clicks=clicks, purchases=rng.randrange(2)))
        if rng.random() < 0.2:
            earlier = f"d{rng.randrange(number + 1)}"
            kinds: list[Record] = [{"clicks": -1}, {"purchases": -1}, {"complained": True}]
            heard.append(correction(earlier, f"e{number}", **rng.choice(kinds)))
        if rng.random() < 0.2:
            heard.append(rng.choice(heard))
        if rng.random() < 0.3:
            heard.append(label(f"l{number}", orders=[rng.randrange(2)]))
    return heard


def encoded(record: Record) -> bytes:
    """An outcome, its correction, or a label, as it stands in the topic."""
    if "label_id" in record:
        return CODEC.encode("label", record)
    return CODEC.encode("outcome", whole(record))


def topic_of(records: list[Record]) -> list[FakeRecord]:
    """The records as they stand in the outcomes topic."""
    return [FakeRecord(offset, encoded(record)) for offset, record in enumerate(records)]


def trainer(redis: Any, namespace: str = "") -> OutcomesTrainer:
    settings = load_settings(namespace=namespace)
    producer = cast(AsyncProducer, NoProducer())
    return OutcomesTrainer(
        settings, redis, producer, CODEC, Topology(namespace), Metrics(), {"cluster": "c"}
    )


def learning() -> FromOutcomes:
    """What is learned, without a lane around it."""
    return FromOutcomes(Metrics(), load_settings(), Relearning(Population()))


async def train(lane: TrainingLane[FromOutcomes], topic: list[FakeRecord], chunk: int = 7) -> None:
    """Hand over the rest of the topic, and run until it is committed."""
    await lane.start()
    task = asyncio.create_task(lane.run())
    for first in range(0, len(topic), chunk):
        await lane.put(Chunk(cast(Any, topic[first : first + chunk]), lambda: None))
    async with asyncio.timeout(60):
        while lane.offset < len(topic) and not task.done():
            await asyncio.sleep(0)
    if task.done():
        task.result()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def stored_model(values: dict[str, bytes], namespace: str = "") -> bytes:
    return values[f"{trainer_tag(namespace)}:model"]
