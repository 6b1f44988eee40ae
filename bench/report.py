"""From the rounds' raw values to medians, ratios, a table, and the page in docs/."""

import os
import platform
import re
import statistics
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from bench.ground import Scale
from bench.task import Measured
from deploy.servers.kafka_artifacts import kafka_version
from deploy.servers.packages import require

TARGET = 10.0
"""The worker must do at least so many times stock Faust's events, per second and per CPU time."""
BEGIN, END = "<!-- written by make bench: begin -->", "<!-- written by make bench: end -->"
_PACKAGES = ("faust-streaming", "aiokafka", "confluent-kafka", "redis", "msgspec", "river")
_MEANING = {
    "nextbest": "the worker's whole job: journal to committed state and produced decisions",
    "stock_faust": "the same pure functions in a stock Faust agent, one Table update per event",
    "floor": "bare confluent-kafka: consume, decode, discard",
    "intake": "the intake role: event topics to journal",
    "pure": "the pure functions alone: no Kafka, no Redis",
}


class Peer(msgspec.Struct):
    """Medians over the rounds, and the rounds."""

    cpu_us_per_event: float
    events_per_second: float
    peak_rss_bytes: int
    events: int
    stages_us_per_event: dict[str, float]
    counts: dict[str, int]
    rounds: list[Measured]


class Results(msgspec.Struct):
    """Everything that `bench/results/latest.json` holds."""

    command: str
    measured_at: str
    machine: dict[str, Any]
    scale: Scale
    peers: dict[str, Peer]
    ratios: dict[str, Any]
    share_of_pure_functions: dict[str, Any]


def summarize(
    rounds: Mapping[str, Sequence[Measured]], scale: Scale, machine: dict[str, Any], command: str
) -> Results:
    """Take the medians and compare."""
    peers = {name: _peer(runs) for name, runs in rounds.items()}
    pure = peers.pop("pure")
    ours, stock = peers["nextbest"], peers["stock_faust"]
    speed = ours.events_per_second / stock.events_per_second
    thrift = stock.cpu_us_per_event / ours.cpu_us_per_event
    ratios = {
        "events_per_second_over_stock_faust": round(speed, 2),
        "cpu_of_stock_faust_over_ours": round(thrift, 2),
        "cpu_over_floor": round(ours.cpu_us_per_event / peers["floor"].cpu_us_per_event, 2),
        "target": TARGET,
        "target_met": min(speed, thrift) >= TARGET,
    }
    share = {
        "cpu_us_per_event": pure.cpu_us_per_event,
        "share_of_nextbest": round(pure.cpu_us_per_event / ours.cpu_us_per_event, 3),
        "stages_us_per_event": pure.stages_us_per_event,
        "rounds": pure.rounds,
    }
    measured_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Results(command, measured_at, machine, scale, peers, ratios, share)


def _peer(runs: Sequence[Measured]) -> Peer:
    first = runs[0]
    return Peer(
        cpu_us_per_event=round(statistics.median(run.cpu_us_per_event for run in runs), 2),
        events_per_second=round(statistics.median(run.events_per_second for run in runs), 1),
        peak_rss_bytes=int(statistics.median(run.peak_rss_bytes for run in runs)),
        events=first.events,
        stages_us_per_event={
            stage: round(statistics.median(r.stages[stage] * 1e6 / r.events for r in runs), 2)
            for stage in first.stages
        },
        counts=first.counts,
        rounds=list(runs),
    )


def machine_facts() -> dict[str, Any]:
    """What the figures depend on; the load is that of others, before the benchmark began."""
    return {
        "cores": os.cpu_count(),
        "processor": _line("/proc/cpuinfo", r"model name\s*:\s*(.+)"),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "load_before": [round(load, 2) for load in os.getloadavg()],
        "python": platform.python_version(),
        "kafka": kafka_version(),
        "redis_server": _redis_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def _line(path: str, pattern: str) -> str:
    found = re.search(pattern, Path(path).read_text(encoding="utf-8"))
    return found.group(1).strip() if found else "unknown"


def _redis_version() -> str:
    program = require("redis-server", "redis-server")
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"v=(\S+)", said.stdout)
    return found.group(1) if found else "unknown"


# --- showing -----------------------------------------------------------------------------


def _rows(results: Results) -> list[tuple[str, str, str, str, str]]:
    rows = [
        (
            name,
            f"{peer.cpu_us_per_event:,.1f}",
            f"{peer.events_per_second:,.0f}",
            f"{peer.peak_rss_bytes / 2**20:,.0f}",
            _MEANING[name],
        )
        for name, peer in results.peers.items()
    ]
    pure = results.share_of_pure_functions
    share = f"{pure['share_of_nextbest']:.0%} of nextbest's CPU"
    rows.append(
        ("pure", f"{pure['cpu_us_per_event']:,.1f}", "", "", f"{_MEANING['pure']}; {share}")
    )
    return rows


_HEADINGS = ("peer", "CPU µs/event", "events/s", "peak MiB", "what it does")


def _verdict(results: Results) -> str:
    ratios = results.ratios
    return (
        f"{ratios['events_per_second_over_stock_faust']:g} times stock Faust's events a second, "
        f"at 1/{ratios['cpu_of_stock_faust_over_ours']:g} of its CPU an event "
        f"(target {ratios['target']:g}: {'met' if ratios['target_met'] else 'MISSED'})"
    )


def table(results: Results) -> Table:
    """The results for a terminal."""
    made = Table(*_HEADINGS, caption=_verdict(results))
    for row in _rows(results):
        made.add_row(*row)
    return made


def write_docs(results: Results, page: Path) -> None:
    """Replace what stands between the markers of the page."""
    text = page.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{_markdown(results)}\n{END}{after}", encoding="utf-8")


def _markdown(results: Results) -> str:
    machine, ours = results.machine, results.peers["nextbest"]
    per_thousand = ", ".join(
        f"{count * 1000 / ours.events:.1f} {name}" for name, count in ours.counts.items()
    )
    stages = results.share_of_pure_functions["stages_us_per_event"]
    lines = [
        (
            f"`{results.command}`, {results.measured_at}: {machine['cores']} cores "
            f"({machine['processor']}), load before {machine['load_before'][0]:g}; Python "
            f"{machine['python']}, Kafka {machine['kafka']}, Redis {machine['redis_server']}, Faust "  # noqa: E501
            f"{machine['faust-streaming']}."
        ),
        "",
        (
            f"{results.scale.events:,} events of {results.scale.people:,} subscribers in "
            f"{results.scale.hours} simulated hours; medians of {len(ours.rounds)} rounds. For every "  # noqa: E501
            f"1,000 events the worker produced {per_thousand}."
        ),
        "",
        "| " + " | ".join(_HEADINGS) + " |",
        "|---|---:|---:|---:|---|",
        *("| " + " | ".join(row) + " |" for row in _rows(results)),
        "",
        f"{_verdict(results)}.",
        "",
        "Pure functions by stage, CPU µs an event: "
        + ", ".join(f"{name} {value:g}" for name, value in stages.items())
        + ".",
    ]
    return "\n".join(lines)
