"""`nextbest evaluate next-item`: how often what comes next in a session was recommended."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nextbest.output import Json, print_json, print_table

if TYPE_CHECKING:
    from evaluation.next_item_result import NextItemResult, Score


def next_item(
    sessions: Annotated[
        Path | None,
        typer.Argument(metavar="SESSIONS.csv", exists=True, dir_okay=False, readable=True),
    ] = None,
    train: Annotated[
        Path | None,
        typer.Option(help="Learn from these first.", exists=True, dir_okay=False, readable=True),
    ] = None,
    test: Annotated[
        Path | None,
        typer.Option(help="Then predict these.", exists=True, dir_okay=False, readable=True),
    ] = None,
    new_only: Annotated[
        bool, typer.Option("--new-only", help="Only items that the session hasn't had.")
    ] = False,
    frozen: Annotated[
        bool, typer.Option("--frozen", help="Learn nothing from the test sessions.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed draws the same intervals.")] = 0,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Count lines that give no event, and go on.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Tell how often the next item of a session is among the first 20 recommended.

    The log has the columns session, item and, if known, time; without one its lines stand in the
    order in which they happened. It is passed once: each event but a session's first is predicted,
    then learned. With --train and --test the first is learned from, and the second predicted and,
    unless --frozen, learned from too. Beside the product's own recommender stand popularity,
    popularity in the session, and co-occurrence with the last item.

    Example: nextbest evaluate next-item sessions.csv --new-only
    """
    if (sessions is None) == (train is None or test is None) or (train is None) != (test is None):
        raise typer.BadParameter("give SESSIONS.csv, or both --train and --test")
    if frozen and test is None:
        raise typer.BadParameter("needs --train and --test", param_hint="--frozen")
    from evaluation.next_item import evaluate
    from evaluation.session_log import read_session_log

    items: dict[str, int] = {}
    logs = [
        read_session_log(path, items, skip_bad=skip_bad)
        for path in (sessions or train, test)
        if path is not None
    ]
    result = evaluate(*logs, new_only=new_only, frozen=frozen, seed=seed)
    if as_json:
        print_json(dataclasses.asdict(result))
        return
    _print((sessions or test or Path()).name, result)


def _print(title: str, result: "NextItemResult") -> None:
    rows = [_row("learner", result, "", "")]
    for name, found in result.baselines.items():
        gains = (
            _figure(gain, interval, sign="+")
            for gain, interval in (
                (found.recall_gain, found.recall_gain_ci95),
                (found.mrr_gain, found.mrr_gain_ci95),
            )
        )
        label = name.replace("co_", "co-").replace("_", " ")
        rows.append(_row(label, found, *gains))
    columns = ["recommender", "recall@20 %", "MRR@20 %", "learner gains recall", "… MRR", "CPU µs"]
    print_table(title, columns, rows)
    typer.echo(
        f"{result.targets:,} targets in {result.sessions:,} sessions, {result.events:,} events "
        f"passed; brackets: 95 % intervals. CPU an event, learning included: "
        f"{result.cpu_ratio:.1f} times co-occurrence."
    )
    if result.refused:
        said = ", ".join(f"{reason} {count:,}" for reason, count in result.refused.items())
        typer.echo(f"Lines that gave no event: {said}.")


def _row(name: str, score: "Score", *gains: str) -> list[str]:
    return [
        name,
        _figure(score.recall_at_20, score.recall_ci95),
        _figure(score.mrr_at_20, score.mrr_ci95),
        *gains,
        f"{score.microseconds_per_event:.1f}",
    ]


def _figure(value: float, interval: tuple[float, float] | None, sign: str = "") -> str:
    """In percent, with its interval."""
    if interval is None:
        return f"{100 * value:{sign}.2f}"
    low, high = (100 * bound for bound in interval)
    return f"{100 * value:{sign}.2f} ({low:{sign}.2f} to {high:{sign}.2f})"
