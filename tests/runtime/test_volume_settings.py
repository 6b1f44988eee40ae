"""Guardrails and volume: what can't be right is told at start, every bit of it."""

import json
from pathlib import Path

import pytest

from runtime.settings import BadSettingsError, load_settings


def test_a_warm_up_is_read_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "nextbest.toml"
    file.write_text(
        "[volume.warmup.marketing]\nstart = 2026-05-01\nfirst_day = 20\n"
        "[volume.caps]\nwin_back = 500\n[guardrails]\nno_feedback = ['gmail', 'apple']\n"
    )
    monkeypatch.setenv("NEXTBEST_CONFIG", str(file))
    settings = load_settings()
    assert settings.volume.warmup["marketing"].first_day == 20
    assert settings.volume.caps == {"win_back": 500}
    assert settings.guardrails.no_feedback == ("gmail", "apple")


def test_everything_wrong_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    warmup = {"marketing": {"start": "2026-05-01", "growth": 3}, "no|stream": {}}
    monkeypatch.setenv("NEXTBEST_VOLUME__WARMUP", json.dumps(warmup))
    monkeypatch.setenv("NEXTBEST_VOLUME__CAPS", '{"win_back": 0}')
    monkeypatch.setenv("NEXTBEST_VOLUME__FLOOR", "none")
    monkeypatch.setenv("NEXTBEST_GUARDRAILS__COMPLAINTS_WARN", "0.01")
    monkeypatch.setenv("NEXTBEST_GUARDRAILS__BOUNCES_STOP", "5")
    with pytest.raises(BadSettingsError) as caught:
        load_settings()
    said = "\n".join(caught.value.problems)
    for name in ("VOLUME__WARMUP", "VOLUME__CAPS", "VOLUME__FLOOR", "BOUNCES_STOP"):
        assert f"NEXTBEST_{name}" in said or f"NEXTBEST_GUARDRAILS__{name}" in said
    assert "COMPLAINTS_WARN = 0.01 must not be above" in said
    assert "less than or equal to 2" in said
