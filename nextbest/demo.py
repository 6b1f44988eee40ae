"""`nextbest demo`, `up` and `down`: the whole pipeline on embedded servers."""

import importlib
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.errors import StopError

Shoppers = Annotated[int, typer.Option(min=1, help="How many people shop.")]
Events = Annotated[int, typer.Option(min=1, help="About how many events they emit, at least.")]
Weeks = Annotated[float, typer.Option(min=0.1, help="How long they do, in simulated weeks.")]
Seed = Annotated[int, typer.Option(help="Other people, other habits.")]
DataDir = Annotated[Path, typer.Option(metavar="FOLDER", help="For report, mails and logs.")]

HERE = Path("var")


class NoDemoError(StopError):
    """What the demo runs on isn't installed."""


def demo(
    shoppers: Shoppers = 2_000,
    events: Events = 100_000,
    weeks: Weeks = 3.0,
    seed: Seed = 1,
    data_dir: DataDir = HERE,
) -> None:
    """Watch shoppers' events become decisions, and decisions emails in an inbox.

    Broker, Redis and inbox run embedded, every role as a process of its own. Ends by itself within
    minutes; the report is at var/demo/report.json. Exit status 0 only if no event is unaccounted
    for, no mail came twice and none without consent.

    Example: nextbest demo --shoppers 200 --events 10000
    """
    _leave(
        _driver().run_demo(
            shoppers=shoppers, events=events, weeks=weeks, seed=seed, data_dir=data_dir
        )
    )


def up(
    shoppers: Shoppers = 2_000,
    events: Events = 100_000,
    weeks: Weeks = 3.0,
    seed: Seed = 1,
    data_dir: DataDir = HERE,
) -> None:
    """Run the demo and stay, until Ctrl-C or `nextbest down`."""
    _leave(
        _driver().run_up(
            shoppers=shoppers, events=events, weeks=weeks, seed=seed, data_dir=data_dir
        )
    )


def down(data_dir: DataDir = HERE) -> None:
    """End what `nextbest up` started."""
    _leave(_driver().run_down(data_dir=data_dir))


def _leave(status: int) -> None:
    raise typer.Exit(status)


def _driver() -> Any:
    # By name: the command line may know nothing of what stands behind it, and only here does it
    # start it.
    try:
        return importlib.import_module("deploy.demo.run")
    except ModuleNotFoundError as error:
        raise NoDemoError(
            f"the demo needs {error.name}, which isn't installed: pip install 'nextbest[demo]'"
        ) from error
