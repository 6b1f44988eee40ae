"""Sending measured small: every way sends all of its mails, and what the JSON holds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.sending_report import SendingResults, summarize, write_docs
from bench.task import Measured

ROOT = Path(__file__).parents[2]


@pytest.mark.integration
def test_every_way_sends_its_mails(tmp_path: Path) -> None:
    out = tmp_path / "sending.json"
    command = [sys.executable, "-m", "bench.sending", "--quick", "--mails=40", f"--out={out}"]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    results = json.loads(out.read_text())
    assert 30_000 <= results["mail_bytes"] <= 40_000
    assert {name: len(runs) for name, runs in results["rounds"].items()} == {
        "bare": 1,
        "sender": 1,
        "blocked": 1,
        "signed": 1,
    }
    assert all(run["events"] == 40 for runs in results["rounds"].values() for run in runs)
    steps = {"facts", "render", "sign", "pace", "claim", "SMTP", "settle", "events", "stores"}
    assert steps <= set(results["steps_us"])


def run(cpu_us: float) -> Measured:
    return Measured(
        events=1_000,
        user_seconds=cpu_us / 1_000,
        system_seconds=0.0,
        wall_seconds=1.0,
        peak_rss_bytes=1,
        stages={"render": 0.5, "sign": 0.1},
    )


def results(*sender_us: float) -> SendingResults:
    rounds = {
        "bare": [run(500.0), run(1_000.0), run(600.0)],
        "sender": [run(cpu) for cpu in sender_us],
        "blocked": [run(1_000.0)] * 3,
        "signed": [run(2_000.0)] * 3,
    }
    machine = {"cores": 2, "processor": "x", "load_before": [0.0]}
    told = {"command": "c", "machine": machine, "mail_bytes": 35_000, "connections": 8}
    return summarize(rounds, run(1.0), **told)  # type: ignore[arg-type]


def test_rounds_are_compared_with_their_own_bare_loop() -> None:
    found = results(1_000.0, 2_000.0, 1_200.0)
    assert found.ratios["sender"] == 0.5
    assert found.target_met
    assert not results(1_010.0, 2_010.0, 1_000.0).target_met
    assert found.steps_us == {"render": 500.0, "sign": 100.0}


def test_the_page_keeps_what_is_around(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    begin, end = "<!-- written by python -m bench.sending: begin -->", "<!-- written by"
    page.write_text(f"a\n{begin}\nold\n{end} python -m bench.sending: end -->\nb\n")
    write_docs(results(1_000.0, 2_000.0, 1_200.0), page)
    text = page.read_text()
    assert text.startswith("a\n")
    assert text.endswith("b\n")
    assert "old" not in text
    assert "50% of the bare loop (target 50%: met)" in text
    assert "leave at 1.00 times the speed" in text
