"""`nextbest evaluate`: judge what the product's own learners make of a log."""

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from nextbest.evaluate_bandit import bandit
from nextbest.evaluate_next_item import next_item
from nextbest.evaluate_purchases import purchases
from nextbest.output import Json, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Judge the product's own learners on a log of yours.")
app.command()(bandit)
app.command()(next_item)
app.command()(purchases)

LogFile = Annotated[
    Path, typer.Argument(metavar="LOG.csv", exists=True, dir_okay=False, readable=True)
]


@app.command()
def sendtime(
    log: LogFile,
    permutations: Annotated[
        int, typer.Option(min=99, help="Shuffled copies of the log to compare with.")
    ] = 199,
    seed: Annotated[int, typer.Option(help="The same seed shuffles alike.")] = 0,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Tell whether choosing the time of sending by what was learned pays.

    The log has the columns sent_at, slot, clicked and, if known, person. It is passed once; what is
    learned before a send says which slot it would have chosen. Only a lift that hardly any
    shuffled copy reaches is called found.

    Example: nextbest evaluate sendtime sends.csv
    """
    from evaluation.sendtime import evaluate
    from evaluation.sendtime_log import read_send_log

    result = evaluate(read_send_log(log), permutations=permutations, seed=seed)
    if as_json:
        print_json(dataclasses.asdict(result))
        return
    print_table(
        log.name,
        ["slot", "sent", "clicked", "rate"],
        ([s.slot, f"{s.sent:,}", f"{s.clicked:,}", f"{s.rate:.2%}"] for s in result.slots),
    )
    low, high = result.ci95
    typer.echo(
        f"as sent {result.click_rate:.2%}, in the slots chosen {result.chosen_click_rate:.2%}: "
        f"lift {result.lift:+.1%} (95 %: {low:+.1%} to {high:+.1%}), {result.matched:,} sends "
        f"matched.\nLogs shuffled {result.shuffled}: lift {result.shuffled_lift:+.1%}; "
        f"p = {result.p_value:.3f}."
    )
    typer.echo("Found: the time matters." if result.found else "Nothing found.")
