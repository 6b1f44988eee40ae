"""`nextbest show` and `report` on what a real pipeline left: a decision that replays, and more."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from models.feedback.corrections import correct
from models.step import Step
from nextbest.cli import app
from runtime.settings import as_environment
from tests.integration.one_shopper import ADDRESS, NOON_MS, shop
from tests.pipeline import Pipeline

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def pipeline(
    kafka: KafkaServer,
    redis_state: RedisServer,
    redis_ledger: RedisServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Pipeline]:
    """A pipeline that has seen one shopper join, fill a cart and leave it; its roles are gone."""
    folder: Path = tmp_path_factory.mktemp("show")
    made = Pipeline(kafka, redis_state, redis_ledger, folder)
    try:
        made.start("intake")
        made.start("worker")
        shop(made)
        made.stop()
        yield made
    finally:
        made.end()


def run(pipeline: Pipeline, *arguments: str) -> Result:
    return CliRunner().invoke(
        app, list(arguments), env=as_environment(pipeline.settings()), catch_exceptions=False
    )


def shown(pipeline: Pipeline, *arguments: str) -> Any:
    result = run(pipeline, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.output)


def test_a_subscriber_is_shown_by_field_name(pipeline: Pipeline) -> None:
    found = shown(pipeline, "show", "subscriber", "anna")
    assert found["profile"]["browses"] == 1
    assert found["profile"]["cart"][0]["product_id"] == "shoes-1"
    assert found["profile"]["last_cart_ms"] == NOON_MS
    assert 0 < found["profile_bytes"] <= 2048
    assert found["timers"]


def test_address_and_attributes_are_masked_until_revealed(pipeline: Pipeline) -> None:
    table = run(pipeline, "show", "subscriber", "anna")
    assert "a…@shop.example" in table.output
    assert ADDRESS not in table.output
    assert "Anna" not in table.output
    found = shown(pipeline, "show", "subscriber", "anna", "--reveal")
    assert found["contact"]["address"] == ADDRESS
    assert found["contact"]["attributes"] == {"first_name": "Anna"}


def test_tables_show_times_and_json_the_numbers(pipeline: Pipeline) -> None:
    table = run(pipeline, "show", "subscriber", "anna").output
    assert re.findall(r"(?<![0-9.])1[0-9]{12}\b", table) == []
    assert "marketing: granted True, at 20" in table
    assert "shoes-1: 20" in table
    found = shown(pipeline, "show", "subscriber", "anna")
    assert isinstance(found["contact"]["updated_at"], int)
    assert isinstance(found["profile"]["viewed"]["shoes-1"], int)
    decision_id = pipeline.records("decisions")[0]["decision_id"]
    table = run(pipeline, "show", "decision", decision_id).output
    assert re.findall(r"(?<![0-9.])1[0-9]{12}\b", table) == []


def test_nobody_is_exit_status_one(pipeline: Pipeline) -> None:
    result = run(pipeline, "show", "subscriber", "nobody")
    assert result.exit_code == 1
    assert "nothing is known of 'nobody'" in result.stderr


def test_timers_are_listed_in_order_and_filtered(pipeline: Pipeline) -> None:
    everything = shown(pipeline, "show", "timers")
    assert everything
    assert {timer["subscriber"] for timer in everything} == {"anna"}
    due = [timer["due_ms"] for timer in everything]
    assert due == sorted(due)
    assert shown(pipeline, "show", "timers", "--subscriber", "anna") == everything
    assert shown(pipeline, "show", "timers", "--subscriber", "an*") == []
    assert shown(pipeline, "show", "timers", "--due-before", str(due[0])) == []
    assert shown(pipeline, "show", "timers", "--due-before", str(due[0] + 1))[0] == everything[0]
    assert len(shown(pipeline, "show", "timers", "--limit", "1")) == 1


def test_a_decision_is_shown_and_replays_to_the_byte(pipeline: Pipeline) -> None:
    decision = pipeline.records("decisions")[0]
    found = shown(pipeline, "show", "decision", decision["decision_id"])
    assert found["subscriber_id"] == "anna"
    assert found["candidates"] == decision["candidates"]
    assert found["replayed"] == "identical"
    assert found["ledger"] == "no entry"
    assert len(found["stands_at"]) == 1
    table = run(pipeline, "show", "decision", decision["decision_id"])
    assert "→" in table.output
    assert decision["flow"] in table.output


def test_no_decision_is_exit_status_one(pipeline: Pipeline) -> None:
    result = run(pipeline, "show", "decision", "0" * 32)
    assert result.exit_code == 1
    assert "takes the whole id" in result.stderr


def test_what_came_of_decisions_is_reported_by_segment(pipeline: Pipeline) -> None:
    none = run(pipeline, "report")
    assert (none.exit_code, "no such decision's week is over" in none.output) == (1, True)
    step = Step("anna", NOON_MS)
    correct(
        "d1", "", step, action="send", flow="welcome", accepted=True, clicks=1, segments=["new"]
    )
    correct("d2", "", step, action="hold", flow="welcome", segments=["new", "vip"], reward=3.0)
    correct("d1", "a bot", step, clicks=-1)
    topic = pipeline.topology.for_record("outcome")
    for _, record in step.emitted:
        value = pipeline.codec.encode("outcome", record)
        pipeline._ticking.produce(topic, value, b"anna", partition=0)
    pipeline._ticking.produce(topic, b"nonsense", b"anna", partition=0)
    assert pipeline._ticking.flush(30) == 0
    found = shown(pipeline, "report")
    assert list(found) == ["new", "vip", "all"]
    assert (found["new"]["decisions"], found["new"]["mails"], found["new"]["clicked"]) == (2, 1, 0)
    assert found["vip"]["value"] == 3.0
    table = run(pipeline, "report", "--by", "flow", "--flow", "welcome")
    assert "welcome" in table.output
    assert "0.0 (0.0 to 79.3)" in table.output
