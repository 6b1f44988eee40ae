"""Pausing and resuming by name, with a ledger that only remembers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import nextbest.connections
import runtime.pauses
from nextbest.cli import app
from runtime.settings import Settings


class FakePauses:
    """The pauses of a ledger."""

    kept: set[str]

    def __init__(self, _ledger: None, _namespace: str) -> None:
        return None

    async def pause(self, flow: str | None = None) -> None:
        self.kept.add(flow or "all")

    async def resume(self, flow: str | None = None) -> bool:
        found = (flow or "all") in self.kept
        self.kept.discard(flow or "all")
        return found

    async def all(self) -> list[str]:
        return sorted(self.kept)


@asynccontextmanager
async def no_ledger(_settings: Settings) -> AsyncIterator[None]:
    yield None


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.setattr(nextbest.connections, "open_ledger", no_ledger)
    monkeypatch.setattr(runtime.pauses, "Pauses", FakePauses)
    FakePauses.kept = set()
    return FakePauses.kept


def run(*arguments: str, programme: Path | None = None) -> Result:
    environment = {} if programme is None else {"NEXTBEST_PROGRAMME_DIR": str(programme)}
    return CliRunner().invoke(app, list(arguments), env=environment)


def test_a_flow_that_does_not_exist_is_not_paused(kept: set[str]) -> None:
    result = run("pause", "no_such_flow")
    assert result.exit_code == 2
    assert "no_such_flow" in result.output
    assert "--unchecked" in result.output
    assert kept == set()
    assert run("pause", "no_such_flow", "--unchecked").stderr == ""
    assert kept == {"no_such_flow"}


@pytest.mark.parametrize("text", [None, "flows: [", "\xff"])
def test_where_the_programme_cannot_be_read_the_name_is_taken_with_a_warning(
    text: str | None, kept: set[str], tmp_path: Path
) -> None:
    if text is not None:
        (tmp_path / "flows.yaml").write_text(text, encoding="latin-1")
    result = run("pause", "welcom", programme=tmp_path)
    assert result.exit_code == 0
    assert "whether there is a flow 'welcom' can't be told" in result.stderr
    assert kept == {"welcom"}


def test_resuming_what_was_not_paused_changes_nothing_and_says_so(kept: set[str]) -> None:
    assert run("pause", "welcome").exit_code == 0
    for what in ("welcom", "all"):
        result = run("resume", what)
        assert result.exit_code == 1
        assert f"{what} was not paused" in result.stderr
    assert kept == {"welcome"}
    assert run("resume", "welcome").exit_code == 0
    assert kept == set()


def test_a_stream_is_paused_by_its_name_whatever_flows_there_are(kept: set[str]) -> None:
    assert run("pause", "stream:win_back").exit_code == 0
    assert kept == {"stream:win_back"}
