"""The command line: help everywhere, light imports, and errors that end as help, not traces."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from nextbest.cli import EXIT_STOP, EXIT_TRY_AGAIN, app, exit_status
from schemas.errors import DeadLetterError, RetryError, StopError

HEAVY = ("faust", "redis", "confluent_kafka", "aiohttp", "pydantic", "river", "fastavro")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("NEXTBEST_") or name == "SCHEMA_REGISTRY_URL":
            monkeypatch.delenv(name)


def run_process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nextbest.cli", *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def commands() -> list[list[str]]:
    def walk(command: object, path: list[str]) -> Iterator[list[str]]:
        yield path
        for name, child in getattr(command, "commands", {}).items():
            yield from walk(child, [*path, name])

    return list(walk(typer.main.get_command(app), []))


@pytest.mark.parametrize("path", commands(), ids=" ".join)
def test_every_command_has_help(path: list[str]) -> None:
    result = CliRunner().invoke(app, [*path, "--help"])
    assert result.exit_code == 0
    said = re.sub(r"[─│╭╮╰╯\s]+", " ", result.output)
    assert len(said) > 60
    assert "Usage:" in said


def test_the_commands_are_those_of_the_readme() -> None:
    found = {" ".join(path) for path in commands()}
    assert found >= {
        *("intake", "worker", "trainer", "sender", "web"),
        *("topics create", "topics check", "topics list", "emit"),
        *("dlq list", "dlq show", "dlq replay"),
        *("show subscriber", "show decision", "show timers"),
        *("pause", "resume", "demo", "up", "down"),
    }


def test_help_loads_nothing_heavy() -> None:
    program = "import sys, nextbest.cli; print(*sorted(m for m in sys.modules if '.' not in m))"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert not set(HEAVY) & set(result.stdout.split())


def test_bad_settings_end_with_help_and_no_trace() -> None:
    result = run_process("worker", NEXTBEST_CLOCK="sundial", NEXTBEST_KAFKA__LINGER_MS="-1")
    assert result.returncode == EXIT_STOP
    assert result.stdout == ""
    assert result.stderr.startswith("nextbest: worker can't start, 2 things are wrong:")
    assert "NEXTBEST_CLOCK = 'sundial'" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_store_that_is_away_is_worth_another_try() -> None:
    result = run_process("pause", "--list", NEXTBEST_REDIS__LEDGER_URL="redis://127.0.0.1:1/0")
    assert result.returncode == EXIT_TRY_AGAIN
    assert "the ledger Redis does not answer" in result.stderr
    assert "NEXTBEST_REDIS__LEDGER_URL" in result.stderr
    assert "Traceback" not in result.stderr


def test_each_kind_of_error_has_its_status() -> None:
    statuses = [exit_status(e) for e in (StopError(""), RetryError(""), DeadLetterError("a", "b"))]
    assert statuses == [2, 75, 65]


def test_the_file_can_be_named_on_the_command_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NEXTBEST_CONFIG", "")  # so that what the command sets is undone
    file = tmp_path / "nextbest.toml"
    file.write_text('namespace = "shop."\n[kafka]\njournal_partitions = 3\n')
    result = CliRunner().invoke(app, ["--config", str(file), "topics", "list", "--json"])
    assert result.exit_code == 0
    rows = {row["topic"]: row for row in json.loads(result.output)}
    assert rows["shop.journal"]["partitions"] == 3
    assert rows["shop.events.browse"]["record"] == "browse"


@pytest.mark.parametrize("arguments", [["dlq", "replay"], ["dlq", "replay", "x", "--all"]])
def test_replay_wants_one_or_all(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "name one ID, or --all" in result.output
