"""`nextbest lint`: whether messages do what they must and nothing they must not."""

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from nextbest.output import Json, print_json

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from senders.linting.rule import Finding
    from senders.mail.rendering import Templates


def lint(
    messages: Annotated[
        list[str] | None, typer.Argument(metavar="[MESSAGE]…", help="Messages; all where none.")
    ] = None,
    as_json: Annotated[bool, Json] = False,
    check_links: Annotated[
        bool,
        typer.Option("--check-links", help="Ask over HTTP whether templates' own links answer."),
    ] = False,
) -> None:
    """Hold the programme's messages against the rules that senders start by.

    Each message is rendered with made-up decisions, in every wording, with and without products,
    offers, names and a locale. Exit status 1 where any rule is broken that keeps mail from being
    sent; warnings alone give 0.

    Example: nextbest lint cart_reminder
    """
    from runtime.settings import FLOWS_FILE, load_settings
    from senders.linting.lint import lint as find
    from senders.mail.message_kinds import read_flows
    from senders.mail.rendering import FOLDER, Templates

    programme = load_settings().programme_dir
    folder = programme / FOLDER
    templates, flows = Templates(folder), read_flows(programme / FLOWS_FILE)
    names = named(templates, messages or [])
    found = find(templates, folder, flows, names)
    if check_links:
        found += asyncio.run(_dead(templates, folder, flows, names))
    errors = sum(finding.severity == "error" for finding in found)
    if as_json:
        counts = {"errors": errors, "warnings": len(found) - errors}
        print_json({"messages": names, **counts, "findings": [asdict(each) for each in found]})
    else:
        for finding in found:
            print(f"{finding.line()} [{finding.sample}]")
        print(f"{len(names)} messages, {errors} errors, {len(found) - errors} warnings")
    if errors:
        raise typer.Exit(1)


def named(templates: "Templates", wanted: list[str]) -> list[str]:
    """The messages wanted, all where none is; ends the command where there is no such message."""
    unknown = [name for name in wanted if name not in templates.names]
    if unknown:
        there = ", ".join(templates.names)
        typer.echo(f"there is no message {', '.join(unknown)}. There are: {there}", err=True)
        raise typer.Exit(1)
    return wanted or templates.names


async def _dead(
    templates: "Templates", folder: "Path", flows: "Any", names: list[str]
) -> list["Finding"]:
    from senders.errors import UnrenderableError
    from senders.linting.link_check import DEAD_LINK, own_links, unanswered
    from senders.linting.rule import Finding

    links: dict[str, set[str]] = {}
    for name in names:
        try:
            links[name] = own_links(templates, name, folder, flows)
        except UnrenderableError:
            continue  # found already
    dead = await unanswered(url for urls in links.values() for url in urls)
    return [
        Finding(name, DEAD_LINK.code, DEAD_LINK.severity, dead[url], "full", DEAD_LINK.why)
        for name, urls in links.items()
        for url in sorted(urls & set(dead))
    ]
