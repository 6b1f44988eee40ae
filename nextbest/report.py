"""`nextbest report`: what was sent to whom, and what came of it, by segment and more."""

from collections.abc import Iterator
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nextbest.output import Json, parse_time_ms, print_json, print_table

if TYPE_CHECKING:
    from nextbest.outcome_sums import Interval, Sums
    from runtime.settings import Settings

_COLUMNS = ("decisions", "mails", "clicked", "clicked_%", "orders", "revenue", "left", "value")


class By(StrEnum):
    """What outcomes are told apart by."""

    SEGMENT = "segment"
    FLOW = "flow"
    ARM = "arm"
    CLUSTER = "cluster"


def report(
    by: Annotated[By, typer.Option(help="What to tell apart.")] = By.SEGMENT,
    flow: Annotated[
        str | None, typer.Option(metavar="FLOW", help="Only this flow's decisions.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="TIME", help="Only decisions from then on.")
    ] = None,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Add up what came of decisions, as far back as the topic `outcomes` reaches.

    A decision is counted once its week is over, in each segment that its person was in at that
    time. `orders` and `revenue` are those credited to the mails; `value` is the mean net value of
    a decision's window, whether mailed or held, with its 95 % interval. Exit status 1 if there
    are none.

    Example: nextbest report --by segment --flow win_back --since 2026-05-01
    """
    from nextbest.outcome_sums import outcomes_by
    from runtime.settings import load_settings

    since_ms = parse_time_ms(since) if since is not None else 0
    gathered = outcomes_by(_outcomes(load_settings()), by.value, flow=flow, since_ms=since_ms)
    rows = gathered.sums()
    if as_json:
        print_json({row.group: asdict(row) for row in rows})
    elif rows:
        print_table(f"By {by.value}", (by.value, *_COLUMNS), (_cells(row) for row in rows))
    if gathered.strays:
        typer.echo(f"{gathered.strays} corrections of outcomes that aren't kept any more", err=True)
    if not rows:
        typer.echo("no such decision's week is over yet, or the topic has forgotten it", err=True)
        raise typer.Exit(1)


def _outcomes(settings: "Settings") -> Iterator[dict[str, Any]]:
    from nextbest.connections import codec, read_whole, topology
    from schemas.errors import DeadLetterError

    decode = codec(settings).decode
    for stored in read_whole(settings, topology(settings).for_record("outcome")):
        try:
            name, record = decode(stored.value or b"")
        except DeadLetterError:
            continue  # the trainer puts it aside, and tells
        if name == "outcome":
            yield record


def _cells(row: "Sums") -> list[str]:
    share = "" if row.clicked_share is None else f"{100 * row.clicked_share:.1f}"
    within = _within(row.clicked_within, 100.0, 1)
    return [
        row.group,
        *(f"{count:,}" for count in (row.decisions, row.mails, row.clicked)),
        f"{share}{within}",
        f"{row.orders:,}",
        f"{row.revenue:,.2f}",
        f"{row.left:,}",
        f"{row.value:.3f}{_within(row.value_within, 1.0, 3)}",
    ]


def _within(interval: "Interval | None", scale: float, digits: int) -> str:
    if interval is None:
        return ""
    low, high = (scale * bound for bound in interval)
    return f" ({low:.{digits}f} to {high:.{digits}f})"
