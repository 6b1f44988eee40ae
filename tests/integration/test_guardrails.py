"""Guardrails on a real ledger: counting, stopping, resuming, and what the commands say of it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from redis.asyncio import Redis
from typer.testing import CliRunner, Result

from deploy.servers.redis import RedisServer
from nextbest.cli import app
from runtime.guardrail_settings import GuardrailSettings
from runtime.metrics import Metrics
from runtime.pauses import Pauses
from runtime.redis_client import Client
from senders.clock import at
from senders.guardrails.counts import DAY_MS, count, counting, counts_key, day_of, read_counts
from senders.guardrails.limits import rules_of
from senders.guardrails.stops import read_stops, resume
from senders.guardrails.watch import Watch
from senders.links.sent import Sent
from tests.sending import now_ms

pytestmark = pytest.mark.integration


class Clock:
    """Time as told."""

    def __init__(self, at_ms: int) -> None:
        self.at_ms = at_ms

    async def now_ms(self) -> int:
        return self.at_ms


@pytest.fixture
async def redis(redis_ledger: RedisServer) -> AsyncIterator[Client]:
    async with Redis.from_url(redis_ledger.url) as client:
        yield client


@pytest.fixture
def clock() -> Clock:
    return Clock(now_ms())


def watch(redis: Client, namespace: str, clock: Clock, **changes: Any) -> Watch:
    given = GuardrailSettings(**changes)
    rules = rules_of(given, frozenset({"gmail"}))
    return Watch(redis, namespace, rules, given.look_seconds, clock, Metrics())


def mail(number: int, at_ms: int, stream: str = "marketing", provider: str = "yahoo") -> Sent:
    return Sent(f"d{number}", f"s{number}", "0" * 64, "welcome", stream, provider, at_ms=at_ms)


async def send(
    redis: Client, namespace: str, mails: int, at_ms: int, *, complaints: int, **changes: Any
) -> None:
    """So many accepted mails, of which some are complained about."""
    pipeline = redis.pipeline(transaction=False)
    back = []
    for number in range(mails):
        sent = replace(mail(number, at_ms, **changes), decision_id=f"{at_ms}-{number}")
        for command in counting(namespace, "accepted", sent, at_ms):
            pipeline.execute_command(*command)
        if number < complaints:
            back.append(sent)
    await pipeline.execute()
    for sent in back:
        assert await count(redis, namespace, "complaint", sent, at_ms + 1)


async def paused(redis: Client, namespace: str) -> list[str]:
    return await Pauses(redis, namespace).all()


async def test_what_comes_back_counts_once_and_for_the_day_its_mail_left(
    redis: Client, namespace: str, clock: Clock
) -> None:
    left = clock.at_ms - 2 * DAY_MS
    pipeline = redis.pipeline(transaction=False)
    for command in counting(namespace, "accepted", mail(1, left), left):
        pipeline.execute_command(*command)
    await pipeline.execute()
    told = [await count(redis, namespace, "complaint", mail(1, left), clock.at_ms) for _ in "123"]
    assert told == [True, False, False]
    found, _since = await read_counts(redis, namespace, clock.at_ms, 7)
    assert {each.what: each.by_day for each in found} == {
        "accepted": {day_of(left): 1},
        "complaint": {day_of(left): 1},
    }
    key = counts_key(namespace, "marketing", day_of(left))
    assert await redis.ttl(key) > 44 * 86_400


async def test_a_stream_is_stopped_once_by_whoever_looks_and_stays_so(
    redis: Client, namespace: str, clock: Clock
) -> None:
    await send(redis, namespace, 300, clock.at_ms, complaints=8)
    await send(redis, namespace, 300, clock.at_ms, complaints=0, stream="win_back")
    watches = [watch(redis, namespace, clock) for _ in range(4)]
    await asyncio.gather(*(each.look() for each in watches))
    assert await paused(redis, namespace) == ["stream:marketing"]
    (stop,) = (await read_stops(redis, namespace)).values()
    assert (stop.kind, stop.events, stop.of) == ("complaints", 8, 300)

    def stops(each: Watch) -> float:
        labels = {"stream": "marketing", "kind": "complaints"}
        return (
            each._metrics.registry.get_sample_value("nextbest_guardrail_stops_total", labels) or 0
        )

    assert sum(stops(each) for each in watches) == 1
    # Time heals nothing: a person does.
    clock.at_ms += 30 * DAY_MS
    await watch(redis, namespace, clock).look()
    assert await paused(redis, namespace) == ["stream:marketing"]


async def test_after_a_person_resumes_it_only_mails_from_then_on_count(
    redis: Client, namespace: str, clock: Clock
) -> None:
    before = clock.at_ms
    await send(redis, namespace, 300, before, complaints=8)
    looking = watch(redis, namespace, clock)
    await looking.look()
    clock.at_ms += 60_000
    assert await resume(redis, namespace, "marketing", clock.at_ms)
    assert await read_stops(redis, namespace) == {}
    # Late complaints about the mails of before.
    for number in range(8, 30):
        assert await count(redis, namespace, "complaint", mail(number, before), clock.at_ms)
    await looking.look()
    assert await paused(redis, namespace) == []
    await send(redis, namespace, 300, clock.at_ms, complaints=8)
    await looking.look()
    assert await paused(redis, namespace) == ["stream:marketing"]


async def test_a_resume_while_counts_are_being_judged_is_not_undone(
    redis: Client, namespace: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await send(redis, namespace, 300, clock.at_ms, complaints=8)
    looking = watch(redis, namespace, clock)
    await looking.look()
    judged = Watch._stop

    async def resumed_meanwhile(self: Watch, *arguments: Any) -> None:
        await resume(redis, namespace, "marketing", clock.at_ms + 1)
        await judged(self, *arguments)

    monkeypatch.setattr(Watch, "_stop", resumed_meanwhile)
    await looking.look()
    assert await paused(redis, namespace) == []
    assert await read_stops(redis, namespace) == {}


async def test_a_warning_stops_nothing_but_holds_the_volume(
    redis: Client, namespace: str, clock: Clock
) -> None:
    await send(redis, namespace, 2_000, clock.at_ms, complaints=7)
    report = await watch(redis, namespace, clock).look()
    assert await paused(redis, namespace) == []
    assert report.holds("marketing")
    assert report.holds("*")
    assert not report.holds("win_back")


async def test_what_must_never_stop_is_only_warned_of(
    redis: Client, namespace: str, clock: Clock
) -> None:
    await send(redis, namespace, 300, clock.at_ms, complaints=30, stream="transactional")
    looking = watch(redis, namespace, clock)
    await looking.look()
    assert await paused(redis, namespace) == []
    labels = {"stream": "transactional"}
    level = looking._metrics.registry.get_sample_value("nextbest_guardrail_level", labels)
    assert level == 1


def invoke(redis_ledger: RedisServer, namespace: str, *arguments: str) -> Result:
    environment = {
        "NEXTBEST_NAMESPACE": namespace,
        "NEXTBEST_REDIS__LEDGER_URL": redis_ledger.url,
        "NEXTBEST_REDIS__STATE_URL": redis_ledger.url,
    }
    return CliRunner().invoke(app, list(arguments), env=environment)


def run(redis_ledger: RedisServer, namespace: str, work: Any) -> Any:
    """Work with the ledger, apart from the loop that a command has."""

    async def connected() -> Any:
        async with Redis.from_url(redis_ledger.url) as redis:
            return await work(redis, namespace)

    return asyncio.run(connected())


def test_the_commands_show_import_and_resume(
    redis_ledger: RedisServer, namespace: str, tmp_path: Path
) -> None:
    now = now_ms()

    async def sent(redis: Client, namespace: str) -> None:
        await send(redis, namespace, 300, now, complaints=0, provider="gmail")

    async def looked(redis: Client, namespace: str) -> None:
        await watch(redis, namespace, Clock(now)).look()

    def rates(provider: str | None) -> dict[str, Any]:
        result = invoke(redis_ledger, namespace, "guardrails", "--json")
        assert result.exit_code == 0, result.output
        rows: list[dict[str, Any]] = json.loads(result.output)["rates"]
        return next(
            row
            for row in rows
            if (row["provider"], row["message"], row["kind"]) == (provider, None, "complaints")
        )

    run(redis_ledger, namespace, sent)
    assert rates("gmail")["rate"] is None
    assert rates("gmail")["state"] == "unknown"
    day = at(now).date().isoformat()
    file = tmp_path / "postmaster.csv"
    file.write_text(f"\ufeffdate,provider,complaint_rate\r\n{day},gmail,0.05\r\n")
    assert invoke(redis_ledger, namespace, "guardrails", "import", str(file)).exit_code == 0
    assert rates("gmail")["rate"] == pytest.approx(0.05)
    assert rates("gmail")["imported_days_old"] == 0
    run(redis_ledger, namespace, looked)
    shown = invoke(redis_ledger, namespace, "guardrails").output
    assert "nextbest resume stream:marketing" in shown
    assert "delivered" not in shown
    result = invoke(redis_ledger, namespace, "resume", "stream:marketing")
    assert (result.exit_code, result.stdout) == (0, "paused: nothing\n")
    run(redis_ledger, namespace, looked)
    assert invoke(redis_ledger, namespace, "resume", "stream:marketing").exit_code == 1
    file.write_text("date,provider,complaint_rate\n2026-13-01,gmail,.1\n")
    assert "line 2" in str(
        invoke(redis_ledger, namespace, "guardrails", "import", str(file)).exception
    )
