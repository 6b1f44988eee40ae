"""Senders' turns by the direct route, on a name server and mail exchangers of their own.

Every mail exchanger has a loopback address of its own, so that all listen on one port.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from runtime.metrics import Metrics
from runtime.settings import Settings, load_settings
from senders.handover.ticket import Ticket
from senders.pace.opening import open_pace
from senders.pace.turns import Turns
from senders.pace.upkeep import Upkeep
from senders.smtp.connection import Result
from tests.dns_server import DnsServer, dns_server
from tests.smtp_lines import Exchanger, exchangers

MAIL = b"Subject: x\r\n\r\nHello.\r\n"
ADDRESSES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
FAST = {
    "route": "direct",
    "messages_per_second": 1000,
    "burst": 1000,
    "connections_per_second": 1000,
    "connections": 2,
    "tls": "never",
}


class Goes:
    """A mail that may leave, or not, once its turn has come."""

    def __init__(self, *, ready: bool = True, waits: bool = True, expired: bool = False) -> None:
        self._ready, self._waits, self._expired = ready, waits, expired

    async def expired(self) -> bool:
        return self._expired

    async def ready(self) -> bool:
        return self._ready

    async def waits(self) -> bool:
        return self._waits


@dataclass
class House:
    """Name server, mail exchangers, and senders' turns."""

    folder: Path
    redis_url: str
    namespace: str
    dns: DnsServer
    port: int
    mx: list[Exchanger]
    parked: int = 0
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    closing: list[Callable[[], Any]] = field(default_factory=list)

    def settings(self, **sender: Any) -> Settings:
        return load_settings(
            namespace=self.namespace,
            redis={"state_url": self.redis_url},
            sender={"smtp_timeout_seconds": 1.0, **sender},
            pace={
                "providers_dir": self.folder,
                "dns_servers": [self.dns.address],
                "dns_timeout_seconds": 0.5,
                "direct_port": self.port,
                "ehlo_name": "out.sender.example",
            },
        )

    def provider(self, name: str, **values: Any) -> None:
        match = values.pop("match", None)
        lines = [f"{key} = {json.dumps(value)}" for key, value in {**FAST, **values}.items()]
        if match:
            lines += ["[match]", *(f"{key} = {json.dumps(value)}" for key, value in match.items())]
        (self.folder / f"{name}.toml").write_text("\n".join(lines), encoding="utf-8")

    def site(self, domain: str, *hosts: tuple[int, str, str], ttl: int = 300) -> None:
        """A domain with exchangers: preference, name, address."""
        self.dns.put(domain, "MX", *(f"{pref} {name}." for pref, name, _ in hosts), ttl=ttl)
        for _preference, name, address in hosts:
            self.dns.put(name, "A", address)

    def turns(self, **sender: Any) -> tuple[Turns, Upkeep]:
        """What one process has."""
        redis = Redis.from_url(self.redis_url)
        turns, upkeep = open_pace(self.settings(**sender), redis, Metrics())
        self.closing += [turns.close, redis.aclose]
        return turns, upkeep

    def ticket(self) -> Ticket:
        def park(change: int) -> None:
            self.parked += change

        return Ticket({"decision_id": "d"}, 0, self.stopping, lambda: True, park)

    async def send(
        self, turns: Turns, domain: str, who: str = "ann", *, ticket: Ticket | None = None
    ) -> Result:
        async def yes() -> bool:
            return True

        async with turns.turn(domain, ticket or self.ticket(), Goes()) as turn:
            assert turn is not None
            return await turn.hand_over("news@sender.example", f"{who}@{domain}", MAIL, yes)


@asynccontextmanager
async def opened(folder: Path, redis_url: str, namespace: str) -> AsyncIterator[House]:
    async with dns_server() as dns, exchangers(*ADDRESSES) as (port, mx):
        house = House(folder, redis_url, namespace, dns, port, mx)
        house.provider("default")
        try:
            yield house
        finally:
            for close in house.closing:
                await close()
