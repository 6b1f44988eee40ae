"""Ledger, pace, facts and withdrawals on a Redis Cluster, where keys live in different slots."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from redis.asyncio import RedisCluster

from deploy.servers.ports import CLUSTER_BUS, free_port
from deploy.servers.redis import RedisServer
from runtime.redis_client import connect
from runtime.settings import load_settings
from schemas.codec import Codec
from schemas.emitter import EmitterFullError
from schemas.keys import contact_key, journal_partition, state_tag
from schemas.registry import BundledRegistry
from senders.asking import Asker
from senders.clock import WallTime
from senders.guardrails.counts import count, counting, counts_key, day_of, read_counts
from senders.guardrails.stops import Stop, resume, stop
from senders.handover.facts import FactReader
from senders.handover.ledger import Count, Ledger, count_replicas, is_claim_of
from senders.handover.states import Entry
from senders.links.sent import Sent, find
from senders.links.tokens import Unsubscribe
from senders.links.verp import mail_id
from senders.pace.gcra import Pace, Pacer
from senders.pace.leases import Leases
from senders.pace.throttle import Throttle
from senders.recipients.optouts import OptOuts
from senders.recipients.pending import PendingEvents
from senders.recipients.suppression import digest_of
from senders.returns.returns import Returns
from senders.volume.allowance import Budget
from senders.volume.curve import Step
from senders.volume.store import VolumeStore
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
    port = free_port(above=CLUSTER_BUS)
    with OneNodeCluster(tmp_path / "cluster", "ledger", port=port) as server:
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
    sent, accepted = Sent("d1", "ann", "hash", "hello"), Entry("accepted", "a", NOW_MS, 250)
    assert is_claim_of("a", await ledger.claim(sent, "a", NOW_MS))
    assert await find(cluster, namespace, mail_id("d1")) == sent
    for _ in range(2):
        assert await ledger.settle("d1", accepted, Count("accepted", sent)) is None
    counts = await cluster.hgetall(counts_key(namespace, "marketing", day_of(NOW_MS)))
    assert list(counts.values()) == [b"1"]
    assert await ledger.claim(sent, "b", NOW_MS) == accepted

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
    pending = PendingEvents(cluster, namespace, emitter)
    optouts = OptOuts(cluster, namespace, pending)
    await optouts.write(Unsubscribe("ann", "d1", digest_of(who["address"])), NOW_MS)
    assert await pending.emit() == 0
    bob = Sent("d2", "bob", digest_of("bob@inbox.example"), "cart_reminder")
    returns = Returns(cluster, namespace, pending)
    for news in (True, False):
        assert news == await returns.complained(bob, source="arf", now_ms=NOW_MS)
    counted: Any = cluster.hgetall(counts_key(namespace, "marketing", day_of(NOW_MS)))
    assert (await counted)[b"cart_reminder|default|complaint"] == b"1"
    reader = FactReader(cluster, cluster, codec, WallTime(), namespace, 8)
    facts = await reader.read(decision("ann", decision_id="d1"))
    assert await reader.renew(decision("ann", decision_id="d1"), facts) == replace(
        facts, fresh_until=ANY, now_ms=ANY
    )
    assert facts.contact == who
    assert facts.entry == Entry("accepted", "a", NOW_MS, 250)
    assert facts.pauses == {"flow:welcome"}
    assert [found.reason for found in facts.suppressions] == ["unsubscribed", "unsubscribed"]


async def test_however_many_ask_at_once_each_is_answered(cluster: RedisCluster) -> None:
    asker = Asker(cluster, "ledger")
    for many in (1, 300):
        asked = [asker.ask([("GET", f"a{number}"), ("GET", "b")]) for number in range(many)]
        assert await asyncio.gather(*asked) == [[None, None]] * many


async def test_counts_stops_and_resumes_cross_no_slots(cluster: RedisCluster) -> None:
    sent = Sent("d1", "ann", "0" * 64, "welcome", at_ms=NOW_MS)
    pipeline = cluster.pipeline(transaction=False)
    for command in counting("t.", "accepted", sent, NOW_MS):
        pipeline.execute_command(*command)
    await pipeline.execute()
    for _ in range(2):
        await count(cluster, "t.", "complaint", sent, NOW_MS)
    found, since = await read_counts(cluster, "t.", NOW_MS, 7)
    assert [(each.what, each.count) for each in found] == [("accepted", 1), ("complaint", 1)]
    why = Stop(NOW_MS, "complaints", "", "", 1, 1, 0.05)
    assert await stop(cluster, "t.", "marketing", why, since.get("marketing", 0))
    assert await resume(cluster, "t.", "marketing", NOW_MS + 1)
    assert (await read_counts(cluster, "t.", NOW_MS, 7))[0] == []


async def test_a_days_volume_lies_in_one_slot(cluster: RedisCluster) -> None:
    store = VolumeStore(cluster, "t.", "sender.example")
    budgets = [Budget(f"cap:{name}", name, 1, even=False) for name in ("win_back", "*")]
    counters = ["win_back", "*"]
    first = await store.take("d1", 0.5, budgets, counters, NOW_MS, day=1)
    second = await store.take("d2", 0.5, budgets, counters, NOW_MS, day=1)
    assert (first.mails, second.mails, second.used) == (1, 0, [1, 1])
    await store.leave("d2", budgets)
    assert await store.waiting(budgets) == {"cap:win_back": 0, "cap:*": 0}
    await store.give_back(1, counters, 1)
    assert await store.used(1) == {"win_back": 0, "*": 0}
    assert await store.step("*", None, Step(1, 0, 1))
    assert not await store.step("*", None, Step(1, 1, 2))
    assert (await store.steps(), await store.week(1)) == ({"*": Step(1, 0, 1)}, [{}] * 7)
