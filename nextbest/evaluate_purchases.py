"""`nextbest evaluate purchases`: who orders again, and how often, foretold by a log of orders."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nextbest.output import Json, print_json, print_table

if TYPE_CHECKING:
    from evaluation.purchases_result import PurchasesResult, Score


def purchases(
    transactions: Annotated[
        Path,
        typer.Argument(metavar="TRANSACTIONS.csv", exists=True, dir_okay=False, readable=True),
    ],
    until: Annotated[
        str, typer.Option(metavar="DATE", help="The last day to learn from, like 2026-05-01.")
    ],
    horizon: Annotated[
        int, typer.Option(metavar="DAYS", min=1, max=36_500, help="Days after it to foretell.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="The same seed draws the same intervals.")] = 0,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Count lines that give no transaction, and go on.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Tell how well the orders that come after a day are foretold by those before it.

    The log has the columns customer, date (YYYY-MM-DD or YYYYMMDD) and value; a value below 0 is a
    refund. It is passed once, in the order of time, and what is learned by DATE foretells of each
    customer known by then whether they order within DAYS, and how often. Beside the product's own
    model stand recency, a decayed sum of orders, and BG/NBD.

    Example: nextbest evaluate purchases orders.csv --until 2026-03-31 --horizon 90
    """
    from evaluation.purchase_log import day_of, read_purchase_log
    from evaluation.purchases import evaluate

    try:
        day = day_of(until)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--until") from None
    log = read_purchase_log(transactions, skip_bad=skip_bad)
    result = evaluate(log, day, horizon, seed=seed)
    if as_json:
        print_json(dataclasses.asdict(result))
        return
    _print(transactions.name, result)


def _print(title: str, result: "PurchasesResult") -> None:
    scores: dict[str, Score] = {"learner": result, **result.baselines}
    names = {"bg_nbd": "BG/NBD", "decayed_sum": "decayed sum"}
    rows = []
    for name, score in scores.items():
        gain = result.baselines.get(name)
        slope = score.calibration
        rows.append(
            [
                names.get(name, name),
                _figure(score.will_buy_auc, score.will_buy_auc_ci95),
                _figure(gain.auc_gain, gain.auc_gain_ci95, sign="+") if gain else "",
                _figure(score.count_correlation, score.count_correlation_ci95),
                _figure(score.predicted_by_actual, score.predicted_by_actual_ci95, digits=2),
                _figure(score.top_decile_lift, score.top_decile_lift_ci95, digits=2),
                _figure(slope.slope, slope.slope_ci95, digits=2) if slope else "",
                _figure(slope.intercept, slope.intercept_ci95, "+", digits=2) if slope else "",
            ]
        )
    columns = ["model", "will buy: AUC", "learner gains", "count correlation"]
    columns += ["predicted / actual", "top tenth: lift", "calibration: slope", "… intercept"]
    print_table(title, columns, rows)
    if result.calibration is not None:
        print_table("the learner's customers by tenths", _TENTHS, _tenths(result))
    typer.echo(_said(result))


_TENTHS = ["customers", "chance", "bought", "orders expected", "orders"]


def _tenths(result: "PurchasesResult") -> Iterable[list[str]]:
    for one in result.calibration.tenths if result.calibration else ():
        yield [
            f"{one.customers:,}",
            f"{one.chance:.1%}",
            f"{one.bought:.1%}",
            f"{one.expected_orders:.2f}",
            f"{one.orders:.2f}",
        ]


def _said(result: "PurchasesResult") -> str:
    first = (
        f"{result.customers:,} customers known by {result.until}, {result.buyers:,} of whom bought "
        f"on {result.orders:,} days within {result.judged_days:,}; learned from {result.learned:,} "
        "windows that had closed by then. Brackets: 95 % intervals."
    )
    lines = [first]
    if result.judged_days < result.horizon_days:
        lines.append(
            f"The log ends {result.judged_days:,} days after {result.until}: as many are judged, "
            f"not {result.horizon_days:,}."
        )
    if not result.learned:
        lines.append("No window had closed by then: the learner knows nothing but its start.")
    if result.later_customers:
        lines.append(f"First seen later, and left out: {result.later_customers:,} customers.")
    if result.repeated:
        lines.append(f"Lines that stood there before, and count once: {result.repeated:,}.")
    if result.refused:
        said = ", ".join(f"{reason} {count:,}" for reason, count in result.refused.items())
        lines.append(f"Lines that gave no transaction: {said}.")
    return "\n".join(lines)


def _figure(
    value: float | None,
    interval: tuple[float, float] | None,
    sign: str = "",
    digits: int = 3,
) -> str:
    """With its interval; a dash where the log doesn't define it."""
    if value is None:
        return "-"
    said = f"{value:{sign}.{digits}f}"
    if interval is None:
        return said
    low, high = interval
    return f"{said} ({low:{sign}.{digits}f} to {high:{sign}.{digits}f})"
