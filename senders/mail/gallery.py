"""Every message with made-up content, as HTML files to look at in a browser.

Four cases of each: all there is, an offer with a code, German formats with long names, and nothing
at all. Pictures are drawn, so that nothing is fetched.
"""

import re
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Final

from senders.mail.message_kinds import fitting, message_of, read_flows
from senders.mail.rendering import Rendered, Templates
from senders.mail.samples import (
    BARE,
    CODED,
    FULL,
    LONG,
    PICTURES,
    Sample,
    variables_of,
)

GERMAN_LONG: Final = Sample(
    "long", LONG.content, person={**LONG.person, "locale": "de-DE"}, segments=LONG.segments
)
_PICTURE: Final = re.compile(re.escape(PICTURES) + r"(\w+)\.jpg")
_COLOURS: Final = ("#c9b79c", "#8aa399", "#b5838d", "#7d8597", "#a3b18a")


def write(flows_file: Path, templates_folder: Path, folder: Path) -> list[Path]:
    """Write the files, and `index.html` over them.

    Raises:
        BadTemplatesError: Templates are broken.
        UnrenderableError: A message can't be rendered.
        OSError: The folder can't be written.
    """
    templates, flows = Templates(templates_folder), read_flows(flows_file)
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    rows: list[str] = []
    for name in templates.names:
        message = message_of(name, templates_folder, flows)
        for sample in (FULL, CODED, GERMAN_LONG, BARE):
            given = variables_of(fitting(sample, message), name, message.kind)
            rendered = templates.render(name, given)
            path = folder / f"{name}-{sample.name}.html"
            path.write_text(_drawn(rendered.html), encoding="utf-8")
            path.with_suffix(".txt").write_text(rendered.text, encoding="utf-8")
            written.append(path)
            rows.append(_row(path.name, rendered))
    index = folder / "index.html"
    index.write_text(_index(rows), encoding="utf-8")
    return [*written, index]


def _row(name: str, rendered: Rendered) -> str:
    return (
        f'<tr><td><a href="{name}">{name.removesuffix(".html")}</a></td>'
        f"<td>{escape(rendered.subject)}</td><td>{escape(rendered.preheader)}</td>"
        f"<td>{rendered.size:,} bytes</td></tr>"
    )


def _index(rows: list[str]) -> str:
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Messages</title>'
        "<style>body{font:15px/1.5 system-ui;margin:2rem}td{padding:.3rem 1rem .3rem 0}</style>"
        f"<h1>Messages</h1><table>{''.join(rows)}</table></html>\n"
    )


def _drawn(html: str) -> str:
    return _PICTURE.sub(lambda match: _picture(match[1]), html)


def _picture(name: str) -> str:
    colour = _COLOURS[sum(name.encode()) % len(_COLOURS)]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="600" height="600">'
        f'<rect width="600" height="600" fill="{colour}"/>'
        f'<circle cx="300" cy="240" r="130" fill="#ffffff" fill-opacity=".35"/>'
        f'<rect x="190" y="400" width="220" height="26" rx="13" fill="#ffffff" '
        f'fill-opacity=".5"/></svg>'
    )
    return "data:image/svg+xml;base64," + b64encode(svg.encode()).decode()
