"""Health: /livez asks for progress only, /readyz for everything, /metrics shows our registry."""

import aiohttp
import pytest

from runtime.health import Health, HealthServer
from runtime.listening import CannotListenError
from runtime.metrics import Metrics
from runtime.settings import MetricsSettings


class Seconds:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


async def get(server: HealthServer, path: str) -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}{path}") as response,
    ):
        return response.status, await response.text()


def test_a_part_is_stuck_only_past_its_own_limit() -> None:
    seconds = Seconds()
    health = Health(seconds)
    health.progress("lane 1", limit_seconds=10)
    health.progress("lane 2", limit_seconds=60)
    seconds.now += 11
    assert health.stuck() == ["lane 1"]
    health.progress("lane 1", limit_seconds=10)
    assert health.stuck() == []
    seconds.now += 1000
    health.idle("lane 1")
    assert health.stuck() == ["lane 2"]


async def test_the_server_answers() -> None:
    seconds = Seconds()
    health, metrics = Health(seconds), Metrics()
    async with HealthServer(MetricsSettings(), metrics, health) as server:
        assert await get(server, "/livez") == (200, "ok\n")
        assert await get(server, "/readyz") == (503, "not ready: start\n")
        health.ready("kafka", ready=True)
        health.ready("redis", ready=False)
        assert await get(server, "/readyz") == (503, "not ready: redis\n")
        health.ready("redis", ready=True)
        assert (await get(server, "/readyz"))[0] == 200
        health.progress("lane 1", limit_seconds=10)
        seconds.now += 30
        assert await get(server, "/livez") == (503, "no progress: lane 1\n")
        # Readiness is another matter: the role may be ready and a lane stuck.
        assert (await get(server, "/readyz"))[0] == 200
        metrics.intake_journal_records_total.inc(5)
        status, text = await get(server, "/metrics")
        assert status == 200
        assert "nextbest_intake_journal_records_total 5.0" in text
        assert 'nextbest_progress_age_seconds{part="lane 1"} 30.0' in text
        health.idle("lane 1")
        assert "lane 1" not in (await get(server, "/metrics"))[1]


async def test_disabled_means_not_listening() -> None:
    async with HealthServer(MetricsSettings(enabled=False), Metrics(), Health()) as server:
        assert server.port is None


async def test_a_taken_port_is_an_error() -> None:
    async with HealthServer(MetricsSettings(), Metrics(), Health()) as first:
        assert first.port is not None
        second = HealthServer(MetricsSettings(port=first.port), Metrics(), Health())
        with pytest.raises(CannotListenError, match=f"NEXTBEST_METRICS__PORT = {first.port} can't"):
            await second.start()


async def test_an_address_of_another_machine_is_an_error() -> None:
    server = HealthServer(MetricsSettings(host="192.0.2.1"), Metrics(), Health())
    with pytest.raises(CannotListenError, match=r"NEXTBEST_METRICS__HOST = '192\.0\.2\.1'"):
        await server.start()
