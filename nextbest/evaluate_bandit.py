"""`nextbest evaluate bandit`: what the learner would have been worth on a log of rounds."""

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nextbest.output import Json, print_json, print_table

if TYPE_CHECKING:
    from evaluation.bandit_result import BanditResult


def bandit(
    rounds: Annotated[
        Path, typer.Argument(metavar="ROUNDS.jsonl", exists=True, dir_okay=False, readable=True)
    ],
    cost: Annotated[
        list[str] | None,
        typer.Option(help="What an action costs, in the reward's unit; repeat.", metavar="A=VALUE"),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws alike.")] = 0,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Count lines that give no round, and go on.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Tell what the product's own learner would have been worth on a log it didn't write.

    Each line is a round: {"context": {…}, "actions": […], "action": …, "reward": …, "propensity":
    …} and, where the log holds several tests, "group". The log is passed once through the learner.
    Where actions were logged at even odds, rounds count whose action the learner would have taken;
    otherwise all do, weighted by their propensities.

    Example: nextbest evaluate bandit rounds.jsonl --cost "Mens E-Mail=.08" --seed 7
    """
    from evaluation.bandit import evaluate

    result = evaluate(rounds, costs=_costs(cost), seed=seed, skip_bad=skip_bad)
    if as_json:
        print_json(dataclasses.asdict(result))
        return
    _print(rounds.name, result)
    for group, found in result.groups.items():
        _print(group or "(no group)", found)


def _costs(given: list[str] | None) -> dict[str, float]:
    from math import isfinite

    costs = {}
    for pair in given or ():
        action, equals, text = pair.rpartition("=")
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not (equals and action and isfinite(value)):
            raise typer.BadParameter(f"{pair!r} is not ACTION=VALUE", param_hint="--cost")
        costs[action] = value
    return costs


def _print(title: str, result: "BanditResult") -> None:
    rows = [
        ("learner", _number(result.value), _interval(result.ci95), "", ""),
        *(
            (
                f"always {action}",
                _number(found.value),
                _interval(found.ci95),
                _number(found.difference, sign="+"),
                _interval(found.difference_ci95, sign="+"),
            )
            for action, found in result.constants.items()
        ),
        *(
            (f"learner, {name}", _number(found.value), _interval(found.ci95), "", "")
            for name, found in result.estimators.items()
        ),
    ]
    print_table(title, ["policy", "value", "95 %", "learner gains", "95 % of that"], rows)
    print_table(
        "Its choices",
        ["action", "share"],
        ([action, f"{share:.1%}"] for action, share in result.action_share.items()),
    )
    how = "replay" if result.uniform else "doubly robust, weights clipped"
    typer.echo(
        f"{result.rounds:,} rounds, {result.matched:,} matched, {result.effective_rounds:,.0f} "
        f"effective ({how}); later half: {_number(result.value_second_half)}."
    )
    if result.refused:
        said = ", ".join(f"{reason} {count:,}" for reason, count in result.refused.items())
        typer.echo(f"Lines that gave no round: {said}.")


def _number(value: float | None, sign: str = "") -> str:
    return "unknown" if value is None else f"{value:{sign}.5g}"


def _interval(ci95: tuple[float, float] | None, sign: str = "") -> str:
    return "" if ci95 is None else f"{ci95[0]:{sign}.5g} to {ci95[1]:{sign}.5g}"
