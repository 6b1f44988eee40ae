"""The demo as a whole: everything is accounted for, and however it ends, nothing stays behind."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[2]
SMALL = ("--shoppers", "60", "--events", "2000", "--weeks", "0.6")


def start(data_dir: Path, *command: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    environment["NEXTBEST_SENDER__DRY_RUN"] = "true"  # the caller's own settings play no part
    environment["DEMO_TEST_FOLDER"] = str(data_dir)  # by which every descendant is recognised
    return subprocess.Popen(
        [sys.executable, "-m", "nextbest.cli", *command, "--data-dir", str(data_dir)],
        cwd=data_dir,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def left_behind(data_dir: Path) -> list[str]:
    """What still runs with the run's own folder in its environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            words = (process / "cmdline").read_bytes()
        except OSError:  # it has just ended
            continue
        if f"DEMO_TEST_FOLDER={data_dir}".encode() in environment:
            found.append(words.replace(b"\0", b" ")[:200].decode(errors="replace"))
    return found


def wait_until(condition: Callable[[], bool], what: str, timeout_seconds: float = 90.0) -> None:
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        assert time.monotonic() < deadline, f"still not: {what}"
        time.sleep(0.05)


def log_of(data_dir: Path, run: str, role: str) -> str:
    path = data_dir / run / "logs" / f"{role}.log"
    return path.read_text() if path.exists() else ""


def test_a_small_demo_accounts_for_everything_and_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = start(tmp_path, "demo", *SMALL)
    output, _ = demo.communicate(timeout=240)
    assert demo.returncode == 0, output
    report = json.loads((tmp_path / "demo" / "report.json").read_text())
    assert report["events_emitted"] > 1_000
    assert report["events_applied"] > 1_000
    assert report["events_dead_lettered"] > 0
    assert report["events_unaccounted"] == 0
    assert report["emails_accepted"] > 10
    assert report["emails_duplicate"] == 0
    assert report["sent_without_consent"] == 0
    assert sum(report["holds"].values()) + report["emails_accepted"] <= report["decisions"]
    assert report["clicks"] > 0
    assert report["purchases"] > 0
    for latency in ("event_to_decision_ms", "decision_to_accept_ms"):
        assert 0 < report[latency]["p50"] <= report[latency]["p99"]
    assert "waiting for" in output, "plain lines where there is no terminal"
    welcome = (tmp_path / "demo" / "mails" / "welcome-1.html").read_text()
    assert "/c/" in welcome
    assert "The Demo Shop" in welcome
    assert left_behind(tmp_path) == []


def test_interrupted_it_leaves_nothing_behind(tmp_path: Path) -> None:
    """By Ctrl-C; `down` ends by SIGTERM, see below and tests/deploy/demo/test_run.py."""
    demo = start(tmp_path, "demo", *SMALL)
    wait_until(lambda: "partitions taken" in log_of(tmp_path, "demo", "worker"), "a worker at work")
    demo.send_signal(signal.SIGINT)
    output, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130, output
    assert not (tmp_path / "demo" / "report.json").exists()
    assert left_behind(tmp_path) == []


def test_killed_it_leaves_nothing_behind(tmp_path: Path) -> None:
    demo = start(tmp_path, "demo", *SMALL)
    wait_until(lambda: bool(log_of(tmp_path, "demo", "worker")), "a worker that has begun")
    demo.kill()
    demo.communicate(timeout=60)
    wait_until(lambda: left_behind(tmp_path) == [], "everything gone with its parent", 20.0)


def test_a_role_that_dies_is_shown_and_ends_the_demo(tmp_path: Path) -> None:
    demo = start(tmp_path, "demo", *SMALL)
    wait_until(lambda: "assigned" in log_of(tmp_path, "demo", "sender"), "a sender at work")
    senders = [
        int(path.parent.name)
        for path in Path("/proc").glob("[0-9]*/cmdline")
        if path.read_bytes().endswith(b"nextbest.cli\0sender\0")
        and str(tmp_path).encode() in (path.parent / "environ").read_bytes()
    ]
    assert len(senders) == 1
    os.kill(senders[0], signal.SIGKILL)
    output, _ = demo.communicate(timeout=120)
    assert demo.returncode == 1
    assert "sender ended by itself" in output
    assert "assigned" in output, "the end of its log"
    assert left_behind(tmp_path) == []


def test_up_stays_until_down_ends_it(tmp_path: Path) -> None:
    up = start(tmp_path, "up", "--shoppers", "100", "--events", "20000")
    wait_until(lambda: bool(list(tmp_path.glob("up/mails/welcome-*.html"))), "a mail", 120.0)
    second = start(tmp_path, "up")
    output, _ = second.communicate(timeout=60)
    assert second.returncode == 1
    assert "runs already" in output
    assert up.poll() is None
    down = start(tmp_path, "down")
    output, _ = down.communicate(timeout=60)
    assert (down.returncode, output.strip()) == (0, "ended")
    output, _ = up.communicate(timeout=10)
    assert up.returncode == 0, output
    assert "nextbest is up" in output
    assert left_behind(tmp_path) == []
    again = start(tmp_path, "down")
    output, _ = again.communicate(timeout=60)
    assert (again.returncode, output.strip()) == (0, "nothing is up")
