"""`nextbest simulate`: policies against each other in a shop whose truth is known."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nextbest.output import Json, print_json, print_table

if TYPE_CHECKING:
    from simulation.compare import Task

_COLUMNS = (
    ("expected_value", "expected value"),
    ("realised_value", "realised value"),
    ("mails", "mails"),
    ("clicks", "clicks"),
    ("orders_by_mail", "orders by mail"),
    ("discount", "discount"),
    ("unsubscribes", "unsubscribes"),
)

_SHARES = {
    "gap_share": "share of oracle - random",
    "gap_share_at_once": "share of oracle-at-once - random",
    "gap_share_popularity": "share of oracle - random, by popularity",
    "gap_share_by_recommending": "share of it by recommending, beyond popularity",
    "gap_share_by_recommending_at_once": "the same of oracle-at-once - random",
}

_CALIBRATION = (
    "of",
    "predictions",
    "positives",
    "slope",
    "by truth",
    "predicted / actual, deciles",
    "Brier skill",
    "best",
    "top decile, by truth",
    "best",
)


def simulate(
    scenario: Annotated[
        str, typer.Option(help="A scenario file, or the name of a bundled one.", metavar="FILE")
    ] = "default",
    seed: Annotated[int, typer.Option(min=0, help="The first seed: people and luck.")] = 1,
    seeds: Annotated[int, typer.Option(min=1, max=1000, help="How many seeds, from it on.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Processes at a time.")] = 1,
    people: Annotated[int | None, typer.Option(help="Instead of the scenario's.")] = None,
    weeks: Annotated[int | None, typer.Option(help="Instead of the scenario's.")] = None,
    policy: Annotated[
        list[str] | None, typer.Option(help="Only these; repeat it. All, unless given.")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            help="Also the product without this part (person, features, waiting, …), or without "
            "each one in turn: each. Repeat it.",
            metavar="PART",
        ),
    ] = None,
    json: Annotated[bool, Json] = False,
) -> None:
    """Compare the product with rules, a control, holding, chance and an oracle.

    A simulated shop whose truth the models can't see lives through weeks, by the pipeline's own
    functions, without brokers. All policies meet the same people, days and luck.

    Example: nextbest simulate --scenario default --people 2000 --seed 7
    Example: nextbest simulate --policy product --without person --without drift
    """
    from simulation.compare import play_each, report

    task = _task(scenario, people, weeks, policy, without)
    seen = []
    for one in play_each(task, range(seed, seed + seeds), jobs):
        seen.append(one)
        if seeds > 1:  # a seed takes minutes
            print(f"seed {one.seed}: {len(seen)} of {seeds}", file=sys.stderr)
    found = report(task, seen)
    if json:
        print_json(found)
    else:
        _show(found)


def _task(
    scenario: str,
    people: int | None,
    weeks: int | None,
    chosen: list[str] | None,
    without: list[str] | None,
) -> "Task":
    from runtime.settings import FLOWS_FILE
    from runtime.start import checked_settings
    from simulation import ablation, showing
    from simulation.compare import Task
    from simulation.errors import UnknownPartError, UnknownPolicyError
    from simulation.policies import POLICIES
    from simulation.scenario import load_scenario
    from streams.worlds import learner_problems, policy, programme_problems

    shop = load_scenario(scenario).resized(people, weeks)
    known = (*POLICIES, *showing.POLICIES) if shop.recommends else POLICIES
    for name in chosen or ():
        if name not in known:
            raise UnknownPolicyError(name, known)
    for part in without or ():
        if part not in ("each", *ablation.PARTS):
            raise UnknownPartError(part, ablation.PARTS)
    parts = ablation.PARTS if "each" in (without or ()) else without or ()
    settings = checked_settings("simulate", programme_problems, learner_problems)
    text = Path(settings.programme_dir / FLOWS_FILE).read_text(encoding="utf-8")
    wanted = (*(chosen or known), *(f"without-{part}" for part in parts))
    if (parts or "control" in wanted) and "product" not in wanted:
        wanted = ("product", *wanted)  # control mails as much as it, and parts are missed by it
    return Task(shop, text, policy(settings), wanted)


def _show(found: dict[str, Any]) -> None:
    over = found["intervals_over"]
    seeds = found["seeds"]
    title = (
        f"{found['title']}: {found['people']} people, {found['weeks']} weeks, "
        f"{len(seeds)} seed(s) from {seeds[0]}"
    )
    rows = [
        [policy, *(f"{figures[name]['mean']:,.1f}" for name, _ in _COLUMNS)]
        for policy, figures in found["policies"].items()
    ]
    print_table(title, ["policy", *(heading for _, heading in _COLUMNS)], rows)
    differences = [
        [f"product - {other}", _interval(figures["expected_value"])]
        for other, figures in found["differences"].items()
    ]
    for key, what in _SHARES.items():
        if found[key] is not None:
            differences.append([what, _interval(found[key], digits=3)])
    print_table(f"Expected value, 95 % intervals over {over}", ["what", "value"], differences)
    policies = [policy for policy in found["policies"] if not policy.startswith("without-")]
    curve = [
        [
            row["week"],
            *(f"{row[policy]:,.1f}" for policy in policies),
            "" if row.get("gap_share") is None else f"{row['gap_share']:.2f}",
        ]
        for row in found["learning_curve"]
    ]
    print_table("Expected value by week", ["week", *policies, "share of gap"], curve)
    if found["calibration"]:
        rows = [_calibrated(part, told) for part, told in found["calibration"].items()]
        late = found["calibration_second_half"]
        rows += [_calibrated(f"{part}, second half", told) for part, told in late.items()]
        for part, key in (("buys soon", "buys_soon"), ("…, second half", "buys_soon_second_half")):
            if found[key]:
                rows.append(_calibrated(part, found[key]))
        print_table("Probabilities that the product logged", list(_CALIBRATION), rows)


def _calibrated(part: str, told: dict[str, Any]) -> list[str]:
    compared = [one["predicted_by_actual"] for one in told["deciles"]]
    ratios = [ratio for ratio in compared if ratio is not None]
    return [
        part,
        f"{told['predictions']:,}",
        f"{told['positives']:,}",
        _number(told["slope"] and told["slope"]["mean"]),
        _number(told.get("slope_true")),
        f"{min(ratios):.2f} to {max(ratios):.2f}" if ratios else "",
        _number(told["brier_skill"], 4),
        _number(told.get("best_brier_skill"), 4),
        _number(told.get("top_decile_true")),
        _number(told.get("best_top_decile_true")),
    ]


def _number(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _interval(value: dict[str, float | None], digits: int = 1) -> str:
    mean, low, high = value["mean"], value["low"], value["high"]
    if low is None or high is None:
        return f"{mean:,.{digits}f}"
    return f"{mean:,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"
