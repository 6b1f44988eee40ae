"""A popular product is back: hundreds are told, each once, though workers are killed meanwhile."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import BUNDLED_PROGRAMME, FLOWS_FILE
from schemas.emitter import Emitter
from schemas.keys import state_tag, waiting_key
from tests.models.life import product
from tests.pipeline import Pipeline

pytestmark = pytest.mark.integration

PEOPLE = 300


@pytest.fixture
def shop(pipeline: Pipeline, tmp_path: Path) -> Pipeline:
    """An installation by the wall clock whose programme tells of one thing, at any hour."""
    text = (BUNDLED_PROGRAMME / FLOWS_FILE).read_text(encoding="utf-8")
    text = text.replace('quiet_hours: {from: "21:00", to: "08:00"}', "quiet_hours: none")
    folder = tmp_path / "programme"
    folder.mkdir()
    (folder / FLOWS_FILE).write_text(text, encoding="utf-8")
    pipeline.overrides = {
        "clock": "wall",
        "programme_dir": folder,
        "worker": {"waiting_people_per_second": 20},
    }
    return pipeline


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def stock(emitter: Emitter, left: int) -> None:
    emitter.emit("catalog", product("tent", stock=left, updated_at=now_ms()))
    emitter.flush(30)


def people_arrive(emitter: Emitter) -> None:
    """Three hundred who can be mailed look for what is sold out."""
    for number in range(PEOPLE):
        who = {"subscriber_id": f"s{number}"}
        proof = {"source": "form", "text_version": "1", "confirmed_at": now_ms()}
        emitter.emit("consent", {**who, "action": "opt_in", "purpose": "marketing", "proof": proof})
        emitter.emit("profile", {**who, "address": f"s{number}@example.org"})
        emitter.emit("wish", {**who, "action": "notify", "product_id": "tent"})
    emitter.flush(30)


def waiting(shop: Pipeline) -> int:
    tags = [state_tag(shop.namespace, partition) for partition in range(shop.partitions)]
    ends = "[back_in_stock\x1ftent\x1f", "(back_in_stock\x1ftent\x20"
    return sum(int(shop.redis.zlexcount(waiting_key(tag), *ends)) for tag in tags)


def told(shop: Pipeline) -> Counter[str]:
    """How many decisions there are to tell each person, repeats of one counted once."""
    decisions: dict[str, dict[str, Any]] = {
        record["decision_id"]: record
        for record in shop.records("decisions")
        if record["flow"] == "back_in_stock"
    }
    return Counter(record["subscriber_id"] for record in decisions.values())


def test_each_is_told_once_though_the_worker_is_killed_and_the_stock_comes_and_goes(
    shop: Pipeline,
) -> None:
    shop.start("intake")
    with shop.emitter() as emitter:
        stock(emitter, 0)
        worker = shop.start("worker")
        people_arrive(emitter)
        shop.wait_until(lambda: waiting(shop) == PEOPLE, "everybody waits")
        stock(emitter, 9)
        shop.wait_until(lambda: waiting(shop) <= PEOPLE - 60, "some were told")
        stock(emitter, 0)
        worker.kill()
        left = waiting(shop)
        assert 0 < left < PEOPLE, "killed in the middle"
        worker = shop.start("worker")
        shop.wait_until(worker.has_joined, "another has taken over")
        assert waiting(shop) == left, "while it is sold out nobody is told"
        stock(emitter, 3)
        shop.wait_until(lambda: waiting(shop) <= left - 20, "it goes on")
        worker.kill()
        assert 0 < waiting(shop) < left, "killed in the middle again"
        worker = shop.start("worker")
        shop.wait_until(lambda: waiting(shop) == 0, "everybody was told")
    shop.wait_until(lambda: shop.outboxes() == 0, "the outboxes are empty")
    assert told(shop) == {f"s{number}": 1 for number in range(PEOPLE)}
    assert worker.stop() == 0, worker.output()
