"""`nextbest pause` and `resume`: hold back all mail, a flow's or a stream's, and let go again."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from nextbest.output import Json, print_json

if TYPE_CHECKING:
    from runtime.redis_client import Client
    from runtime.settings import Settings

What = Annotated[
    str,
    typer.Argument(
        metavar="[FLOW|stream:NAME|all]", help="A flow's name, a stream after stream:, or all."
    ),
]


def pause(
    what: What = "all",
    list_only: Annotated[bool, typer.Option("--list", help="Only say what is paused.")] = False,
    unchecked: Annotated[
        bool,
        typer.Option("--unchecked", help="Take the name as it is: the programme is elsewhere."),
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Hold back all mail, one flow's or one stream's, from this moment on.

    Senders look right before handing a mail over; profiles and decisions go on. A decision whose
    time runs out meanwhile expires.

    A flow that the programme in NEXTBEST_PROGRAMME_DIR doesn't have is refused, unless --unchecked
    says that senders follow another one. A programme that can't be read is no obstacle: the name
    is taken as it is, with a warning.

    Example: nextbest pause cart_abandonment
    """
    from runtime.settings import load_settings

    settings, flow = load_settings(), _flow(what)
    if flow is not None and not (list_only or unchecked or flow.startswith(_STREAM)):
        _check_flow(settings, flow)
    _print(asyncio.run(_pause(settings, flow, list_only=list_only)), as_json)


def resume(what: What = "all", as_json: Annotated[bool, Json] = False) -> None:
    """Lift the pause of everything, a flow or a stream; exit status 1 if it was not paused.

    Lifting the pause of everything leaves what was paused by name as it is. A stream that
    guardrails stopped goes on, and nothing of the mails that left before counts any more.

    Example: nextbest resume stream:marketing
    """
    from runtime.settings import load_settings

    was_paused, paused = asyncio.run(_resume(load_settings(), _flow(what)))
    _print(paused, as_json)
    if not was_paused:
        typer.echo(f"{what} was not paused, so nothing has changed", err=True)
        raise typer.Exit(1)


_STREAM = "stream:"


def _flow(what: str) -> str | None:
    return None if what == "all" else what


def _print(paused: list[str], as_json: bool) -> None:
    if as_json:
        print_json(paused)
    else:
        print("paused: " + (", ".join(paused) or "nothing"))


async def _pause(settings: "Settings", flow: str | None, *, list_only: bool) -> list[str]:
    from nextbest.connections import open_ledger
    from runtime.pauses import Pauses

    async with open_ledger(settings) as ledger:
        pauses = Pauses(ledger, settings.namespace)
        if not list_only:
            await pauses.pause(flow)
        return await pauses.all()


async def _resume(settings: "Settings", flow: str | None) -> tuple[bool, list[str]]:
    from nextbest.connections import open_ledger
    from runtime.pauses import Pauses

    async with open_ledger(settings) as ledger:
        pauses = Pauses(ledger, settings.namespace)
        if flow is not None and flow.startswith(_STREAM):
            was_paused = await _resume_stream(settings, ledger, flow.removeprefix(_STREAM))
        else:
            was_paused = await pauses.resume(flow)
        return was_paused, await pauses.all()


async def _resume_stream(settings: "Settings", ledger: "Client", stream: str) -> bool:
    from nextbest.connections import open_state
    from senders.clock import pipeline_clock
    from senders.guardrails.stops import resume as resume_stream

    async with open_state(settings) as state:
        now_ms = await pipeline_clock(settings, state).now_ms()
        return await resume_stream(ledger, settings.namespace, stream, now_ms)


def _check_flow(settings: "Settings", flow: str) -> None:
    """Refuse a misspelt flow: a pause that holds back nothing is worse than an error."""
    from models.errors import ProgrammeError
    from models.programme.reading import parse_programme
    from runtime.settings import FLOWS_FILE

    path = settings.programme_dir / FLOWS_FILE
    try:
        known = sorted(parse_programme(path.read_text(encoding="utf-8")).flows)
    except (OSError, UnicodeDecodeError, ProgrammeError) as error:
        why = "it is not there" if isinstance(error, FileNotFoundError) else str(error)
        typer.echo(
            f"whether there is a flow {flow!r} can't be told from {path}: {why}. It is paused by "
            "this name all the same; look that it is spelt as in the programme.",
            err=True,
        )
        return
    if flow not in known:
        raise typer.BadParameter(
            f"there is no flow {flow!r} in {path}; there are {', '.join(known)}. If senders follow "
            "another programme, name its folder with NEXTBEST_PROGRAMME_DIR, or add --unchecked."
        )
