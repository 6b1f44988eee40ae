"""What offers took off is found again by the partition's next worker, on a real Redis."""

from typing import cast

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from models import decay
from models.offers import budget
from runtime.metrics import Metrics
from runtime.settings import Settings
from schemas.keys import state_tag
from streams.commit import Commit
from streams.producer import AsyncProducer
from streams.state import PartitionState
from streams.worker import Worker
from tests.streams.fakes import NoProducer
from tests.streams.records import CODEC, NOW_MS, TOPOLOGY, browse, journaled
from tests.streams.test_discount_budget import SHARE, budgeted, timed

pytestmark = pytest.mark.integration
IDENTITY = {"cluster": "c1", "journal": "j1"}


async def test_a_worker_keeps_to_what_its_predecessor_counted(
    redis_state: RedisServer, namespace: str
) -> None:
    client = Redis.from_url(redis_state.url)
    try:
        before = PartitionState(client, state_tag(namespace, 0), 1, IDENTITY)
        await before.take()
        level = budget.raised(decay.EMPTY, SHARE + 1.0, NOW_MS)
        await before.commit(Commit(0, 1, meta={"discounts": repr(level)}))
        worker = Worker(
            settings=Settings(namespace=namespace),
            redis=client,
            producer=cast(AsyncProducer, NoProducer()),
            codec=CODEC,
            registry=timed(),
            topology=TOPOLOGY,
            metrics=Metrics(),
            identity=IDENTITY,
            world=budgeted(),
        )
        stepper = (await worker.make_lane(0, 2)).stepper
        (record,) = stepper.prepare([journaled(1, browse(1, price=0.0))])
        stepper.put_loaded("ann", None)
        pending = stepper.begin(1)
        stepper.step(record, pending, NOW_MS, worker.current_world())
        assert pending.touched["ann"].profile.browses == 100, "offers are spent"
    finally:
        await client.aclose()
