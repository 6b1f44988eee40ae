"""The direct route on real sockets: the DNS over UDP, mail exchangers by preference, and lanes.

Every mail exchanger has a loopback address of its own, so that all listen on one port.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from runtime.metrics import Metrics
from runtime.settings import Settings, load_settings
from senders.errors import CrowdedError
from senders.handover.ticket import Ticket
from senders.pace.dns import Resolver, Status
from senders.pace.opening import open_pace
from senders.pace.throttle import Throttle
from senders.pace.turns import Turns
from senders.pace.upkeep import Upkeep
from senders.smtp.connection import Accepted, Denied, Lost, Result
from senders.smtp.replies import Stage
from tests.dns_server import DnsServer, dns_server
from tests.smtp_lines import CLOSE, STAGES, STALL, Exchanger, exchangers

pytestmark = [
    pytest.mark.integration,
    # Tasks are cancelled while they ask Redis; redis-py leaves such a connection to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

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

    def __init__(self, *, ready: bool = True, waits: bool = True) -> None:
        self._ready, self._waits = ready, waits

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

    async def send(self, turns: Turns, domain: str, who: str = "ann") -> Result:
        async def yes() -> bool:
            return True

        async with turns.turn(domain, self.ticket(), Goes()) as turn:
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


@pytest.fixture
async def house(redis_state: RedisServer, namespace: str, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path, redis_state.url, namespace) as made:
        yield made


async def test_the_dns_over_the_wire(house: House) -> None:
    house.site("a.example", (20, "mx2.a.example", "127.0.0.3"), (10, "MX1.a.example", "127.0.0.2"))
    house.dns.put("null.example", "MX", "0 .")
    house.dns.put("plain.example", "A", "127.0.0.4")
    house.dns.silent.add("silent.example")
    house.dns.broken.add("broken.example")
    resolver = Resolver(house.settings().pace)
    found = await resolver.mx("a.example")
    assert found.records == ((10, "mx1.a.example"), (20, "mx2.a.example"))
    assert found.ttl_seconds == 300
    assert (await resolver.mx("null.example")).records == ((0, ""),)
    nothing = await resolver.mx("plain.example")
    assert (nothing.status, nothing.ttl_seconds) == (Status.NOTHING, 120)
    absent = await resolver.mx("absent.example")
    assert (absent.status, absent.ttl_seconds) == (Status.NO_DOMAIN, 120)
    assert (await resolver.mx("silent.example")).status is Status.FAILED
    assert (await resolver.mx("broken.example")).status is Status.FAILED
    assert (await resolver.addresses("plain.example")).records == ("127.0.0.4",)
    assert (await resolver.addresses("absent.example")).status is Status.NO_DOMAIN


async def test_many_who_ask_ask_once_and_a_dead_server_holds_up_nobody_else(house: House) -> None:
    house.site("a.example", (10, "mx.a.example", "127.0.0.2"))
    house.dns.silent.add("silent.example")
    turns, _upkeep = house.turns()
    dead = [asyncio.create_task(house.send(turns, "silent.example")) for _ in range(20)]
    alive = await asyncio.gather(*(house.send(turns, "a.example") for _ in range(20)))
    assert all(isinstance(result, Accepted) for result in alive)
    assert not any(task.done() for task in dead)
    assert house.dns.asked["a.example"] == 1
    results = await asyncio.gather(*dead)
    assert results == [Lost(Stage.CONNECT, "the DNS did not answer")] * 20
    assert house.parked == 0


async def test_exchangers_are_tried_in_order_of_preference(house: House) -> None:
    first, second, third = house.mx
    house.site(
        "a.example",
        (30, "mx3.a.example", ADDRESSES[2]),
        (10, "mx1.a.example", ADDRESSES[0]),
        (20, "mx2.a.example", ADDRESSES[1]),
    )
    turns, _upkeep = house.turns()
    assert isinstance(await house.send(turns, "a.example"), Accepted)
    assert (len(first.accepted), second.connections) == (1, 0)
    await turns.close()
    # The first one hangs up at once, the second refuses to talk: the third takes it.
    first.says["greeting"] = CLOSE
    second.says["greeting"] = "554 5.3.2 Not today"
    assert isinstance(await house.send(turns, "a.example", "bob"), Accepted)
    assert third.accepted == ["bob@a.example"]


async def test_where_the_dns_settles_it_no_server_is_asked(house: House) -> None:
    house.dns.put("null.example", "MX", "0 .")
    house.dns.put("plain.example", "A", ADDRESSES[1])
    turns, _upkeep = house.turns()
    null = await house.send(turns, "null.example")
    assert isinstance(null, Denied)
    assert (null.stage, null.reply.code, null.claimed) == (Stage.RCPT, 556, False)
    absent = await house.send(turns, "absent.example")
    assert isinstance(absent, Denied)
    assert "5.4.4" in absent.reply.text
    assert [one.connections for one in house.mx] == [0, 0, 0]
    # No MX: the domain's own address (RFC 5321, section 5.1).
    assert isinstance(await house.send(turns, "plain.example"), Accepted)
    assert house.mx[1].accepted == ["ann@plain.example"]


LONG = "250 " + "x" * 9_000


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(
    "says",
    [
        "no code at all",
        "\x00\xff\xfe\r\n",
        "999 odd",
        "25",
        "250-\r\n250-\r\nx\r\n",
        LONG,
        "",
        CLOSE,
        STALL,
    ],
    ids=["words", "bytes", "999", "short", "torn", "long", "empty", "close", "stall"],
)
async def test_whatever_a_server_says_the_result_is_clear(
    house: House, stage: str, says: str
) -> None:
    [mx, *_others] = house.mx
    house.site("a.example", (10, "mx.a.example", ADDRESSES[0]))
    turns, _upkeep = house.turns(smtp_timeout_seconds=0.5 if says == STALL else 5.0)
    mx.says[stage] = says
    if stage == "EHLO":
        mx.says["HELO"] = says
    result = await house.send(turns, "a.example")
    assert isinstance(result, Lost)
    assert (
        result.stage
        is {
            "greeting": Stage.CONNECT,
            "EHLO": Stage.CONNECT,
            "message": Stage.DATA,
        }.get(stage)
        or Stage[stage]
    )
    assert not result.stale
    # What stood in the way of one mail isn't read as the next one's answer.
    mx.says.clear()
    assert isinstance(await house.send(turns, "a.example", "bob"), Accepted)
    assert mx.accepted == ["bob@a.example"]
    assert mx.connections == 2


@pytest.mark.parametrize("stage", STAGES)
async def test_a_provider_that_stalls_holds_up_no_other(house: House, stage: str) -> None:
    slow, fine, _other = house.mx
    house.provider("slow", match={"mx": ["*.slow.example"]})
    house.provider("fine", match={"mx": ["*.fine.example"]})
    house.site("a.example", (10, "mx.slow.example", ADDRESSES[0]))
    house.site("b.example", (10, "mx.fine.example", ADDRESSES[1]))
    slow.says[stage] = STALL
    turns, _upkeep = house.turns(smtp_timeout_seconds=60.0)
    stuck = [asyncio.create_task(house.send(turns, "a.example")) for _ in range(50)]
    while not slow.stalled:
        await asyncio.sleep(0.001)
    sent = await asyncio.gather(*(house.send(turns, "b.example") for _ in range(50)))
    assert all(isinstance(result, Accepted) for result in sent)
    assert len(fine.accepted) == 50
    assert not any(task.done() for task in stuck)
    # None of those that wait takes a place of the decisions at work.
    assert house.parked == 50
    assert slow.most <= 2
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)
    assert house.parked == 0


async def test_silent_destinations_leave_places_for_others(house: House) -> None:
    """However many there are, and however much waits for each."""
    names = [f"s{number}" for number in range(9)]
    for name in (*names, "fine"):
        address = ADDRESSES[1] if name == "fine" else ADDRESSES[0]
        house.site(f"{name}.example", (10, f"mx.{name}.example", address))
    house.mx[0].says["RCPT"] = STALL
    turns, _upkeep = house.turns(smtp_timeout_seconds=60.0, max_in_flight=2)
    tasks = [
        asyncio.create_task(house.send(turns, f"{name}.example"))
        for name in names
        for _ in range(30)
    ]
    # Those beyond their share are told so at once; the others wait.
    while house.mx[0].stalled < 9:
        await asyncio.sleep(0.001)
    crowded = [task for task in tasks if task.done()]
    assert {type(task.exception()) for task in crowded} == {CrowdedError}
    assert len(tasks) - len(crowded) <= 24 + len(names)
    assert turns.room(crowded_key(crowded)) == 0
    assert isinstance(await house.send(turns, "fine.example"), Accepted)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert turns.room(crowded_key(crowded)) == 12


def crowded_key(tasks: list[asyncio.Task[Result]]) -> str:
    error = tasks[0].exception()
    assert isinstance(error, CrowdedError)
    return error.key


async def test_small_sites_of_default_do_not_hold_up_each_other(house: House) -> None:
    house.site("a.example", (10, "mx.a.example", ADDRESSES[0]))
    house.site("b.example", (10, "mx.b.example", ADDRESSES[1]))
    house.mx[0].says["RCPT"] = STALL
    turns, _upkeep = house.turns(smtp_timeout_seconds=60.0)
    stuck = [asyncio.create_task(house.send(turns, "a.example")) for _ in range(5)]
    while not house.mx[0].stalled:
        await asyncio.sleep(0.001)
    assert isinstance(await house.send(turns, "b.example"), Accepted)
    for task in stuck:
        task.cancel()
    await asyncio.gather(*stuck, return_exceptions=True)


async def test_connections_are_bounded_over_processes_and_worn_out_after_their_mails(
    house: House,
) -> None:
    house.provider("big", connections=3, messages_per_connection=4, match={"mx": ["*.big.example"]})
    house.site("a.example", (10, "mx.big.example", ADDRESSES[0]))
    processes = [house.turns()[0] for _ in range(3)]
    mails = [house.send(turns, "a.example") for turns in processes for _ in range(20)]
    results = await asyncio.gather(*mails)
    assert all(isinstance(result, Accepted) for result in results)
    [mx, *_others] = house.mx
    assert mx.most <= 3
    assert len(mx.accepted) == 60
    assert mx.connections >= 60 / 4


async def test_idle_connections_are_closed_and_their_leases_given_back(house: House) -> None:
    house.site("a.example", (10, "mx.a.example", ADDRESSES[0]))
    turns, upkeep = house.turns()
    assert isinstance(await house.send(turns, "a.example"), Accepted)
    [lane] = turns.lanes.values()
    assert len(lane.leases) == 1
    await upkeep.look()
    assert house.mx[0].open == 1
    lane.end_idle(1e12, 20.0)
    await lane.close()
    assert lane.leases == []
    redis = Redis.from_url(house.redis_url)
    house.closing.append(redis.aclose)
    assert await redis.zcard(f"{house.namespace}pace:{{{lane.key}}}:leases") == 0


@pytest.mark.parametrize("used_up", [False, True])
async def test_what_may_not_leave_after_all_uses_no_pace(house: House, used_up: bool) -> None:  # noqa: FBT001
    match = {"mx": ["*.slow.example"]}
    house.provider("slow", messages_per_second=0.001, burst=2, match=match)
    house.site("a.example", (10, "mx.slow.example", ADDRESSES[0]))
    turns, _upkeep = house.turns()
    for who in ("ann", "bob") if used_up else ("ann",):
        assert isinstance(await house.send(turns, "a.example", who), Accepted)
    # Where the pace lets nobody through it may notice that before it would have to wait.
    late = Goes(ready=used_up, waits=False)
    async with Redis.from_url(house.redis_url) as redis:
        pace = f"{house.namespace}pace:{{slow}}:mails"
        before = await redis.get(pace)
        async with turns.turn("a.example", house.ticket(), late) as turn:
            assert turn is None
        assert await redis.get(pace) == before
    if not used_up:
        assert isinstance(await house.send(turns, "a.example", "bob"), Accepted), "the other's turn"
    assert house.mx[0].connections == 1, "and leaves its connection to the others"


async def factor(house: House, key: str) -> float:
    async with Redis.from_url(house.redis_url) as redis:
        [found] = await Throttle(redis, house.namespace).factors([key], 0)
    return found


@pytest.mark.parametrize(
    ("stage", "reply", "left"),
    [
        ("greeting", "421 4.7.0 [TSS04] Messages temporarily deferred", 0.5),
        ("MAIL", "451 4.7.650 The mail server has been temporarily rate limited", 0.5),
        ("message", "421 4.7.28 Gmail has detected an unusual rate", 0.5),
        ("RCPT", "450 4.2.0 Greylisted, see http://postgrey.example/", 1.0),
        ("RCPT", "452 4.2.2 Mailbox full", 1.0),
        ("RCPT", "550 5.1.1 No such user", 1.0),
    ],
)
async def test_replies_that_ask_for_less_slow_the_provider_and_others_only_the_mail(
    house: House, stage: str, reply: str, left: float
) -> None:
    house.provider("big", connections=5, match={"mx": ["*.big.example"]})
    house.site("a.example", (10, "mx.big.example", ADDRESSES[0]))
    house.mx[0].says[stage] = reply
    turns, upkeep = house.turns()
    # Many at once: all left before the first answer, so they slow it once.
    results = await asyncio.gather(*(house.send(turns, "a.example") for _ in range(5)))
    assert all(isinstance(result, Denied) for result in results)
    assert await factor(house, "big") == left
    await upkeep.look()
    told = upkeep._metrics.sender_throttle_ratio.labels(provider="big")
    assert told._value.get() == pytest.approx(left)
