"""A popular product is back, a campaign is open: each is told once, though workers are killed."""

import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import BUNDLED_PROGRAMME, FLOWS_FILE
from schemas.emitter import Emitter
from schemas.keys import meta_key, state_tag, waiting_key
from streams.reach import DONE
from tests.models.life import product
from tests.pipeline import Pipeline

pytestmark = pytest.mark.integration

PEOPLE = 300
CAMPAIGN = """
campaigns:
  sale:
    audience: [pros]
    starts: "{starts}"
    ends: "{ends}"
    goal: buy
    expires: 1h
    messages:
      - {{type: sale, template: win_back}}
"""


def opened(pipeline: Pipeline, folder: Path, campaign: timedelta) -> Pipeline:
    """An installation by the wall clock that mails at any hour, with a campaign from then on."""
    text = (BUNDLED_PROGRAMME / FLOWS_FILE).read_text(encoding="utf-8")
    text = text.replace('quiet_hours: {from: "21:00", to: "08:00"}', "quiet_hours: none")
    text = text.replace("\nattributes:\n", "\nattributes:\n  plan: [free, pro]\n")
    text = text.replace("\nsegments:\n", "\nsegments:\n  pros: {attribute: {plan: pro}}\n")
    starts, ends = (datetime.now(UTC) + campaign + timedelta(hours=hours) for hours in (0, 1))
    text += CAMPAIGN.format(starts=starts.isoformat(), ends=ends.isoformat())
    folder /= "programme"
    folder.mkdir(exist_ok=True)
    (folder / FLOWS_FILE).write_text(text, encoding="utf-8")
    pipeline.overrides = {
        "clock": "wall",
        "programme_dir": folder,
        "worker": {"waiting_people_per_second": 8},
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
        plan = "pro" if number % 3 else "free"
        about = {"address": f"s{number}@example.org", "attributes": {"plan": plan}}
        emitter.emit("profile", {**who, **about})
        emitter.emit("wish", {**who, "action": "notify", "product_id": "tent"})
    emitter.flush(30)


def waiting(shop: Pipeline) -> int:
    tags = [state_tag(shop.namespace, partition) for partition in range(shop.partitions)]
    ends = "[back_in_stock\x1ftent\x1f", "(back_in_stock\x1ftent\x20"
    return sum(int(shop.redis.zlexcount(waiting_key(tag), *ends)) for tag in tags)


def cursors(shop: Pipeline) -> list[str]:
    """How far the campaign has come in each partition; empty where it hasn't begun."""
    tags = [state_tag(shop.namespace, partition) for partition in range(shop.partitions)]
    found = [shop.redis.hget(meta_key(tag), "campaign:sale") for tag in tags]
    return [cursor.decode() if isinstance(cursor, bytes) else "" for cursor in found]


def told(shop: Pipeline, flow: str) -> Counter[str]:
    """How many decisions of a flow there are for each person, repeats of one counted once."""
    decisions: dict[str, dict[str, Any]] = {
        record["decision_id"]: record
        for record in shop.records("decisions")
        if record["flow"] == flow
    }
    return Counter(record["subscriber_id"] for record in decisions.values())


def test_each_is_told_once_though_the_worker_is_killed_and_the_stock_comes_and_goes(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    shop = opened(pipeline, tmp_path, campaign=timedelta(days=1))
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
    assert told(shop, "back_in_stock") == {f"s{number}": 1 for number in range(PEOPLE)}
    assert worker.stop() == 0, worker.output()


def test_each_of_a_segment_has_their_turn_in_a_campaign_once_though_the_worker_is_killed(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    shop = opened(pipeline, tmp_path, campaign=timedelta(days=1))
    shop.start("intake")
    worker = shop.start("worker")
    with shop.emitter() as emitter:
        stock(emitter, 0)
        people_arrive(emitter)
    shop.wait_until(shop.intake_caught_up, "intake has journaled everybody")
    shop.wait_until(shop.caught_up, "everybody is known")
    assert worker.stop() == 0, worker.output()
    opened(shop, tmp_path, campaign=timedelta())  # whoever comes later may miss their turn
    worker = shop.start("worker")
    shop.wait_until(lambda: any(cursors(shop)), "some had their turn")
    worker.kill()
    assert cursors(shop) != [DONE] * shop.partitions, "killed in the middle"
    worker = shop.start("worker")
    pros = {f"s{number}": 1 for number in range(PEOPLE) if number % 3}
    done = [DONE] * shop.partitions
    shop.wait_until(lambda: cursors(shop) == done, "everybody had their turn")
    shop.wait_until(lambda: shop.outboxes() == 0, "the outboxes are empty")
    assert told(shop, "sale") == pros
    assert worker.stop() == 0, worker.output()
