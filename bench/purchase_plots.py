"""Plots of `nextbest evaluate purchases --json`: calibration by tenths, and what ranking gains.

    python -m bench.purchase_plots RESULT.json --output docs/figures

Writes `purchases-calibration.svg` and, where the gains have intervals, `purchases-gain.svg`. Files
of the same name are replaced.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.axes import around
from bench.svg import COLOURS, Chart

_NAMES = {"learner": "learner", "bg_nbd": "BG/NBD", "decayed_sum": "decayed sum"}


def calibrated(found: dict[str, Any]) -> Chart:
    """Chances said and shares that bought, by tenths, of each model that says chances."""
    models = {"learner": found, **found["baselines"]}
    told = {
        name: one["calibration"]["tenths"] for name, one in models.items() if one["calibration"]
    }
    axis = around([1.0, *(tenth["chance"] for tenths in told.values() for tenth in tenths)])
    title = f"An order within {found['judged_days']} days, by tenths"
    chart = Chart(title, "chance said", "bought", axis, axis)
    chart.line([(axis.low, axis.low), (axis.high, axis.high)], "#999999", "as said", "4 4")
    for (name, tenths), colour in zip(told.items(), COLOURS, strict=False):
        points = [(tenth["chance"], tenth["bought"]) for tenth in tenths]
        chart.points(points, colour, _NAMES.get(name, name))
    return chart


def gained(found: dict[str, Any]) -> Chart | None:
    """By how much the learner's AUC is above each other's; None where that has no interval."""
    gains = {
        _NAMES.get(name, name): (one["auc_gain"], one["auc_gain_ci95"])
        for name, one in found["baselines"].items()
        if one["auc_gain_ci95"]
    }
    if not gains:
        return None
    places = around([0.5, len(gains) + 0.5], zero=False)
    words = [(number + 1.0, name) for number, name in enumerate(gains)]
    ends = around([end for _, interval in gains.values() for end in interval])
    chart = Chart("Who will buy: AUC gained", "over", "AUC", places, ends, words)
    for number, (gain, interval) in enumerate(gains.values()):
        chart.bar(number + 1.0, gain, COLOURS[0], (interval[0], interval[1]))
    return chart


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw and write; the exit status is 2 where the result can't be read."""
    parser = argparse.ArgumentParser(prog="python -m bench.purchase_plots")
    parser.add_argument("result", type=Path, metavar="RESULT.json")
    parser.add_argument("--output", type=Path, default=Path("docs/figures"), metavar="FOLDER")
    chosen = parser.parse_args(arguments)
    try:
        found = json.loads(chosen.result.read_text(encoding="utf-8"))
        charts = {"calibration": calibrated(found), "gain": gained(found)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"{chosen.result} is no result of `evaluate purchases --json`: {error!r}"
        print(problem, file=sys.stderr)
        return 2
    chosen.output.mkdir(parents=True, exist_ok=True)
    for name, chart in charts.items():
        if chart is not None:
            path = chosen.output / f"purchases-{name}.svg"
            path.write_text(chart.svg(), encoding="utf-8")
            print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
