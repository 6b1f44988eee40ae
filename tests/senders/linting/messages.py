"""Small messages for the tests of rules: whole but for what a test changes."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from senders.linting.lint import RULES, lint
from senders.linting.page import Page
from senders.linting.rule import Finding
from senders.mail.message_kinds import Message
from senders.mail.rendering import Rendered, Templates
from senders.mail.samples import CALM, variables_of

PLAIN = "A plain sentence about lamps that says enough for a text part of a mail."
REASON = "You get this mail because you signed up for news from {{ sender_name }}."
ADDRESS = "{% for line in postal_address %}{{ line }} {% endfor %}"
WAY_OUT = '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>'


def write(
    folder: Path,
    *,
    subject: str = "News about lamps",
    preheader: str = "What came in.",
    body: str = "",
    text: str | None = None,
    way_out: str = WAY_OUT,
    html: str | None = None,
    name: str = "news",
) -> None:
    """Write a message; `text` is what its text part says in place of `body`."""
    words = re.sub(r"<!--.*?-->|<[^<>]*>", "", body) if text is None else text
    (folder / f"{name}.txt.j2").write_text(
        f"{{% block subject %}}{subject}{{% endblock %}}\n"
        f"{{% block preheader %}}{preheader}{{% endblock %}}\n{PLAIN}\n\n{words}\n\n{REASON}\n\n"
        f"Unsubscribe: {{{{ unsubscribe_url }}}}\n\n{ADDRESS}\n",
        encoding="utf-8",
    )
    whole = (
        f'<!doctype html><html lang="en"><head><title>{{{{ subject }}}}</title></head><body>'
        f"<p>{PLAIN}</p><div>{body}</div><p>{REASON}</p>{way_out}<p>{ADDRESS}</p></body></html>"
    )
    (folder / f"{name}.html.j2").write_text(whole if html is None else html, encoding="utf-8")


@cache
def _calm() -> dict[str, Any]:
    return variables_of(CALM, "news")


def said(words: str, **told: str) -> set[str]:
    """Codes of what a body breaks, without templates; `told` are variables that hold something."""
    body = re.sub(r"<!--.*?-->|<[^<>]*>", "", words)
    given = {**_calm(), **told}
    address, out = " ".join(given["postal_address"]), given["unsubscribe_url"]
    reason = REASON.replace("{{ sender_name }}", given["sender_name"])
    rendered = Rendered(
        "News about lamps",
        f'<html lang="en"><p>{PLAIN}</p><div>{words}</div><p>{reason}</p>'
        f'<a href="{out}">Unsubscribe</a><p>{address}</p></html>',
        f"{PLAIN}\n\n{body}\n\n{reason}\n\n{out}\n\n{address}\n",
        "What came in.",
    )
    page = Page(Message("news"), "calm", given, rendered)
    return {rule.code for rule in RULES if any(True for _ in rule.find(page))}


def findings(folder: Path, flows: Any = None, **message: Any) -> list[Finding]:
    """What a message breaks."""
    write(folder, **message)
    return lint(Templates(folder), folder, flows)


def codes(folder: Path, flows: Any = None, **message: Any) -> set[str]:
    """Codes of what a message breaks."""
    return {finding.code for finding in findings(folder, flows, **message)}
