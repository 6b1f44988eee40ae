"""From raw values to medians, ratios and the page in docs/."""

from pathlib import Path

import pytest

from bench import report
from bench.ground import Scale
from bench.task import Measured

SCALE = Scale(events=100, people=10, hours=48, warm_hours=192, stock_events=10)
MACHINE = {
    "cores": 2,
    "processor": "a processor",
    "load_before": [0.5, 0.5, 0.5],
    "python": "3.11",
    "kafka": "4",
    "redis_server": "7",
    "faust-streaming": "0.15",
}


def measured(cpu_us: float, events: int = 100, wall_us: float | None = None) -> Measured:
    """A run that took so many microseconds of CPU, and of wall time, an event."""
    return Measured(
        events=events,
        user_seconds=cpu_us * events * 0.75e-6,
        system_seconds=cpu_us * events * 0.25e-6,
        wall_seconds=(wall_us or cpu_us) * events / 1e6,
        peak_rss_bytes=2**20,
        stages={"step": cpu_us * events / 1e6},
        counts={"decisions": 5},
    )


def results(ours_us: float = 50.0, stock_us: float = 600.0) -> report.Results:
    rounds = {
        "nextbest": [measured(ours_us * factor) for factor in (1.0, 0.5, 3.0)],
        "stock_faust": [measured(stock_us, 10)] * 3,
        "floor": [measured(5.0)] * 3,
        "intake": [measured(20.0)] * 3,
        "pure": [measured(25.0)] * 3,
    }
    return report.summarize(rounds, SCALE, MACHINE, "python -m bench")


def test_figures_are_medians_over_the_rounds_and_the_rounds_stay() -> None:
    ours = results().peers["nextbest"]
    assert ours.cpu_us_per_event == pytest.approx(50.0)
    assert ours.events_per_second == pytest.approx(20_000)
    assert [round(run.cpu_us_per_event) for run in ours.rounds] == [50, 25, 150]


def test_the_target_needs_both_speed_and_thrift() -> None:
    assert results(ours_us=50.0, stock_us=600.0).ratios["target_met"] is True
    assert results(ours_us=70.0, stock_us=600.0).ratios["target_met"] is False


def test_the_share_of_the_pure_functions_is_of_the_workers_cpu() -> None:
    found = results()
    assert "pure" not in found.peers
    assert found.share_of_pure_functions["share_of_nextbest"] == pytest.approx(0.5)


def test_the_page_keeps_what_stands_around_the_markers(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    report.write_docs(results(), page)
    text = page.read_text()
    assert text.startswith(f"before\n{report.BEGIN}\n")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "old" not in text
    assert "| nextbest | 50.0 | 20,000 | 1 |" in text
    assert "12 times stock Faust's events a second" in text
