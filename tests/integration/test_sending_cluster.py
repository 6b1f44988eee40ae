"""Ledger, pace, facts and withdrawals on a Redis Cluster, where keys live in different slots."""

import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import RedisCluster

from deploy.servers.redis import RedisServer
from runtime.redis_client import connect
from runtime.settings import load_settings
from schemas.codec import Codec
from schemas.emitter import EmitterFullError
from schemas.keys import contact_key, journal_partition, state_tag
from schemas.registry import BundledRegistry
from senders.clock import WallTime
from senders.guardrails.counts import counts_key, day_of
from senders.handover.facts import FactReader
from senders.handover.ledger import Entry, Ledger, count_replicas
from senders.links.sent import Sent
from senders.links.tokens import Unsubscribe
from senders.pace.gcra import Pace, Pacer
from senders.recipients.optouts import OptOuts
from senders.recipients.pending import PendingEvents
from senders.recipients.suppression import digest_of
from senders.returns.returns import Returns
from tests.pipeline import wait_until
from tests.senders.builders import NOW_MS
from tests.sending import contact, decision

pytestmark = pytest.mark.integration


class OneNodeCluster(RedisServer):
    """A cluster of one node, which refuses what crosses slots like any other."""

    def command(self) -> Sequence[str]:
        return [*super().command(), "--cluster-enabled", "yes"]


@pytest.fixture
def cluster_url(tmp_path: Path) -> Iterator[str]:
    with OneNodeCluster(tmp_path / "cluster", "ledger") as server:
        ask = ["redis-cli", "-p", server.address.rsplit(":", 1)[1], "CLUSTER"]
        subprocess.run([*ask, "ADDSLOTSRANGE", "0", "16383"], check=True, capture_output=True)
        wait_until(
            lambda: b"cluster_state:ok" in subprocess.check_output([*ask, "INFO"]),
            "the cluster is up",
        )
        yield server.url


@pytest.fixture
async def cluster(cluster_url: str) -> AsyncIterator[RedisCluster]:
    client = connect(cluster_url, load_settings(), cluster=True)
    assert isinstance(client, RedisCluster)
    yield client
    await client.aclose()


class Away:
    """An emitter whose Kafka is away."""

    def emit(self, _name: str, _record: dict[str, Any]) -> None:
        raise EmitterFullError("full")


async def test_what_senders_do_with_redis_works_on_a_cluster(
    cluster: RedisCluster, namespace: str
) -> None:
    ledger = Ledger(cluster, namespace, ttl_ms=60_000)
    assert await count_replicas(cluster) == 0
    assert await ledger.claim("d1", "a", NOW_MS) is None
    assert await ledger.settle("d1", Entry("accepted", "a", NOW_MS, 250)) is None
    assert (await ledger.claim("d1", "b", NOW_MS)) == Entry("accepted", "a", NOW_MS, 250)

    pacer = Pacer(cluster, namespace, Pace.of(1.0, 1))
    assert await pacer.wait_us("default", NOW_MS * 1000) == 0
    assert await pacer.wait_us("default", NOW_MS * 1000) == 1_000_000

    codec = Codec(BundledRegistry())
    tag = state_tag(namespace, journal_partition("ann", 8))
    who = contact("ann", "ann@inbox.example")
    await cluster.set(contact_key(tag, "ann"), codec.encode("contact", who))
    await cluster.sadd(f"{namespace}paused", "flow:welcome")
    emitter: Any = Away()
    pending = PendingEvents(cluster, namespace, emitter)
    optouts = OptOuts(cluster, namespace, pending)
    await optouts.write(Unsubscribe("ann", "d1", digest_of(who["address"])), NOW_MS)
    assert await pending.emit() == 0
    bob = Sent("d2", "bob", digest_of("bob@inbox.example"), "cart_reminder")
    returns = Returns(cluster, namespace, pending)
    for news in (True, False):
        assert news == await returns.complained(bob, source="arf", now_ms=NOW_MS)
    counted: Any = cluster.hgetall(counts_key(namespace, "marketing", day_of(NOW_MS)))
    assert await counted == {b"cart_reminder|default|complaint": b"1"}
    reader = FactReader(cluster, cluster, codec, WallTime(), namespace, 8)
    facts = await reader.read(decision("ann", decision_id="d1"))
    assert facts.contact == who
    assert facts.entry == Entry("accepted", "a", NOW_MS, 250)
    assert facts.pauses == {"flow:welcome"}
    assert [found.reason for found in facts.suppressions] == ["unsubscribed", "unsubscribed"]
