"""The whole benchmark, small: every peer on Apache Kafka and Redis, and what the JSON holds."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EVENTS = 600

pytestmark = pytest.mark.integration


def test_every_peer_works_on_the_same_events(tmp_path: Path) -> None:
    out = tmp_path / "quick.json"
    options = ["--quick", "--events-only", f"--events={EVENTS}", "--rounds=2", f"--out={out}"]
    done = subprocess.run(
        [sys.executable, "-m", "bench", *options],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    results = json.loads(out.read_text())
    peers = results["peers"]
    assert set(peers) == {"nextbest", "stock_faust", "floor", "intake"}
    for name, peer in peers.items():
        assert peer["events"] == (EVENTS // 5 if name == "stock_faust" else EVENTS), name
        assert len(peer["rounds"]) == 2
        for figure in ("cpu_us_per_event", "events_per_second", "peak_rss_bytes"):
            assert peer[figure] > 0, (name, figure)
    # The same journal from the same state: each round decides the same, and puts nothing aside.
    first, second = (run["counts"] for run in peers["nextbest"]["rounds"])
    assert first == second
    assert first["decisions"] > 0
    assert first["dead-letters"] == 0
    assert peers["intake"]["rounds"][1]["counts"]["journaled"] == EVENTS
    pure = results["share_of_pure_functions"]
    assert set(pure["stages_us_per_event"]) == {"decode", "load", "step", "encode"}
    # With neither Kafka nor Redis, the same functions produce the same records.
    left = pure["rounds"][0]["counts"]["left"]
    assert left == first["decisions"] + first["outcomes"]
    assert "nextbest" in done.stdout
