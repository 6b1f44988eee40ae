"""`nextbest offers` against a real pipeline: loaded twice, counted once, withdrawn and back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from deploy.servers.kafka import KafkaServer
from deploy.servers.redis import RedisServer
from nextbest.cli import app
from runtime.settings import as_environment
from tests.coded import coded_programme
from tests.pipeline import Pipeline

pytestmark = pytest.mark.integration
NOTHING = dict.fromkeys(("free", "reserved", "given", "redeemed", "expired", "withdrawn"), 0)


@pytest.fixture
def pipeline(
    kafka: KafkaServer, redis_state: RedisServer, redis_ledger: RedisServer, tmp_path: Path
) -> Iterator[Pipeline]:
    settings = {"programme_dir": coded_programme(tmp_path / "programme"), "clock": "wall"}
    made = Pipeline(kafka, redis_state, redis_ledger, tmp_path, settings)
    yield made
    made.end()


def run(pipeline: Pipeline, *arguments: str) -> Result:
    environment = as_environment(pipeline.settings())
    return CliRunner().invoke(app, ["offers", *arguments], env=environment, catch_exceptions=False)


def test_codes_are_loaded_once_counted_and_withdrawn(pipeline: Pipeline, tmp_path: Path) -> None:
    none = run(pipeline, "show", "gift")
    assert (none.exit_code, "no codes of gift" in none.output) == (1, True)
    file = tmp_path / "codes.csv"
    codes = "".join(f"GIFT-{n:04}\n" for n in range(600))
    file.write_text(f"code,expires\n{codes}LAST-1,2099-12-24\n", encoding="utf-8")
    for _ in range(2):
        loaded = run(pipeline, "load", "gift", str(file), "--expires", "2099-01-31")
        assert loaded.exit_code == 0, loaded.output
        assert "601 codes of gift stand in the journal" in loaded.output
    worker = pipeline.start("worker")
    pipeline.wait_until(pipeline.caught_up, "the worker has committed the journal")

    def shown(*arguments: str) -> Any:
        return json.loads(run(pipeline, "show", "--json", *arguments).stdout)

    assert shown() == shown("gift") == {"gift": {**NOTHING, "free": 601}}
    assert "601" in run(pipeline, "show").output
    assert shown("small") == {}
    withdrawn = run(pipeline, "withdraw", "gift")
    assert "601 codes of gift are withdrawn" in withdrawn.output
    pipeline.wait_until(pipeline.caught_up, "the worker has withdrawn them")
    assert shown() == {"gift": {**NOTHING, "withdrawn": 601}}
    again = run(pipeline, "withdraw", "gift")
    assert (again.exit_code, "no codes of gift that no mail" in again.output) == (1, True)
    assert run(pipeline, "load", "gift", str(file), "--expires", "2099-01-31").exit_code == 0
    pipeline.wait_until(pipeline.caught_up, "the worker has taken them back")
    assert shown() == {"gift": {**NOTHING, "free": 601}}
    assert worker.stop() == 0, worker.output()
