"""`nextbest providers`: lists them, and says where a domain is; Redis away is no obstacle."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nextbest.cli import app
from runtime.start import CannotStartError

RUNNER = CliRunner()


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTBEST_REDIS__STATE_URL", "redis://127.0.0.1:1/0")
    monkeypatch.setenv("NEXTBEST_PACE__DNS", "static")


def test_every_provider_is_listed_and_those_without_reports_said_so() -> None:
    result = RUNNER.invoke(app, ["providers", "--json"])
    assert result.exit_code == 0, result.output
    found = {row["provider"]: row for row in json.loads(result.stdout)}
    assert found["gmail"]["feedback_reports"] == "no"
    assert found["yahoo"]["feedback_reports"] == "yes"
    assert found["gmail"]["factor"] is None
    assert "can't be told" in result.stderr
    assert "gmail" in RUNNER.invoke(app, ["providers"]).output


def test_a_domain_s_provider_is_told_with_the_reason() -> None:
    asked = ["providers", "--json", "gmail.com", "ann@Web.de", "shop.example"]
    rows = json.loads(RUNNER.invoke(app, asked).stdout)
    assert [(row["domain"], row["provider"]) for row in rows] == [
        ("gmail.com", "gmail"),
        ("web.de", "united"),
        ("shop.example", "default"),
    ]
    assert rows[0]["why"] == "domain pattern gmail.com"
    assert RUNNER.invoke(app, ["providers", "not a domain"]).exit_code == 2


def test_wrong_files_are_told_all_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "default.toml").write_text("burst = 0\nspeed = 1", encoding="utf-8")
    monkeypatch.setenv("NEXTBEST_PACE__PROVIDERS_DIR", str(tmp_path))
    result = RUNNER.invoke(app, ["providers"])
    assert isinstance(result.exception, CannotStartError)
    assert len(result.exception.problems) == 2
