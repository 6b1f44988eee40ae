"""The direct route on real sockets: the DNS over UDP, mail exchangers by preference, and lanes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from senders.pace.dns import Resolver, Status
from senders.pace.throttle import Throttle
from senders.smtp.connection import Accepted, Denied, Lost
from senders.smtp.replies import Stage
from tests.direct_house import ADDRESSES, House, opened
from tests.smtp_lines import CLOSE, STAGES, STALL

pytestmark = [
    pytest.mark.integration,
    # Tasks are cancelled while they ask Redis; redis-py leaves such a connection to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


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
