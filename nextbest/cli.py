"""`nextbest`: the commands put together, and errors turned into help and exit statuses.

Exit statuses: 0 done; 1 not found or not as it should be; 2 wrong settings or usage, or a reason
to stop; 65 a record that can't be used; 70 a stream role that had to end while running, or failed
or ran out of time while draining; 75 a passing condition, try again (sysexits.h); 130 Ctrl-C.
"""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from nextbest import (
    dead_letters,
    demo,
    dkim,
    evaluate,
    guardrails,
    inbound,
    offers,
    pauses,
    roles,
    show_decision,
    show_product,
    show_state,
    suppressions,
    topics,
)
from nextbest.emit import emit
from nextbest.interrupts import EXIT_INTERRUPTED
from nextbest.lint import lint
from nextbest.preflight import preflight
from nextbest.preview import preview
from nextbest.providers import providers
from nextbest.report import report
from nextbest.send_test import send_test
from nextbest.simulate import simulate
from nextbest.volume import volume
from schemas.errors import DeadLetterError, NextbestError, RetryError

EXIT_NOT_FOUND = 1
EXIT_STOP = 2
EXIT_BAD_DATA = 65
EXIT_TRY_AGAIN = 75

app = typer.Typer(
    name="nextbest",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Real-time email personalization: events in, the next best email out, once.\n\n"
    "Settings come from NEXTBEST_… variables and the file of --config; docs/settings.md lists "
    "them. Try it without any server of your own: [bold]nextbest demo[/bold].",
)

_ROLES = "Roles (each runs until SIGTERM)"
_DATA = "Data"
_LOOK = "Looking"
_CONTROL = "Control"
_MESSAGES = "Messages"
_TRY = "Trying it out"

app.command("intake", rich_help_panel=_ROLES)(roles.intake)
app.command("worker", rich_help_panel=_ROLES)(roles.worker)
app.command("trainer", rich_help_panel=_ROLES)(roles.trainer)
app.command("sender", rich_help_panel=_ROLES)(roles.sender)
app.command("web", rich_help_panel=_ROLES)(roles.web)
app.add_typer(inbound.app, name="inbound", rich_help_panel=_ROLES)
app.add_typer(topics.app, name="topics", rich_help_panel=_DATA)
app.command("emit", rich_help_panel=_DATA)(emit)
app.add_typer(dead_letters.app, name="dlq", rich_help_panel=_DATA)
app.add_typer(offers.app, name="offers", rich_help_panel=_DATA)

show = typer.Typer(
    no_args_is_help=True, help="Look at a subscriber, a decision, a product or timers."
)
show.command("subscriber")(show_state.subscriber)
show.command("decision")(show_decision.decision)
show.command("product")(show_product.product)
show.command("timers")(show_state.timers)
app.add_typer(show, name="show", rich_help_panel=_LOOK)

app.command("providers", rich_help_panel=_LOOK)(providers)
app.command("report", rich_help_panel=_LOOK)(report)
app.add_typer(evaluate.app, name="evaluate", rich_help_panel=_LOOK)
app.command("lint", rich_help_panel=_MESSAGES)(lint)
app.command("preview", rich_help_panel=_MESSAGES)(preview)
app.command("send-test", rich_help_panel=_MESSAGES)(send_test)
app.command("pause", rich_help_panel=_CONTROL)(pauses.pause)
app.command("resume", rich_help_panel=_CONTROL)(pauses.resume)
app.command("volume", rich_help_panel=_CONTROL)(volume)
app.add_typer(suppressions.app, name="suppressions", rich_help_panel=_CONTROL)
app.add_typer(guardrails.app, name="guardrails", rich_help_panel=_CONTROL)
app.command("preflight", rich_help_panel=_CONTROL)(preflight)
app.add_typer(dkim.app, name="dkim", rich_help_panel=_CONTROL)
app.command("simulate", rich_help_panel=_TRY)(simulate)
app.command("demo", rich_help_panel=_TRY)(demo.demo)
app.command("up", rich_help_panel=_TRY)(demo.up)
app.command("down", rich_help_panel=_TRY)(demo.down)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(version("nextbest"))
        raise typer.Exit


@app.callback()
def options(
    config: Annotated[
        Path | None,
        typer.Option(help="TOML file of settings; the same as NEXTBEST_CONFIG.", metavar="FILE"),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Hold the options of every command."""
    del version
    if config is not None:
        os.environ["NEXTBEST_CONFIG"] = str(config)


def exit_status(error: NextbestError) -> int:
    """Give the process's exit status for an error."""
    if isinstance(error, RetryError):
        return EXIT_TRY_AGAIN
    if isinstance(error, DeadLetterError):
        return EXIT_BAD_DATA
    return EXIT_STOP


def main() -> None:
    """Run the command line; errors of ours end it with their message, not with a traceback."""
    try:
        app()
    except NextbestError as error:
        print(f"nextbest: {error}", file=sys.stderr)
        sys.exit(exit_status(error))
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
