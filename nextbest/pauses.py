"""`nextbest pause` and `resume`: hold back all mail, or one flow's, and let it go again."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from nextbest.output import Json, print_json

if TYPE_CHECKING:
    from runtime.settings import Settings

What = Annotated[str, typer.Argument(metavar="[FLOW|all]", help="A flow's name, or all.")]


def pause(
    what: What = "all",
    list_only: Annotated[bool, typer.Option("--list", help="Only say what is paused.")] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Hold back all mail, or one flow's, from this moment on.

    Senders look right before handing a mail over; profiles and decisions go on. A decision whose
    time runs out meanwhile expires.

    Example: nextbest pause cart_abandonment
    """
    _change(None if list_only else True, what, as_json)


def resume(what: What = "all", as_json: Annotated[bool, Json] = False) -> None:
    """Lift the pause of everything, or of one flow.

    Lifting the pause of everything leaves flows that were paused by name as they are.

    Example: nextbest resume cart_abandonment
    """
    _change(False, what, as_json)


def _change(pausing: bool | None, what: str, as_json: bool) -> None:
    from runtime.settings import load_settings

    settings = load_settings()
    flow = None if what == "all" else what
    if pausing and flow is not None:
        _check_flow(settings, flow)
    paused = asyncio.run(_apply(settings, pausing, flow))
    if as_json:
        print_json(paused)
    else:
        print("paused: " + (", ".join(paused) or "nothing"))


async def _apply(settings: "Settings", pausing: bool | None, flow: str | None) -> list[str]:
    from nextbest.connections import open_ledger
    from runtime.pauses import Pauses

    async with open_ledger(settings) as ledger:
        pauses = Pauses(ledger, settings.namespace)
        if pausing is True:
            await pauses.pause(flow)
        elif pausing is False:
            await pauses.resume(flow)
        return await pauses.all()


def _check_flow(settings: "Settings", flow: str) -> None:
    """Refuse a misspelt flow: a pause that holds back nothing is worse than an error."""
    from models.programme import parse_programme

    path = settings.programme_dir / "flows.yaml"
    if not path.is_file():
        return  # paused from a machine without the programme: the operator knows the name
    known = sorted(parse_programme(path.read_text(encoding="utf-8")).flows)
    if flow not in known:
        raise typer.BadParameter(f"there is no flow {flow!r}; there are {', '.join(known)}")
