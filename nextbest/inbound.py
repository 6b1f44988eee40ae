"""`nextbest inbound`: the role that takes bounces and complaints, and reading them by hand."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(invoke_without_command=True)

EXIT_UNREADABLE = 1


@app.callback()
def inbound(context: typer.Context) -> None:
    """Take bounces and complaints by LMTP or SMTP, and write what follows from them.

    Point the MX of the return path's domain here, or have your MTA hand its mail over by LMTP. A
    mail is answered 250 only when its suppression and its event are written.

    Example: NEXTBEST_INBOUND__PORT=2424 nextbest inbound
    """
    if context.invoked_subcommand is not None:
        return
    from nextbest.roles import prepare
    from senders.inbound.role import inbound_problems, run

    run(prepare("inbound", inbound_problems))


@app.command()
def parse(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Mails, or mbox files; - for stdin.")
    ],
) -> None:
    """Print what each mail says, one JSON line for each; nothing is connected to.

    `kind` is hard, soft, complaint or none. The exit status is 1 where a file could not be read.

    Example: nextbest inbound parse bounce.eml
    """
    from senders.inbound.mbox import mails
    from senders.inbound.parse import parse as parse_mail

    unreadable = False
    for file in files:
        try:
            data = _read(file)
        except OSError as error:
            print(f"nextbest: {file}: {error.strerror or error}", file=sys.stderr)
            unreadable = True
            _print(
                {
                    "file": file,
                    "recipient": None,
                    "kind": "none",
                    "status": None,
                    "reason": "unreadable",
                }
            )
            continue
        for mail in mails(data):
            report = parse_mail(mail)
            _print(
                {
                    "file": file,
                    "recipient": report.recipient or None,
                    "kind": report.kind,
                    "status": report.status or None,
                    "reason": report.reason,
                }
            )
    if unreadable:
        raise typer.Exit(EXIT_UNREADABLE)


def _read(file: str) -> bytes:
    from senders.inbound.mbox import MAX_BYTES

    if file == "-":
        return sys.stdin.buffer.read(MAX_BYTES)
    with Path(file).open("rb") as opened:
        return opened.read(MAX_BYTES)


def _print(line: dict[str, str | None]) -> None:
    print(json.dumps(line, ensure_ascii=False))
