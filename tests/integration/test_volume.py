"""The day's volume on a real ledger: over any workers, never more than the cap in a day."""

import asyncio
import json
import multiprocessing
import random
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from typer.testing import CliRunner

from deploy.servers.redis import RedisServer
from nextbest.cli import app
from runtime.redis_client import Client
from runtime.volume_settings import VolumeSettings, Warmup
from schemas.errors import RetryError
from senders.guardrails.counts import DAY_MS, day_of, streams_key
from senders.volume.allowance import EVERY, Budget
from senders.volume.store import VolumeStore
from senders.volume.volume import Volume
from tests.sending import now_ms
from tests.volumes import DAY, DOMAIN, EVENING_MS, WARMUP, leaves, mail, used, worker

pytestmark = pytest.mark.integration


@pytest.fixture
async def redis(redis_ledger: RedisServer) -> AsyncIterator[Client]:
    async with Redis.from_url(redis_ledger.url) as client:
        yield client


async def test_workers_that_race_and_start_anew_share_one_cap(
    redis: Client, namespace: str
) -> None:
    left = 0
    for generation in range(3):
        workers = [worker(redis, namespace) for _ in range(4)]
        asked = [leaves(workers[n % 4], mail(100 * generation + n), EVENING_MS) for n in range(40)]
        left += sum(await asyncio.gather(*asked))
    assert left == await used(redis, namespace) == 48


async def test_a_mail_that_did_not_leave_gives_its_room_back(redis: Client, namespace: str) -> None:
    volume = worker(redis, namespace)
    for number in range(60):
        async with volume.room(mail(number), EVENING_MS) as room:
            assert room.wait is None
    with pytest.raises(RetryError):
        async with volume.room(mail(99), EVENING_MS):
            raise RetryError
    assert await used(redis, namespace) == 0
    # Cancelled, it may have left: better a mail too few.
    with pytest.raises(asyncio.CancelledError):
        async with volume.room(mail(100), EVENING_MS):
            raise asyncio.CancelledError
    assert await used(redis, namespace) == 1


async def test_the_more_engaged_go_first_when_room_comes(redis: Client, namespace: str) -> None:
    volume = worker(redis, namespace)
    midnight = DAY * DAY_MS
    assert [await leaves(volume, mail(n), midnight) for n in range(3)] == [True, True, False]
    engaged = {number: number / 10 for number in (5, 9, 7, 6, 8)}
    for number, engagement in engaged.items():
        assert not await leaves(volume, mail(number, engagement), midnight)
    # An hour later there is room for two more: for those two, in whatever order all ask.
    later = midnight + 3_600_000
    went = {n for n, e in engaged.items() if await leaves(volume, mail(n, e), later)}
    assert went == {9, 8}
    assert not await leaves(volume, mail(2), later), "who came first, but reads nothing"
    assert {n for n in (5, 6, 7) if await leaves(volume, mail(n, n / 10), later + 3_600_000)} == {
        6,
        7,
    }


async def test_among_equals_who_came_first_goes_first(redis: Client, namespace: str) -> None:
    store = VolumeStore(redis, namespace, DOMAIN)
    none = Budget("cap:marketing", "marketing", 1, even=False)
    assert (await store.take("a", 0.5, [none], ["marketing"], EVENING_MS, day=DAY)).mails == 1
    first = await store.take("b", 0.5, [none], ["marketing"], EVENING_MS, day=DAY)
    room = f"{{{namespace}volume:{DOMAIN}}}:room:cap:marketing"
    await redis.zincrby(room, 3, "b")  # as if b had come three seconds earlier
    second = await store.take("c", 0.5, [none], ["marketing"], EVENING_MS, day=DAY)
    assert (first.mails, first.ahead, second.mails, second.ahead) == (0, [0], 0, [1])


async def test_who_only_looks_holds_no_room_and_keeps_its_place(
    redis: Client, namespace: str
) -> None:
    volume = worker(redis, namespace, VolumeSettings(caps={"marketing": 1}))
    looked = [await volume.look(mail(number, 0.5), EVENING_MS) for number in range(3)]
    assert all(room.found for room in looked)
    assert await used(redis, namespace) == 0
    assert await leaves(volume, mail(9), EVENING_MS), "they wait for a provider; this one needn't"
    since = looked[0].since - 60  # as if it had come a minute before
    for number, came in ((1, looked[1].since), (2, 0), (0, since)):
        async with volume.room(mail(number, 0.5), EVENING_MS, came) as room:
            assert not room.found
    waiting = f"{{{namespace}volume:{DOMAIN}}}:room:cap:marketing"
    assert (await redis.zrevrange(waiting, 0, 0)) == [b"d0"]
    await VolumeStore(redis, namespace, DOMAIN).give_back(DAY, ["marketing"], 1)
    assert not (await volume.look(mail(1, 0.5), EVENING_MS)).found
    again = await volume.look(mail(0, 0.5), EVENING_MS)
    assert (again.found, again.since) == (True, since)


async def test_in_plenty_a_mail_costs_no_question(
    redis: Client, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    volume, take, questions = worker(redis, namespace, VolumeSettings()), VolumeStore.take, []

    async def counted(*given: Any, count: bool = True, **more: Any) -> Any:
        questions.append(count)
        return await take(*given, count=count, **more)

    monkeypatch.setattr(VolumeStore, "take", counted)
    for number in range(60):
        assert await leaves(volume, mail(number), EVENING_MS)
    assert questions == [False, True, True, True], "one to look, and one for each twenty"


async def test_who_stopped_asking_stands_in_nobodys_way(redis: Client, namespace: str) -> None:
    volume = worker(redis, namespace)
    midnight = DAY * DAY_MS
    for number in range(4):
        await leaves(volume, mail(number, 0.9), midnight)
    later = midnight + 1_800_000
    assert not await leaves(volume, mail(9, 0.1), later)
    tag = f"{{{namespace}volume:{DOMAIN}}}"
    await redis.zadd(f"{tag}:seen:warmup:marketing", {"d2": 1, "d3": 1})
    assert await leaves(volume, mail(9, 0.1), later)


async def test_who_can_have_no_room_before_it_expires_ends_at_once(
    redis: Client, namespace: str
) -> None:
    volume = worker(redis, namespace)
    soon = EVENING_MS + 60_000
    for number in range(160):
        await leaves(volume, mail(number, 0.9, expires_at=soon), EVENING_MS)
    async with volume.room(mail(200, 0.1, expires_at=soon), EVENING_MS) as room:
        assert room.hopeless
    async with volume.room(mail(201, 1.0, expires_at=soon), EVENING_MS) as room:
        assert not room.hopeless
    async with volume.room(mail(202, 0.1), EVENING_MS) as room:
        assert not room.hopeless, "the volume of the next days reaches it"


async def test_who_is_laid_aside_stands_in_nobodys_way(redis: Client, namespace: str) -> None:
    settings = VolumeSettings(caps={"marketing": 1})
    volume = worker(redis, namespace, settings)
    assert await leaves(volume, mail(0), EVENING_MS)
    assert not await leaves(volume, mail(1, 1.0), EVENING_MS)
    room = f"{{{namespace}volume:{DOMAIN}}}:room:cap:marketing"
    assert await redis.zscore(room, "d1") is not None
    await volume.leave(mail(1, 1.0))
    assert await redis.zscore(room, "d1") is None
    assert not await leaves(volume, mail(1, 1.0), EVENING_MS), "and may ask again"


@pytest.mark.parametrize("promotion", [{"offer": "small"}, {"content": {"code": "GIFT-1"}}])
async def test_what_carries_an_offer_is_held_back_whatever_it_says(
    redis: Client, namespace: str, promotion: dict[str, Any]
) -> None:
    volume = worker(redis, namespace, VolumeSettings(caps={"marketing": 1}))
    assert await leaves(volume, mail(0), EVENING_MS)
    owed = mail(1, kind="transactional")
    assert not await leaves(volume, {**owed, **promotion}, EVENING_MS)
    assert await leaves(volume, owed, EVENING_MS)


async def test_transactional_mail_is_counted_and_never_held_back(
    redis: Client, namespace: str
) -> None:
    volume = worker(redis, namespace)
    owed = [mail(number, kind="transactional") for number in range(100)]
    assert all([await leaves(volume, each, EVENING_MS) for each in owed])
    await volume.close()
    assert await used(redis, namespace) == 100
    assert not await leaves(volume, mail(200), EVENING_MS)


async def test_a_stream_has_its_own_cap(redis: Client, namespace: str) -> None:
    volume = worker(redis, namespace, VolumeSettings(caps={"win_back": 5}))
    asked = [await leaves(volume, mail(n, stream="win_back"), EVENING_MS) for n in range(9)]
    assert asked.count(True) == 5
    assert await leaves(volume, mail(20), EVENING_MS), "others have room"
    assert await redis.smembers(streams_key(namespace)) == {b"win_back", b"marketing"}


async def test_the_week_limits_the_day(redis: Client, namespace: str) -> None:
    settings = VolumeSettings(floor=10)
    store = VolumeStore(redis, namespace, DOMAIN)
    for day in range(DAY - 7, DAY):
        await store.give_back(day, [EVERY], -20)
    workers = [worker(redis, namespace, settings) for _ in range(3)]
    asked = [leaves(workers[n % 3], mail(n), EVENING_MS) for n in range(60)]
    assert sum(await asyncio.gather(*asked)) == 30


async def test_steps_are_taken_once_by_whoever_is_first(redis: Client, namespace: str) -> None:
    volume = worker(redis, namespace)
    for number in range(48):
        assert await leaves(volume, mail(number), EVENING_MS)
    tomorrow = EVENING_MS + DAY_MS
    held = worker(redis, namespace, held=True)
    assert sum([await leaves(held, mail(100 + n), tomorrow) for n in range(60)]) == 48
    workers = [worker(redis, namespace) for _ in range(4)]
    # Those who wait since then among them, as they go before the others.
    asked = [leaves(workers[n % 4], mail(148 + n), tomorrow) for n in range(100)]
    assert sum(await asyncio.gather(*asked)) == 48, "twice as many, of which half had left"
    assert (await VolumeStore(redis, namespace, DOMAIN).steps())["marketing"].number == 1


def compete(url: str, namespace: str, seed: int, left: Any) -> None:
    """A process that has mails leave, gives some back, and ends without a word."""

    async def run() -> int:
        rng, count = random.Random(seed), 0
        async with Redis.from_url(url) as redis:
            volume = worker(redis, namespace, VolumeSettings(floor=300))
            for number in range(200):
                async with volume.room(mail(1_000 * seed + number), EVENING_MS) as room:
                    room.left = room.wait is None and rng.random() < 0.8
                count += room.left
        return count

    left.put(asyncio.run(run()))


def test_processes_that_die_without_a_word_leave_the_cap_in_force(
    redis_ledger: RedisServer, namespace: str
) -> None:
    context = multiprocessing.get_context("spawn")
    left = context.Queue()
    processes = [
        context.Process(target=compete, args=(redis_ledger.url, namespace, seed, left))
        for seed in range(3)
    ]
    for process in processes:
        process.start()
    total = sum(left.get(timeout=60) for _ in processes)
    for process in processes:
        process.join()
    # What was counted for them and not used is lost for the day: a parcel each.
    assert 300 - 3 * 20 <= total <= 300


@hypothesis_settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    first_day=st.integers(1, 900),
    workers=st.integers(1, 4),
    days=st.integers(1, 3),
    seed=st.integers(0, 2**32),
)
def test_whatever_workers_do_no_day_exceeds_its_cap(
    redis_ledger: RedisServer, first_day: int, workers: int, days: int, seed: int
) -> None:
    """Mails leave, come back, wait; workers die and start anew; complaints rise and fall."""
    warmup = Warmup(start=WARMUP.start, first_day=first_day, growth=2, until=1_000_000)
    rng = random.Random(seed)

    async def run() -> None:
        async with Redis.from_url(redis_ledger.url) as redis:
            namespace = f"volume-{seed}-{first_day}-{workers}-{days}."

            def start() -> Volume:
                settings = VolumeSettings(warmup={"marketing": warmup})
                return worker(redis, namespace, settings, held=rng.random() < 0.3)

            pool = [start() for _ in range(workers)]
            for day in range(days):
                at_ms, left, cap = (DAY + day) * DAY_MS, 0, first_day * 2**day

                async def ask(number: int, at_ms: int) -> bool:
                    chosen = rng.randrange(workers)
                    if rng.random() < 0.02:
                        pool[chosen] = start()
                    decision = mail(number, rng.random())
                    looked = await pool[chosen].look(decision, at_ms)
                    if not looked.found:
                        return False
                    async with pool[chosen].room(decision, at_ms, looked.since) as room:
                        await asyncio.sleep(0)
                        room.left = room.found and rng.random() < 0.9
                    return room.left

                for hour in (0, 6, 13, 23):
                    asked = (ask(1_000 * day + n, at_ms + hour * 3_600_000) for n in range(40))
                    left += sum(await asyncio.gather(*asked))
                    assert left <= cap * min(1, (hour + 1) / 24) + 1
                assert left <= cap
                assert left <= await used(redis, namespace, day=DAY + day)

    asyncio.run(run())


def test_the_command_shows_the_day(redis_ledger: RedisServer, namespace: str) -> None:
    today = day_of(now_ms())
    warmup = {"start": (date(1970, 1, 1).fromordinal(719_163 + today)).isoformat()}
    environment = {
        "NEXTBEST_NAMESPACE": namespace,
        "NEXTBEST_REDIS__LEDGER_URL": redis_ledger.url,
        "NEXTBEST_REDIS__STATE_URL": redis_ledger.url,
        "NEXTBEST_SENDER__FROM_ADDRESS": f"shop@{DOMAIN}",
        "NEXTBEST_VOLUME__WARMUP": json.dumps({"marketing": warmup}),
        "NEXTBEST_VOLUME__CAPS": json.dumps({"win_back": 7}),
    }

    async def send() -> None:
        settings = VolumeSettings.model_validate({"warmup": {"marketing": warmup}})
        async with Redis.from_url(redis_ledger.url) as redis:
            volume = worker(redis, namespace, settings)
            assert await leaves(volume, mail(1), now_ms())

    asyncio.run(send())
    result = CliRunner().invoke(app, ["volume", "--json"], env=environment)
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    rows = {row["budget"]: row for row in found["budgets"]}
    assert (rows["warmup:marketing"]["cap"], rows["warmup:marketing"]["used"]) == (50, 1)
    assert (rows["cap:win_back"]["cap"], rows["week"]["cap"]) == (7, 5_000)
    assert found["today"] == 1
    assert "warmup:marketing" in CliRunner().invoke(app, ["volume"], env=environment).output
