"""Workers that join one after the other share the journal's partitions evenly; a spare is ready."""

import json
from typing import Any

import aiohttp
import pytest

from tests.pipeline import Pipeline, Role, wait_until

pytestmark = pytest.mark.integration


def said(role: Role, event: str) -> dict[str, Any]:
    """What a role's last line about an event held; empty where there is none."""
    lines = [line for line in role.output().splitlines() if f'"event": "{event}"' in line]
    return json.loads(lines[-1]) if lines else {}


def shares(roles: list[Role]) -> list[int]:
    """How many partitions each role holds in the newest generation; none unless all are in it."""
    taken = [said(role, "partitions taken") for role in roles]
    if len({one.get("generation") for one in taken}) != 1 or not taken[0]:
        return []
    return sorted(len(one["offsets"]) for one in taken)


async def readiness(role: Role) -> int:
    url = f"http://127.0.0.1:{said(role, 'starting')['health_port']}/readyz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status


async def test_partitions_are_shared_evenly_and_a_spare_takes_over(pipeline: Pipeline) -> None:
    workers: list[Role] = []
    for expected in ([4], [2, 2], [1, 1, 2], [1, 1, 1, 1], [0, 1, 1, 1, 1]):
        workers.append(pipeline.start("worker"))
        wait_until(
            lambda expected=expected: shares(workers) == expected,  # type: ignore[misc]
            f"{len(workers)} workers hold {expected}",
        )
    assert [await readiness(worker) for worker in workers] == [200] * 5
    pipeline.roles.remove(workers[0])
    workers.pop(0).kill()
    wait_until(lambda: shares(workers) == [1, 1, 1, 1], "the spare has taken over")
    pipeline.tick(1_700_000_000_000)
    pipeline.wait_until(pipeline.caught_up, "every partition is worked on")
    pipeline.stop()
