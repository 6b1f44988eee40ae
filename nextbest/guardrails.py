"""`nextbest guardrails`: complaints, bounces and unsubscriptions against their limits."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nextbest.output import Json, iso_time, print_json, print_table

if TYPE_CHECKING:
    from runtime.settings import Settings
    from senders.guardrails.imported import Imported
    from senders.guardrails.judging import Finding
    from senders.guardrails.watch import Report

app = typer.Typer(
    invoke_without_command=True,
    help="Show complaints, bounces and unsubscriptions against their limits.",
)
_COLUMNS = (
    "stream",
    "message",
    "provider",
    "rate of",
    "accepted",
    "count",
    "of",
    "rate",
    "surely above",
)


@app.callback()
def show(
    context: typer.Context,
    every: Annotated[
        bool, typer.Option("--all", help="Each message at each provider too, and what is few.")
    ] = False,
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Show each stream's, message's and provider's rates, and whether they are too high.

    Accepted says that a server took the mail, not that anybody has it in their inbox. Unknown is
    not zero: that provider reports no complaints, and no rate was imported.

    Example: nextbest guardrails
    """
    if context.invoked_subcommand is not None:
        return
    from runtime.settings import load_settings

    report = asyncio.run(_look(load_settings()))
    if as_json:
        print_json(_as_json(report))
        return
    rows = [_row(each, report) for each in report.findings if every or _of_note(each)]
    print_table("Guardrails", (*_COLUMNS, "state"), rows)
    for stream, why in report.stops.items():
        where = f" of {why.message or 'all messages'} at {why.provider or 'all providers'}"
        print(
            f"{stream} is stopped since {iso_time(why.at_ms)}: {why.events:g} {why.kind}{where}, "
            f"surely above {why.bound:.3%}. `nextbest resume stream:{stream}` lets it go."
        )


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV: date,provider,complaint_rate[,stream][,message][,accepted]",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
) -> None:
    """Import complaint rates of a provider that reports no complaints, as Postmaster Tools do.

    A rate is a share (0.001 for 0.1 %) of a day's mails: of `accepted`, or else of as many as we
    count for that day. It holds for all streams unless one is named. A day imported again is
    replaced; a file that isn't right in every line is refused as a whole.

    Example: nextbest guardrails import postmaster.csv
    """
    import time

    from nextbest.rate_file import read_rates
    from runtime.settings import load_settings

    settings = load_settings()
    now_ms = time.time_ns() // 1_000_000
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        rates = read_rates(lines, now_ms)
    asyncio.run(_store(settings, rates))
    print(f"{len(rates):,} rates imported; `nextbest guardrails` shows what follows from them.")


async def _look(settings: "Settings") -> "Report":
    from nextbest.connections import open_ledger, open_state
    from senders.clock import pipeline_clock
    from senders.guardrails.limits import rules_of
    from senders.guardrails.watch import look

    async with open_ledger(settings) as ledger, open_state(settings) as state:
        now_ms = await pipeline_clock(settings, state).now_ms()
        return await look(ledger, settings.namespace, rules_of(settings.guardrails), now_ms)


async def _store(settings: "Settings", rates: "list[Imported]") -> None:
    from nextbest.connections import open_ledger
    from senders.guardrails.imported import store

    async with open_ledger(settings) as ledger:
        await store(ledger, settings.namespace, rates)


def _of_note(finding: "Finding") -> bool:
    place = finding.place
    pair = bool(place.message and place.provider)
    return finding.state in ("warn", "stop") or not (pair or finding.state == "too_few")


def _state(finding: "Finding", report: "Report") -> str:
    if finding.state == "stop":
        return "stopped" if finding.place.stream in report.stops else "above stop"
    return finding.state.replace("_", " ")


def _row(finding: "Finding", report: "Report") -> list[Any]:
    place, rate, bound = finding.place, finding.rate, finding.bound
    state = _state(finding, report)
    if finding.imported_day is not None:
        state += f" (imported, {_age_days(finding, report)} d old)"
    return [
        place.stream,
        place.message or "all",
        place.provider or "all",
        finding.kind,
        finding.accepted,
        f"{finding.events:g}" if rate is not None else "unknown",
        f"{finding.of:g}" if rate is not None else "",
        f"{rate:.3%}" if rate is not None else "unknown",
        f"{bound:.3%}" if bound is not None else "unknown",
        state,
    ]


def _age_days(finding: "Finding", report: "Report") -> int | None:
    from senders.guardrails.counts import day_of

    return None if finding.imported_day is None else day_of(report.at_ms) - finding.imported_day


def _as_json(report: "Report") -> dict[str, Any]:
    from msgspec import to_builtins

    rows = [
        {
            "stream": each.place.stream,
            "message": each.place.message or None,
            "provider": each.place.provider or None,
            "kind": each.kind,
            "accepted": each.accepted,
            "count": None if each.rate is None else each.events,
            "of": None if each.rate is None else each.of,
            "rate": each.rate,
            "lower_bound": each.bound,
            "state": _state(each, report).replace(" ", "_"),
            "imported_days_old": _age_days(each, report),
        }
        for each in report.findings
    ]
    return {"rates": rows, "stopped": to_builtins(report.stops)}
