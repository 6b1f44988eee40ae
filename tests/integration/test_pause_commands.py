"""`nextbest pause` and `resume` on a real ledger: what they say is what senders find."""

import asyncio
import json

import pytest
from typer.testing import CliRunner

from deploy.servers.redis import RedisServer
from nextbest.cli import app
from runtime.pauses import Pauses
from runtime.redis_client import connect_ledger
from runtime.settings import load_settings

pytestmark = pytest.mark.integration


def run(redis_ledger: RedisServer, namespace: str, *arguments: str) -> list[str]:
    environment = {
        "NEXTBEST_NAMESPACE": namespace,
        "NEXTBEST_REDIS__LEDGER_URL": redis_ledger.url,
    }
    result = CliRunner().invoke(
        app, [*arguments, "--json"], env=environment, catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    paused: list[str] = json.loads(result.output)
    return paused


def paused(redis_ledger: RedisServer, namespace: str, flow: str) -> bool:
    async def ask() -> bool:
        settings = load_settings(redis={"ledger_url": redis_ledger.url})
        client = connect_ledger(settings)
        try:
            return await Pauses(client, namespace).paused(flow)
        finally:
            await client.aclose()

    return asyncio.run(ask())


def test_everything_is_paused_and_resumed(redis_ledger: RedisServer, namespace: str) -> None:
    assert run(redis_ledger, namespace, "pause", "--list") == []
    assert not paused(redis_ledger, namespace, "welcome")
    assert run(redis_ledger, namespace, "pause") == ["all"]
    assert paused(redis_ledger, namespace, "welcome")
    assert run(redis_ledger, namespace, "resume") == []
    assert not paused(redis_ledger, namespace, "welcome")


def test_one_flow_is_paused_and_stays_so(redis_ledger: RedisServer, namespace: str) -> None:
    assert run(redis_ledger, namespace, "pause", "welcome") == ["flow:welcome"]
    assert run(redis_ledger, namespace, "pause", "all") == ["all", "flow:welcome"]
    # Lifting the big pause leaves what was paused by name.
    assert run(redis_ledger, namespace, "resume", "all") == ["flow:welcome"]
    assert paused(redis_ledger, namespace, "welcome")
    assert not paused(redis_ledger, namespace, "win_back")
    assert run(redis_ledger, namespace, "resume", "welcome") == []


def test_namespaces_do_not_share_pauses(redis_ledger: RedisServer, namespace: str) -> None:
    run(redis_ledger, namespace, "pause")
    assert run(redis_ledger, f"{namespace}other.", "pause", "--list") == []
