"""Answers of the DNS: kept within bounds, asked for once at a time, served while it fails."""

import asyncio

import pytest

from senders.pace import dns_cache
from senders.pace.dns import FAILURE, Answer, Status
from senders.pace.dns_cache import DnsCache, kept_seconds

FOUND = Answer(Status.FOUND, ((10, "mx.example"),), 600.0)


class Dns:
    """Name servers and a clock, both told what to do."""

    def __init__(self) -> None:
        self.now = 0.0
        self.answer = FOUND
        self.asked = 0
        self.gate: asyncio.Event | None = None

    async def ask(self, _name: str) -> Answer:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        return self.answer

    def cache(self, entries: int = 100) -> DnsCache:
        return DnsCache(self.ask, lambda: self.now, entries)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (FOUND, 600),
        (Answer(Status.FOUND, (), 0), 60),
        (Answer(Status.FOUND, (), 86_400), 3_600),
        (Answer(Status.NO_DOMAIN, (), 86_400), 900),
        (Answer(Status.NOTHING, (), 5), 60),
        (FAILURE, 30),
    ],
)
def test_time_to_live_is_bounded_both_ways(answer: Answer, seconds: float) -> None:
    assert kept_seconds(answer) == seconds


async def test_an_answer_is_kept_for_its_time_and_no_longer() -> None:
    dns = Dns()
    cache = dns.cache()
    for now, asked in ((0, 1), (599, 1), (600, 2)):
        dns.now = now
        assert await cache.get("a.example") == FOUND
        assert dns.asked == asked


async def test_many_who_ask_at_once_are_one_question_and_one_giving_up_is_only_one() -> None:
    dns = Dns()
    dns.gate = asyncio.Event()
    cache = dns.cache()
    waiting = [asyncio.create_task(cache.get("a.example")) for _ in range(10)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    await asyncio.sleep(0)
    dns.gate.set()
    answers = await asyncio.gather(*waiting[1:])
    assert answers == [FOUND] * 9
    assert dns.asked == 1


async def test_while_the_dns_fails_an_old_answer_serves_for_a_day_from_its_own_time() -> None:
    dns = Dns()
    cache = dns.cache()
    assert await cache.get("a.example") == FOUND
    dns.answer = FAILURE
    dns.now = 600.0
    assert await cache.get("a.example") == FOUND
    # Asked again soon, not only after the old answer's time.
    dns.now += dns_cache.FAILED_SECONDS
    assert await cache.get("a.example") == FOUND
    assert dns.asked == 3
    dns.now = 600.0 + dns_cache.STALE_SECONDS
    assert await cache.get("a.example") == FAILURE


async def test_it_stays_small_and_forgets_what_was_unused_for_longest() -> None:
    dns = Dns()
    cache = dns.cache(entries=2)
    for name in ("a", "b", "a", "c"):
        await cache.get(name)
    assert dns.asked == 3
    assert cache.known("a") is not None
    assert cache.known("b") is None
