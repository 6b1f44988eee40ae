"""Templates to subject, HTML and text: Jinja2 in a sandbox, a missing variable is an error.

A message `welcome` is two files: `welcome.txt.j2` with the blocks `subject` and `preheader`, and
`welcome.html.j2`; both extend a layout. Styles stand in the layout and are inlined, since several
mail readers drop style sheets.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import FileSystemLoader, StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from runtime.settings import Read
from senders.errors import BadTemplatesError, UnrenderableError
from senders.plain import clean

FOLDER = "templates"
"""Where templates lie in the programme's folder."""
HTML = ".html.j2"
TEXT = ".txt.j2"
SHARED = "_"
"""Begins the names of files that messages share."""
MAX_BYTES = 100_000
"""Gmail cuts longer messages off, and with them the unsubscribe link."""


_BLANK_LINES = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message's parts."""

    subject: str
    html: str
    text: str


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


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with a short way to the fields of what templates are given.

    The sandbox looks at each attribute in a dozen ways, which took a third of rendering. Fields of
    frozen dataclasses are data by their declaration; whatever else is asked goes the long way.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        kind = type(obj)
        names = _FIELDS.get(kind)
        if names is None:
            names = _FIELDS[kind] = _fields(kind)
        return getattr(obj, attribute) if attribute in names else super().getattr(obj, attribute)


_FIELDS: dict[type, frozenset[str]] = {}
"""`_fields` of the types met so far."""


def _fields(kind: type) -> frozenset[str]:
    """The public fields of a frozen dataclass; none of any other type."""
    if not is_dataclass(kind) or not getattr(kind, "__dataclass_params__").frozen:  # noqa: B009
        return frozenset()
    return frozenset(field.name for field in fields(kind) if not field.name.startswith("_"))


class Templates:
    """The messages of a folder, all compiled at start.

    Args:
        folder: Where the templates lie.

    Raises:
        BadTemplatesError: Lists every template that is missing or doesn't compile.
    """

    def __init__(self, folder: Path) -> None:
        self._environment = _Sandbox(
            loader=FileSystemLoader(folder),
            undefined=StrictUndefined,
            autoescape=lambda name: name is not None and name.endswith(HTML),
            auto_reload=False,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        # Rules for small screens and dark mode can't be inlined and stay in the head.
        self._inliner = css_inline.CSSInliner(
            keep_at_rules=True, load_remote_stylesheets=False, cache=css_inline.StylesheetCache(8)
        )
        self._messages: dict[str, tuple[Template, Template]] = {}
        problems: list[str] = []
        names = sorted(path.name.removesuffix(TEXT) for path in folder.glob(f"*{TEXT}"))
        for name in names:
            if name.startswith(SHARED):
                continue
            try:
                self._messages[name] = self._load(name)
            except TemplateError as error:
                problems.append(f"{name}: {type(error).__name__}: {error}")
        if not self._messages and not problems:
            problems.append("there is none")
        if problems:
            raise BadTemplatesError(str(folder), problems)

    @property
    def names(self) -> list[str]:
        """The messages there are."""
        return sorted(self._messages)

    def _load(self, name: str) -> tuple[Template, Template]:
        text = self._environment.get_template(name + TEXT)
        missing = {"subject", "preheader"} - set(text.blocks)
        if missing:
            raise TemplateError(f"{name}{TEXT} lacks the block {', '.join(sorted(missing))}")
        return text, self._environment.get_template(name + HTML)

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
        text, html = self._messages[message]
        try:
            subject = _block(text, "subject", variables)
            preheader = _block(text, "preheader", variables)
            variables = {**variables, "subject": subject, "preheader": preheader}
            body = self._inliner.inline(html.render(variables))
            plain = _BLANK_LINES.sub("\n\n", text.render(variables)).strip() + "\n"
        except Exception as error:
            # A template can raise whatever its expressions raise; the values stay out of the
            # message, since they may be personal.
            raise UnrenderableError(message, _why(error)) from error
        if not subject:
            raise UnrenderableError(message, "its subject is empty")
        if len(body) > MAX_BYTES:
            raise UnrenderableError(message, f"its HTML is longer than {MAX_BYTES} characters")
        return Rendered(subject, body, plain)


def _block(template: Template, name: str, variables: Mapping[str, Any]) -> str:
    context = template.new_context(dict(variables))
    return clean("".join(template.blocks[name](context)), 200)


def _why(error: Exception) -> str:
    if isinstance(error, TemplateError):
        return f"{type(error).__name__}: {error.message}"
    return type(error).__name__
