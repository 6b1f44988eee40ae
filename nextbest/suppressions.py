"""`nextbest suppressions`: who must not be mailed, by hash of the address."""

import asyncio
import csv
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from nextbest.output import Json, iso_time, print_json

if TYPE_CHECKING:
    from runtime.redis_client import Client

app = typer.Typer(
    no_args_is_help=True, help="Who must not be mailed: add, import, show, remove, export."
)
Address = Annotated[str, typer.Argument(metavar="ADDRESS", help="An address, or its SHA-256.")]
Answer = TypeVar("Answer")


@app.command("import")
def import_(
    file: Annotated[
        Path,
        typer.Argument(
            help="One address or SHA-256 a line, or CSV with a header address, email or sha256.",
            exists=True,
            dir_okay=False,
            readable=True,
        ),
    ],
    reason: Annotated[
        str, typer.Option(help="Why: a reason as in docs/operations.md.")
    ] = "imported",
) -> None:
    """Put a list of addresses on record; exit status 1 if some lines were no addresses.

    Those are listed by number; all others are in force. Doing it again changes nothing.

    Example: nextbest suppressions import former-esp.csv --reason complaint
    """
    from nextbest.suppression_file import decode_list, read_list
    from senders.recipients.suppression_lists import put

    _check_reason(reason)
    listed = read_list(decode_list(file.read_bytes()))

    async def write(ledger: "Client", namespace: str) -> int:
        return await put(ledger, namespace, listed.digests, reason, _now_ms())

    new = _with_ledger(write)
    print(f"{len(listed.digests):,} addresses are on record as {reason}; {new:,} of them are new.")
    if listed.bad_lines:
        listing = "".join(f"\n  - {line}" for line in listed.bad_lines)
        typer.echo(f"{len(listed.bad_lines):,} line(s) were left out:{listing}", err=True)
        raise typer.Exit(1)


@app.command()
def add(
    address: Address,
    reason: Annotated[str, typer.Option(help="Why: a reason as in docs/operations.md.")] = "manual",
) -> None:
    """Put one address on record.

    Example: nextbest suppressions add ann@example.com
    """
    from senders.recipients.suppression_lists import put

    _check_reason(reason)
    digest = _digest(address)

    async def write(ledger: "Client", namespace: str) -> int:
        return await put(ledger, namespace, [digest], reason, _now_ms())

    new = _with_ledger(write)
    print(f"{digest} {'is' if new else 'was'} on record as {reason}")


@app.command()
def remove(
    address: Address,
    reason: Annotated[str, typer.Option(help="Why it is taken off; kept, so name nobody.")],
    force: Annotated[
        bool, typer.Option("--force", help="Take off complaints and dead mailboxes too.")
    ] = False,
) -> None:
    """Take an address off the record; exit status 1 if it is not on it, or must stay.

    Who withdrew consent is not mailed for that: their contact says so too.

    Example: nextbest suppressions remove ann@example.com --reason "typo in the list of May"
    """
    from senders.recipients.suppression_lists import PROTECTED, read
    from senders.recipients.suppression_lists import remove as take_off

    digest = _digest(address)

    async def write(ledger: "Client", namespace: str) -> set[str]:
        found = set(await read(ledger, namespace, digest))
        if found and (force or not found & PROTECTED):
            await take_off(ledger, namespace, digest, found, reason, _now_ms())
        return found

    found = _with_ledger(write)
    if not found:
        typer.echo(f"{digest} is not on record", err=True)
        raise typer.Exit(1)
    if not force and found & PROTECTED:
        typer.echo(
            f"{digest} is on record as {', '.join(sorted(found))}. Mailing it again harms the "
            "sender's reputation; --force takes it off all the same. Nothing has changed.",
            err=True,
        )
        raise typer.Exit(1)
    print(f"{digest} is no longer on record as {', '.join(sorted(found))}")


@app.command()
def show(address: Address, as_json: Annotated[bool, Json] = False) -> None:
    """Show what is on record against an address; exit status 1 if nothing is.

    What is on record against a person, whatever their address, is not shown.

    Example: nextbest suppressions show ann@example.com
    """
    from senders.recipients.suppression_lists import REASONS, read

    digest = _digest(address)

    async def look(ledger: "Client", namespace: str) -> dict[str, int]:
        return await read(ledger, namespace, digest)

    found = _with_ledger(look)
    if as_json:
        print_json({"sha256": digest, "reasons": found})
    else:
        for reason, at_ms in sorted(found.items()):
            meaning = REASONS.get(reason, "")
            print(f"{reason} since {iso_time(at_ms)}{': ' if meaning else ''}{meaning}")
    if not found:
        typer.echo(f"nothing is on record against {digest}", err=True)
        raise typer.Exit(1)


@app.command()
def export() -> None:
    """Write all that is on record as CSV: sha256, reason, since. No addresses are known.

    Example: nextbest suppressions export > suppressed.csv
    """
    from senders.recipients.suppression_lists import every

    async def write(ledger: "Client", namespace: str) -> None:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(("sha256", "reason", "since"))
        async for digest, reason, at_ms in every(ledger, namespace):
            writer.writerow((digest, reason, iso_time(at_ms)))

    _with_ledger(write)


def _with_ledger(work: "Callable[[Client, str], Awaitable[Answer]]") -> Answer:
    from nextbest.connections import open_ledger
    from runtime.settings import load_settings

    settings = load_settings()

    async def connected() -> Answer:
        async with open_ledger(settings) as ledger:
            return await work(ledger, settings.namespace)

    return asyncio.run(connected())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _digest(address: str) -> str:
    from nextbest.suppression_file import digest_of_entry

    digest = digest_of_entry(address)
    if digest is None:
        raise typer.BadParameter("that is neither an address nor a SHA-256 in hex")
    return digest


def _check_reason(reason: str) -> None:
    from senders.recipients.suppression_lists import REASONS

    if reason not in REASONS:
        raise typer.BadParameter(f"{reason!r} is no reason; there are {', '.join(REASONS)}")
