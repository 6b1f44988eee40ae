"""Plots of `nextbest simulate --json`: learning curves, calibration, share of the gap, ablations.

    python -m bench.simulation_plots RESULT.json... --output docs/figures

Writes for each result `learning-<scenario>.svg` and, by part, `calibration-<scenario>-<part>.svg`
(`buys-soon` too: chances of an order within a week, whose truth is unknown);
of one with parts left out (`--without`) only `ablation-<scenario>.svg`; over all other results
together `gap-share.svg`. Files of the same name are replaced.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.axes import around, decades
from bench.svg import COLOURS, Chart

_WITHOUT = "without-"
TARGET = 0.6
"""The share of the gap to be reached."""

_POLICIES = ("product", "popularity", "oracle", "rules", "control", "random", "hold")
_PARTS = {
    "click": "a click, by mail",
    "order": "an order, by click",
    "leave": "a reader lost, by mail",
}


def learning(found: dict[str, Any]) -> Chart:
    """Expected value by week, a line for each policy."""
    curve = found["learning_curve"]
    policies = [policy for policy in _POLICIES if policy in curve[0]]
    values = [row[policy] for row in curve for policy in policies]
    weeks = around([row["week"] for row in curve], zero=False)
    title = f"{found['title']}: expected value by week"
    ticks = [(row["week"], str(row["week"])) for row in curve]
    chart = Chart(title, "week", "value against no mail", weeks, around(values), ticks)
    for policy, colour in zip(policies, COLOURS, strict=False):
        dash = "" if policy == "product" else "6 3"
        chart.line([(row["week"], row[policy]) for row in curve], colour, policy, dash)
    return chart


def calibrated(found: dict[str, Any], part: str) -> Chart | None:
    """Predicted and actual rates by tenths; None where none holds enough positives."""
    deciles = found["calibration"][part]["deciles"]
    enough = [one for one in deciles if one["predicted_by_actual"] is not None]
    if not enough:
        return None
    rates = [one[name] for one in enough for name in ("predicted", "actual", "true")]
    axis = decades(rates)
    title = f"{found['title']}: {_PARTS[part]}"
    chart = Chart(title, "predicted", "came true", axis, axis)
    chart.line([(axis.low, axis.low), (axis.high, axis.high)], "#999999", "as predicted", "4 4")
    chart.line([(one["predicted"], one["true"]) for one in enough], COLOURS[2], "truth")
    chart.points([(one["predicted"], one["actual"]) for one in enough], COLOURS[0], "happened")
    return chart


def foretold(found: dict[str, Any]) -> Chart | None:
    """Chances of an order within 7 days and shares that ordered, by tenths; None without any."""
    told = found.get("buys_soon_second_half")
    if not told or not told["positives"]:
        return None
    points = [(one["predicted"], one["actual"]) for one in told["deciles"]]
    axis = around([rate for point in points for rate in point])
    title = f"{found['title']}: an order within 7 days, second half"
    chart = Chart(title, "predicted", "came true", axis, axis)
    chart.line([(axis.low, axis.low), (axis.high, axis.high)], "#999999", "as predicted", "4 4")
    chart.points(points, COLOURS[0], "happened")
    return chart


def ablated(found: dict[str, Any]) -> Chart | None:
    """What each part left out is worth, with its interval; None where none was."""
    lost = {
        name.removeprefix(_WITHOUT): figures["expected_value"]
        for name, figures in found.get("differences", {}).items()
        if name.startswith(_WITHOUT)
    }
    if not lost:
        return None
    ends = [end for worth in lost.values() for end in worth.values() if end is not None]
    places = around([0.5, len(lost) + 0.5], zero=False)
    words = [(number + 1.0, part) for number, part in enumerate(lost)]
    title = f"{found['title']}: value lost without a part"
    chart = Chart(title, "part", "value", places, around(ends), words)
    for number, worth in enumerate(lost.values()):
        whisker = None if worth["low"] is None else (worth["low"], worth["high"])
        chart.bar(number + 1.0, worth["mean"], COLOURS[0], whisker)
    return chart


def gap_shares(results: Sequence[dict[str, Any]]) -> Chart | None:
    """Share of the gap by scenario with its interval; None where no scenario has a gap.

    The oracle is the one that mails at once.
    """
    shares = [(found["scenario"], found.get("gap_share_at_once")) for found in results]
    told = [(name, share) for name, share in shares if share]
    if not told:
        return None
    ends = [end for _, share in told for end in share.values() if end is not None]
    places = around([0.5, len(told) + 0.5], zero=False)
    words = [(number + 1.0, name) for number, (name, _) in enumerate(told)]
    title = "Share of the gap from random to the oracle at once"
    chart = Chart(title, "scenario", "share", places, around([*ends, 1.0]), words)
    for number, (_, share) in enumerate(told):
        whisker = None if share["low"] is None else (share["low"], share["high"])
        chart.bar(number + 1.0, share["mean"], COLOURS[0], whisker)
    chart.line([(0.5, TARGET), (len(told) + 0.5, TARGET)], COLOURS[1], "to be reached", "6 3")
    return chart


def recommending(found: dict[str, Any]) -> Chart | None:
    """Share of the gap with recommendations and with popularity; None where that wasn't asked."""
    shares = {"recommended": found.get("gap_share"), "popular": found.get("gap_share_popularity")}
    told = [(name, share) for name, share in shares.items() if share]
    if len(told) < len(shares):
        return None
    ends = [end for _, share in told for end in share.values() if end is not None]
    places = around([0.5, len(told) + 0.5], zero=False)
    words = [(number + 1.0, name) for number, (name, _) in enumerate(told)]
    title = f"{found['title']}: share of the gap"
    chart = Chart(title, "what mails show", "share", places, around(ends), words)
    for number, (_, share) in enumerate(told):
        whisker = None if share["low"] is None else (share["low"], share["high"])
        chart.bar(number + 1.0, share["mean"], COLOURS[number], whisker)
    return chart


def charts(results: Sequence[dict[str, Any]]) -> dict[str, Chart]:
    """All charts of some results, by file name without its ending."""
    found: dict[str, Chart | None] = {}
    for result in results:
        scenario = result["scenario"]
        ablation = ablated(result)
        if ablation is not None:  # fewer people and seeds than the rest is drawn from
            found[f"ablation-{scenario}"] = ablation
            continue
        found[f"learning-{scenario}"] = learning(result)
        found[f"recommending-{scenario}"] = recommending(result)
        for part in result.get("calibration", {}):
            found[f"calibration-{scenario}-{part}"] = calibrated(result, part)
        found[f"calibration-{scenario}-buys-soon"] = foretold(result)
    found["gap-share"] = gap_shares([result for result in results if ablated(result) is None])
    return {name: chart for name, chart in found.items() if chart is not None}


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw and write; the exit status is 2 where a result can't be read."""
    parser = argparse.ArgumentParser(prog="python -m bench.simulation_plots")
    parser.add_argument("results", nargs="+", type=Path, metavar="RESULT.json")
    parser.add_argument("--output", type=Path, default=Path("docs/figures"), metavar="FOLDER")
    chosen = parser.parse_args(arguments)
    results = []
    for path in chosen.results:
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
            results.append(result)
            charts([result])
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            problem = f"{path} is no result of `nextbest simulate --json`: {error!r}"
            print(problem, file=sys.stderr)
            return 2
    chosen.output.mkdir(parents=True, exist_ok=True)
    for name, chart in charts(results).items():
        path = chosen.output / f"{name}.svg"
        path.write_text(chart.svg(), encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
