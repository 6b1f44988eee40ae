"""Plots of `nextbest evaluate next-item --json`: what each recommender reaches, log by log.

    python -m bench.next_item_plots NAME=RESULT.json ... --output docs/figures

Writes `next-item-recall.svg` and `next-item-mrr.svg`, the logs in the order given. Files of the
same name are replaced.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bench.axes import around
from bench.svg import COLOURS, Chart

_RECOMMENDERS: Final = {
    "learner": "learner",
    "co_occurrence": "co-occurrence",
    "session_popularity": "session popularity",
    "popularity": "popularity",
}
_EACH = len(_RECOMMENDERS) + 1
"""Places across that one log takes, one of them empty."""


def reached(results: Mapping[str, dict[str, Any]], measure: str) -> Chart:
    """What each recommender reaches on each log, in percent, with its interval.

    Args:
        results: What the command printed, by the name of the log.
        measure: `recall` or `mrr`, each at 20.
    """
    rows = [{"learner": found, **found["baselines"]} for found in results.values()]
    shown = [{name: _percent(row[name], measure) for name in _RECOMMENDERS} for row in rows]
    ends = [end for row in shown for value, interval in row.values() for end in (value, *interval)]
    middle = (len(_RECOMMENDERS) - 1) / 2.0
    words = [(_EACH * number + middle, name) for number, name in enumerate(results)]
    places = around([-0.5, _EACH * len(rows) - 1.5], zero=False)
    title = f"The next item: {'recall' if measure == 'recall' else 'MRR'}@20"
    chart = Chart(title, "log", "percent", places, around(ends), words)
    for colour, (name, told) in zip(COLOURS, _RECOMMENDERS.items(), strict=False):
        chart.points([], colour, told)  # the legend
        for number, row in enumerate(shown):
            value, interval = row[name]
            place = _EACH * number + list(_RECOMMENDERS).index(name)
            chart.bar(float(place), value, colour, interval or None)
    return chart


def _percent(found: dict[str, Any], measure: str) -> tuple[float, Any]:
    interval = found[f"{measure}_ci95"] or ()
    return 100.0 * found[f"{measure}_at_20"], tuple(100.0 * end for end in interval)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw and write; the exit status is 2 where a result can't be read."""
    parser = argparse.ArgumentParser(prog="python -m bench.next_item_plots")
    parser.add_argument("results", nargs="+", metavar="NAME=RESULT.json")
    parser.add_argument("--output", type=Path, default=Path("docs/figures"), metavar="FOLDER")
    chosen = parser.parse_args(arguments)
    try:
        named = dict(told.split("=", 1) for told in chosen.results)
        results = {
            name: json.loads(Path(path).read_text(encoding="utf-8")) for name, path in named.items()
        }
        charts = {measure: reached(results, measure) for measure in ("recall", "mrr")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"no results of `evaluate next-item --json`: {error!r}", file=sys.stderr)
        return 2
    chosen.output.mkdir(parents=True, exist_ok=True)
    for measure, chart in charts.items():
        path = chosen.output / f"next-item-{measure}.svg"
        path.write_text(chart.svg(), encoding="utf-8")
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
