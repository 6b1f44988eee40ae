"""`nextbest preflight`: whether a production set-up is fit to send to everybody."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from nextbest.output import Json, print_json, print_table

if TYPE_CHECKING:
    from pathlib import Path

    from runtime.settings import Settings
    from senders.preflight.record import Report

EXIT_FAILED = 1
DNS_PORT = 53


def preflight(
    override: Annotated[
        list[str] | None,
        typer.Option(help="Let a check pass, whatever it finds; by its name.", metavar="NAME"),
    ] = None,
    ip: Annotated[
        list[str] | None,
        typer.Option(help="Address that mail leaves from, on the direct route.", metavar="ADDRESS"),
    ] = None,
    nameserver: Annotated[
        str, typer.Option(help="Whom to ask instead of this machine's DNS.", metavar="IP[:PORT]")
    ] = "",
    cafile: Annotated[
        str, typer.Option(help="PEM file of the authorities to trust for the public URL.")
    ] = "",
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Check what receivers will look at, before mail goes to everybody; exit status 1 if it fails.

    Looks at the From domain, SPF, DKIM, DMARC and whether they agree, TLS to the relay, the names
    of addresses on the direct route, the return path, and one-click unsubscription over HTTPS,
    which it tries with a link of nobody's. Senders whose allow-list holds * start only once this
    has passed with the same settings, or what failed was overridden by its name.

    Example: nextbest preflight --override spf
    """
    from nextbest.roles import prepare
    from runtime.setting_values import PREFLIGHT_CHECKS
    from runtime.start import identity_problems
    from senders.signing.keys import signing_problems

    unknown = sorted(set(override or ()) - set(PREFLIGHT_CHECKS))
    if unknown:
        raise typer.BadParameter(
            f"no check is called {', '.join(unknown)}; there are {', '.join(PREFLIGHT_CHECKS)}",
            param_hint="--override",
        )
    settings = prepare("preflight", identity_problems, signing_problems)
    overrides = sorted({*(override or ()), *settings.sender.preflight_overrides})
    report = asyncio.run(_run(settings, overrides, ip or [], nameserver, cafile))
    _print(report, as_json)
    if report.failed():
        raise typer.Exit(EXIT_FAILED)


async def _run(
    settings: "Settings", overrides: list[str], ips: list[str], nameserver: str, cafile: str
) -> "Report":
    import ssl

    from nextbest.connections import open_ledger
    from senders.preflight.names import DnsNames
    from senders.preflight.record import save
    from senders.preflight.run import World, run_checks
    from senders.preflight.target import sends_directly

    host, _, port = nameserver.partition(":")
    relay_cafile: Path | None = settings.sender.smtp_cafile
    async with open_ledger(settings) as ledger:
        world = World(
            DnsNames([host] if host else [], int(port or DNS_PORT)),
            ledger,
            ssl.create_default_context(cafile=str(relay_cafile) if relay_cafile else None),
            ssl.create_default_context(cafile=cafile or None),
            ips,
        )
        direct = sends_directly(settings)
        report = await run_checks(settings, world, overrides, direct=direct)
        await save(ledger, settings.namespace, report)
    return report


def _print(report: "Report", as_json: bool) -> None:
    stopping = report.failed()
    if as_json:
        import msgspec

        print_json({**msgspec.to_builtins(report), "passed": not stopping})
        return
    rows = []
    for one in report.findings:
        let = one.check in report.overridden and one.outcome == "fail"
        rows.append((one.check, "overridden" if let else one.outcome.value, one.found, one.do))
    print_table("preflight", ("check", "outcome", "found", "to do"), rows)
    print(
        f"Not fit to send to everybody: {', '.join(one.check for one in stopping)}."
        if stopping
        else "Fit to send to everybody."
    )
