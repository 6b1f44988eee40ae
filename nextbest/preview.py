"""`nextbest preview`: a message as it would be sent, to one person or with made-up content."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nextbest.output import Json, mask_address, print_json, print_table

if TYPE_CHECKING:
    from runtime.settings import Settings
    from senders.mail.rendering import Rendered, Templates


def preview(
    message: Annotated[
        str | None, typer.Argument(metavar="MESSAGE", help="The message's name.")
    ] = None,
    subscriber: Annotated[
        str | None,
        typer.Option("--subscriber", metavar="ID", help="For whom; made-up content without."),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the HTML into a file.")
    ] = None,
    text: Annotated[bool, typer.Option("--text", help="Print the text part and nothing else.")] = (
        False
    ),
    as_json: Annotated[bool, Json] = False,
    open_it: Annotated[bool, typer.Option("--open", help="Open the HTML in a browser.")] = False,
    gallery: Annotated[
        Path | None,
        typer.Option("--gallery", metavar="DIR", help="Write all messages with made-up content."),
    ] = None,
) -> None:
    """Show a message as it would be sent now, from the state as it is; nothing is sent or written.

    What the person's last decision of this message chose, with what is still true of it; without
    such a decision, what is known of the person. Says what would become of the mail now.

    Examples:
    nextbest preview cart_reminder --subscriber 4711 --html /tmp/mail.html;
    nextbest preview --gallery /tmp/messages
    """
    from nextbest.lint import named
    from runtime.settings import FLOWS_FILE, load_settings
    from senders.mail.rendering import FOLDER, Templates

    settings = load_settings()
    folder = settings.programme_dir / FOLDER
    templates = Templates(folder)
    if gallery is not None:
        from senders.mail.gallery import write

        with _writing("--gallery", gallery):
            written = write(settings.programme_dir / FLOWS_FILE, folder, gallery)
        print(f"{len(written)} files in {gallery}; begin with {written[-1]}")
        return
    if message is None:
        raise typer.BadParameter("name a MESSAGE, or --gallery DIR for all of them")
    named(templates, [message])
    if subscriber is None:
        rendered, told = _made_up(settings, templates, message)
    else:
        rendered, told = _real(settings, message, subscriber)
    if html is None and open_it:
        from tempfile import mkstemp

        html = Path(mkstemp(prefix=f"{message}-", suffix=".html")[1])
    if html is not None:
        with _writing("--html", html):
            html.write_text(rendered.html, encoding="utf-8")
    _show(rendered, told, text=text, as_json=as_json, html=html)
    if open_it and html is not None:
        typer.launch(html.absolute().as_uri())


@contextmanager
def _writing(option: str, path: Path) -> Iterator[None]:
    """Have a file or folder that can't be written end the command with a line that says so."""
    try:
        yield
    except OSError as error:
        raise typer.BadParameter(f"{option}: {path} can't be written: {error.strerror}") from None


def _made_up(
    settings: "Settings", templates: "Templates", message: str
) -> "tuple[Rendered, dict[str, Any]]":
    from runtime.settings import FLOWS_FILE
    from senders.mail.message_kinds import fitting, message_of, read_flows
    from senders.mail.rendering import FOLDER
    from senders.mail.samples import FULL, variables_of

    flows = read_flows(settings.programme_dir / FLOWS_FILE)
    known = message_of(message, settings.programme_dir / FOLDER, flows)
    rendered = templates.render(message, variables_of(fitting(FULL, known), message, known.kind))
    made = {"source": "made up", "kind": known.kind, "stream": known.stream, "topic": known.topic}
    return rendered, {"message": message, **made}


def _real(settings: "Settings", message: str, subscriber: str) -> "tuple[Rendered, dict[str, Any]]":
    from nextbest.preview_state import preview as find

    found = asyncio.run(find(settings, message, subscriber))
    if found is None:
        typer.echo(
            f"no contact is known of {subscriber!r}, so no mail can go to them. Someone not yet "
            "known has the id anon:…; `nextbest show subscriber` tells what is there.",
            err=True,
        )
        raise typer.Exit(1)
    decision, contact = found.decision, found.contact
    source = (
        f"decision {decision['decision_id']}"
        if found.source == "decision"
        else "no decision of this message; put together from the profile"
    )
    return found.words.rendered, {
        "message": message,
        "subscriber_id": subscriber,
        "to": mask_address(contact["address"] or ""),
        "locale": contact["locale"],
        "source": source,
        "kind": decision["kind"],
        "stream": decision["stream"],
        "topic": decision["topic"],
        "would": found.verdict,
        "worded_otherwise": dict(found.words.instead),
    }


def _show(
    rendered: "Rendered", told: dict[str, Any], *, text: bool, as_json: bool, html: Path | None
) -> None:
    told = {**told, "subject": rendered.subject, "preheader": rendered.preheader}
    told["html_bytes"] = rendered.size
    if html is not None:
        told["html_file"] = str(html)
    if as_json:
        print_json({**told, "text": rendered.text, "html": rendered.html})
    elif text:
        print(rendered.text, end="")
    else:
        print_table("preview", ("what", ""), list(told.items()))
        print(rendered.text, end="")
