"""What peers begin with: the state before the measured events, and the parts every peer shares."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import redis

import streams.processors
from bench.shoppers import catalog
from bench.task import Task
from models.catalog import Catalog
from models.learning.population import Population
from models.programme.reading import parse_programme
from models.world import World
from runtime.settings import BUNDLED_PROGRAMME, Settings, load_settings
from schemas.codec import Codec
from schemas.keys import state_tag, timers_key
from schemas.registry import BundledRegistry
from streams.registry import Registry, discover
from streams.snapshots import pointer_key, snapshot_key

_SCAN_KEYS = 1_000


@dataclass
class Timers:
    """Timers held in memory, for peers without a store of timers: cheaper than a durable one."""

    due: dict[str, int] = field(default_factory=dict)
    _heap: list[tuple[int, str]] = field(default_factory=list)

    def put(self, timers: Iterable[tuple[str, int | None]]) -> None:
        """Set timers by member to their due time, epoch milliseconds, or forget them for None."""
        for member, due_ms in timers:
            if due_ms is None:
                self.due.pop(member, None)
            else:
                self.due[member] = due_ms
                heapq.heappush(self._heap, (due_ms, member))

    def take(self, until_ms: int) -> list[tuple[str, int]]:
        """Take out what is due by `until_ms`, earliest first."""
        taken = []
        while self._heap and self._heap[0][0] <= until_ms:
            due_ms, member = heapq.heappop(self._heap)
            if self.due.get(member) == due_ms:
                del self.due[member]
                taken.append((member, due_ms))
        return taken


@dataclass
class Start:
    """The state of one journal partition before the measured events, as stored."""

    profiles: dict[str, bytes]
    contacts: dict[str, bytes]
    timers: Timers


def read_start(task: Task, partition: int) -> Start:
    """Read what the worker stored of a partition."""
    client = redis.Redis.from_url(task.state_url)
    tag = state_tag(task.namespace, partition)
    timers = Timers()
    rows: Any = client.zrange(timers_key(tag), 0, -1, withscores=True)
    timers.put((member.decode(), int(due)) for member, due in rows)
    start = Start(_values(client, f"{tag}:s:"), _values(client, f"{tag}:c:"), timers)
    client.close()
    return start


def _values(client: "redis.Redis", prefix: str) -> dict[str, bytes]:
    keys = list(client.scan_iter(f"{prefix}*", count=_SCAN_KEYS))
    values: list[bytes] = []
    for at in range(0, len(keys), _SCAN_KEYS):
        values += client.mget(keys[at : at + _SCAN_KEYS])  # type: ignore[arg-type]
    return {key.decode()[len(prefix) :]: value for key, value in zip(keys, values, strict=True)}


def codec() -> Codec:
    """The codec with the bundled schemas."""
    return Codec(BundledRegistry())


def registry() -> Registry:
    """The processors that the worker runs."""
    return discover(streams.processors)


def world(task: Task) -> World:
    """What steps read: the bundled programme, the benchmark's catalog, the trained population."""
    text = (BUNDLED_PROGRAMME / "flows.yaml").read_text(encoding="utf-8")
    products = Catalog()
    for product in catalog():
        products.put(product)
    return World(parse_programme(text), products, _population(task))


def _population(task: Task) -> Population:
    client = redis.Redis.from_url(task.state_url)
    pointer: Any = client.get(pointer_key(task.namespace))
    slot = int(pointer.partition(b":")[0])
    data: Any = client.get(snapshot_key(task.namespace, slot))
    client.close()
    return Population.from_bytes(data)


def settings(task: Task) -> Settings:
    """Production's defaults, but for where things are and for the driven clock."""
    return load_settings(
        namespace=task.namespace,
        clock="driven",
        data_dir=task.data_dir,
        kafka={
            "bootstrap_servers": task.bootstrap_servers,
            "journal_partitions": task.partitions,
        },
        redis={"state_url": task.state_url},
    )
