"""Commands while no broker answers: each says so, and that another try is worth it."""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

import nextbest.connections
import schemas.topic_admin
from nextbest.cli import EXIT_TRY_AGAIN, app, exit_status
from schemas.errors import NextbestError

LINE = '{"type": "browse", "subscriber_id": "ann", "occurred_at": "2026-05-01T10:00:00Z"}\n'


@pytest.mark.parametrize(
    "command",
    [
        ["emit", "log.jsonl"],
        ["topics", "create"],
        ["topics", "check"],
        ["dlq", "list"],
        ["dlq", "show", "events.browse/0/1"],
        ["dlq", "replay", "--all"],
        ["show", "decision", "0" * 32],
    ],
    ids=" ".join,
)
def test_a_broker_that_is_away_is_worth_another_try(
    command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("NEXTBEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NEXTBEST_KAFKA__BOOTSTRAP_SERVERS", "127.0.0.1:1")
    monkeypatch.chdir(tmp_path)
    Path("log.jsonl").write_text(LINE)
    monkeypatch.setattr(schemas.topic_admin, "_TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(nextbest.connections, "ANSWER_SECONDS", 0.2)

    error = CliRunner().invoke(app, command).exception
    assert isinstance(error, NextbestError)
    assert exit_status(error) == EXIT_TRY_AGAIN
    # Not what topics should be like: nothing is known of them.
    assert "answer" in str(error)
    assert "topics create" not in str(error)
