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
from senders.handover.facts import FactReader
from senders.handover.ledger import Entry, Ledger, count_replicas
from senders.links.tokens import Unsubscribe
from senders.pace.gcra import Pace, Pacer
from senders.pace.leases import Leases
from senders.pace.throttle import Throttle
from senders.recipients.optouts import OptOuts
from senders.recipients.suppression import digest_of
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

    pacer, pace, now_us = Pacer(cluster, namespace), Pace.of(1.0, 1), NOW_MS * 1000
    assert (await pacer.ask("default", pace, now_us=now_us)).wait_us == 0
    assert (await pacer.ask("default", pace, now_us=now_us)).wait_us == 1_000_000
    throttle = Throttle(cluster, namespace)
    assert await throttle.slow("default", now_us, now_us)
    assert await throttle.factors(["default", "gmail"], now_us) == [0.5, 1.0]
    leases = Leases(cluster, namespace, "one")
    lease = await leases.take("default", 1, 0.0)
    assert lease is not None
    assert await leases.take("default", 1, 0.0) is None
    await leases.renew("default", [lease], 5.0)
    assert lease.until > 5.0
    await leases.give_back(lease)
    assert await leases.take("default", 1, 0.0) is not None

    codec = Codec(BundledRegistry())
    tag = state_tag(namespace, journal_partition("ann", 8))
    who = contact("ann", "ann@inbox.example")
    await cluster.set(contact_key(tag, "ann"), codec.encode("contact", who))
    await cluster.sadd(f"{namespace}paused", "flow:welcome")
    emitter: Any = Away()
    optouts = OptOuts(cluster, namespace, emitter)
    await optouts.write(Unsubscribe("ann", "d1", digest_of(who["address"])), NOW_MS)
    assert await optouts.emit_pending() == 0
    reader = FactReader(cluster, cluster, codec, WallTime(), namespace, 8)
    facts = await reader.read(decision("ann", decision_id="d1"))
    assert facts.contact == who
    assert facts.entry == Entry("accepted", "a", NOW_MS, 250)
    assert facts.pauses == {"flow:welcome"}
    assert [found.reason for found in facts.suppressions] == ["unsubscribed", "unsubscribed"]
