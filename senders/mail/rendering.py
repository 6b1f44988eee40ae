"""Templates to subject, HTML and text: Jinja2 in a sandbox, a missing variable is an error.

A message `welcome` is two files: `welcome.txt.j2` with the blocks `subject` and `preheader`, and
`welcome.html.j2`; both extend a layout. Styles stand in the layout and are inlined, since several
mail readers drop style sheets: once at start where their selectors allow it, else in each mail. A
text template that extends a layout without writing a `body` gets it from the HTML.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader, Template, TemplateError, nodes
from jinja2.runtime import Context

from runtime.settings import Read
from senders.errors import BadTemplatesError, UnrenderableError
from senders.mail.plain_text import to_text
from senders.mail.sandbox import HTML, Sandbox
from senders.mail.sources import plain_styles, short_lines
from senders.mail.styles import inlined
from senders.plain import clean

FOLDER = "templates"
"""Where templates lie in the programme's folder."""
TEXT = ".txt.j2"
SHARED = "_"
"""Begins the names of files that messages share."""
MAX_BYTES = 100_000
"""Gmail cuts longer messages off, and with them the unsubscribe link."""


_BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message's parts.

    Attributes:
        html: What isn't ASCII in it may be written as references.
        preheader: What mail readers show beside the subject; it stands in the HTML already.
        size: Bytes of the HTML in UTF-8, however it is written.
    """

    subject: str
    html: str
    text: str
    preheader: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Message:
    text: Template
    html: Template
    bodiless: bool
    """Whether its text comes from the HTML."""


def template_problems(read: Read) -> list[str]:
    """Give a line for everything wrong with the templates, each with their folder."""
    folder = read.settings.programme_dir / FOLDER
    if not read.sound("programme_dir"):
        return []
    try:
        Templates(folder)
    except BadTemplatesError as error:
        return [f"{folder}: {problem}" for problem in error.problems]
    return []


class Templates:
    """The messages of a folder, all compiled at start.

    Args:
        folder: Where the templates lie.

    Raises:
        BadTemplatesError: Lists every template that is missing or doesn't compile.
    """

    def __init__(self, folder: Path) -> None:
        styled = self._styled(folder)
        self._plain_styles = self.inlined_at_start and plain_styles(styled.values())
        self._environment = Sandbox(ChoiceLoader([DictLoader(styled), FileSystemLoader(folder)]))
        self._messages: dict[str, _Message] = {}
        problems: list[str] = []
        names = sorted(path.name.removesuffix(TEXT) for path in folder.glob(f"*{TEXT}"))
        for name in names:
            if name.startswith(SHARED):
                continue
            try:
                self._messages[name] = self._load(name)
            except (TemplateError, UnicodeDecodeError) as error:
                problems.append(f"{name}: {type(error).__name__}: {error}")
        if not self._messages and not problems:
            problems.append("there is none")
        if problems:
            raise BadTemplatesError(str(folder), problems)

    @property
    def names(self) -> list[str]:
        """The messages there are."""
        return sorted(self._messages)

    def _styled(self, folder: Path) -> dict[str, str]:
        """The HTML templates with their styles inlined; none where that takes the finished mail."""
        # Rules for small screens and dark mode can't be inlined and stay in the head.
        self._inliner = css_inline.CSSInliner(
            keep_at_rules=True, load_remote_stylesheets=False, cache=css_inline.StylesheetCache(8)
        )
        try:
            paths = sorted(folder.glob(f"*{HTML}"))
            found = inlined({path.name: path.read_text(encoding="utf-8") for path in paths})
        except (OSError, UnicodeDecodeError):
            found = None  # loading says so
        self.inlined_at_start = found is not None
        return {name: short_lines(source) for name, source in (found or {}).items()}

    def _load(self, name: str) -> _Message:
        text = self._environment.get_template(name + TEXT)
        missing = {"subject", "preheader"} - set(text.blocks)
        if missing:
            raise TemplateError(f"{name}{TEXT} lacks the block {', '.join(sorted(missing))}")
        assert self._environment.loader is not None
        source, _, _ = self._environment.loader.get_source(self._environment, name + TEXT)
        extends = self._environment.parse(source).find(nodes.Extends) is not None
        html = self._environment.get_template(name + HTML)
        return _Message(text, html, extends and "body" not in text.blocks)

    def render(self, message: str, variables: Mapping[str, Any]) -> Rendered:
        """Render a message.

        Args:
            message: Its name.
            variables: See `senders.mail.content.template_variables`.

        Raises:
            UnrenderableError: There is no such message, a variable is missing, or the template
                does what the sandbox forbids.
        """
        if message not in self._messages:
            raise UnrenderableError(message, "there is no such template")
        found = self._messages[message]
        try:
            names = {**self._environment.globals, **variables}
            text = self._environment.context(found.text, names)
            subject, preheader = _block(text, "subject"), _block(text, "preheader")
            names |= {"subject": subject, "preheader": preheader}
            body, size = self._html(found.html, names)
            plain = to_text(body) if found.bodiless else "".join(found.text.root_render_func(text))
            plain = _BLANK_LINES.sub("\n\n", plain).strip() + "\n"
        except Exception as error:
            # A template can raise whatever its expressions raise; the values stay out of the
            # message, since they may be personal.
            raise UnrenderableError(message, _why(error)) from error
        if not subject:
            raise UnrenderableError(message, "its subject is empty")
        if size > MAX_BYTES:
            raise UnrenderableError(message, f"its HTML is longer than {MAX_BYTES} bytes")
        return Rendered(subject, body, plain, preheader, size)

    def _html(self, template: Template, names: dict[str, Any]) -> tuple[str, int]:
        """A mail's HTML, and how many bytes of UTF-8 it is, however it is written."""
        pieces = list(template.root_render_func(self._environment.context(template, names)))
        if not self._plain_styles:
            body = "".join(pieces)
            body = body if self.inlined_at_start else self._inliner.inline(body)
            return body, len(body.encode())
        body = "".join([each if each.isascii() else _in_ascii(each) for each in pieces])
        return body, sum(len(each) if each.isascii() else len(each.encode()) for each in pieces)


def _block(context: Context, name: str) -> str:
    return clean("".join(context.blocks[name][0](context)), 200)


def _in_ascii(html: str) -> str:
    """HTML outside <style>, with references for what is beyond ASCII: mails are written so."""
    return html.encode("ascii", "xmlcharrefreplace").decode()


def _why(error: Exception) -> str:
    if isinstance(error, TemplateError):
        return f"{type(error).__name__}: {error.message}"
    return type(error).__name__
