"""Who gets a turn, who gives it up, and how many may wait, by the direct route on real sockets."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from deploy.servers.redis import RedisServer
from senders.errors import CrowdedError
from senders.pace.turns import UNPLACED
from senders.smtp.connection import Accepted, Lost, Result
from senders.smtp.replies import Stage
from tests.direct_house import ADDRESSES, Goes, House, opened
from tests.smtp_lines import STALL

pytestmark = [
    pytest.mark.integration,
    # Tasks are cancelled while they ask Redis; redis-py leaves such a connection to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
async def house(redis_state: RedisServer, namespace: str, tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path, redis_state.url, namespace) as made:
        yield made


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


async def test_what_expired_in_line_uses_no_opening_of_a_connection(house: House) -> None:
    match = {"mx": ["*.slow.example"]}
    house.provider("slow", connections_per_second=0.001, match=match)
    house.site("a.example", (10, "mx.slow.example", ADDRESSES[0]))
    turns, _upkeep = house.turns()
    late = Goes(ready=False, expired=True)
    async with turns.turn("a.example", house.ticket(), late) as turn:
        assert turn is None
    assert isinstance(await house.send(turns, "a.example"), Accepted), "the first to open one"


async def test_a_silent_dns_leaves_places_for_others(house: House) -> None:
    house.site("a.example", (10, "mx.a.example", ADDRESSES[0]))
    house.dns.silent.add("silent.example")
    turns, _upkeep = house.turns(max_in_flight=1)
    tasks = [asyncio.create_task(house.send(turns, "silent.example")) for _ in range(30)]
    assert isinstance(await house.send(turns, "a.example"), Accepted)
    crowded = [task for task in tasks if task.done()]
    assert [type(task.exception()) for task in crowded] == [CrowdedError] * 24, (
        "half of the 12 places wait for it"
    )
    key = f"{UNPLACED}silent.example"
    assert (crowded_key(crowded), turns.room(key)) == (key, 0)
    left = await asyncio.gather(*(task for task in tasks if task not in crowded))
    assert left == [Lost(Stage.CONNECT, "the DNS did not answer")] * 6
    assert turns.room(key) == 6


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


async def test_whose_claim_may_stand_is_let_in_however_many_wait(house: House) -> None:
    """Nobody else could tell what became of it."""
    house.site("a.example", (10, "mx.a.example", ADDRESSES[0]))
    house.mx[0].says["RCPT"] = STALL
    turns, _upkeep = house.turns(smtp_timeout_seconds=60.0, max_in_flight=1)
    tasks = [asyncio.create_task(house.send(turns, "a.example")) for _ in range(6)]
    while not house.mx[0].stalled:
        await asyncio.sleep(0.001)
    with pytest.raises(CrowdedError):
        await house.send(turns, "a.example")
    ticket, [lane] = house.ticket(), turns.lanes.values()
    ticket.claiming = True
    tasks.append(asyncio.create_task(house.send(turns, "a.example", ticket=ticket)))
    while lane.waiting < len(tasks) and not tasks[-1].done():
        await asyncio.sleep(0)
    assert lane.waiting == len(tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def crowded_key(tasks: list[asyncio.Task[Result]]) -> str:
    error = tasks[0].exception()
    assert isinstance(error, CrowdedError)
    return error.key
