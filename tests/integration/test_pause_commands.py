"""`nextbest pause` and `resume` on a real ledger: what they say is what senders find."""

import asyncio
import json

import pytest
from typer.testing import CliRunner, Result

from deploy.servers.redis import RedisServer
from nextbest.cli import app
from runtime.pauses import Pauses
from runtime.redis_client import connect_ledger
from runtime.settings import load_settings

pytestmark = pytest.mark.integration


def invoke(redis_ledger: RedisServer, namespace: str, *arguments: str) -> Result:
    environment = {
        "NEXTBEST_NAMESPACE": namespace,
        "NEXTBEST_REDIS__LEDGER_URL": redis_ledger.url,
    }
    return CliRunner().invoke(app, list(arguments), env=environment, catch_exceptions=False)


def run(redis_ledger: RedisServer, namespace: str, *arguments: str) -> list[str]:
    result = invoke(redis_ledger, namespace, *arguments, "--json")
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


@pytest.mark.parametrize("what", ["no_such_flow", "win_back", "all"])
def test_what_is_not_paused_is_not_said_to_be_resumed(
    redis_ledger: RedisServer, namespace: str, what: str
) -> None:
    run(redis_ledger, namespace, "pause", "welcome")
    result = invoke(redis_ledger, namespace, "resume", what)
    assert result.exit_code == 1
    assert f"{what} was not paused" in result.stderr
    assert result.stdout == "paused: flow:welcome\n"


def test_a_name_is_not_checked_where_the_operator_says_so(
    redis_ledger: RedisServer, namespace: str
) -> None:
    assert run(redis_ledger, namespace, "pause", "elsewhere", "--unchecked") == ["flow:elsewhere"]
    assert run(redis_ledger, namespace, "resume", "elsewhere") == []
