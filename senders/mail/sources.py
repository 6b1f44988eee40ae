"""HTML sources made ready for mails once, at start, as far as that can be: with short lines.

A finished mail then only has to be looked over. What is too long all the same, by a value, is
broken in each mail (`senders.mail.parts`).
"""

import re
from collections.abc import Iterable
from typing import Final

_CODE: Final = r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"
_QUOTES: Final = r""""[^"]*"|'[^']*'"""
JINJA: Final = re.compile(_CODE, re.DOTALL)
_STYLE: Final = re.compile(r"<style\b.*?</style>", re.DOTALL | re.IGNORECASE)
_RULE_END: Final = re.compile(rf"{_CODE}|{_QUOTES}|\}}(?!\n)", re.DOTALL)
_TAG: Final = re.compile(rf"""<[a-zA-Z](?:[^"'<>]|{_QUOTES})*>""")
_QUOTED: Final = re.compile(_QUOTES)
_NEXT: Final = re.compile(r" (?=[a-zA-Z])")
_LONG: Final = 240
"""Characters of a source's line that is broken: with links of 300 filled in it could be too long
for a mail."""


def masked(source: str) -> str:
    """The source with nothing in place of expressions, each as long as it was."""
    return JINJA.sub(lambda match: "\0" * len(match[0]), source)


def short_lines(source: str) -> str:
    """The source with its long lines broken: between attributes, and behind rules of styles."""
    source = _STYLE.sub(lambda match: _short_rules(match[0]), source)
    shown = masked(source)
    letters = list(source)
    for tag in _TAG.finditer(shown):
        begin, end = shown.rfind("\n", 0, tag.start()), shown.find("\n", tag.end())
        if (end if end >= 0 else len(shown)) - begin <= _LONG:
            continue
        for value in _QUOTED.finditer(shown, *tag.span()):
            if _NEXT.match(shown, value.end()):
                letters[value.end()] = "\n"
    return "".join(letters)


def plain_styles(sources: Iterable[str]) -> bool:
    """Whether nothing within <style> is beyond ASCII, nor a value that may be.

    Everywhere else characters may as well be written as references.
    """
    styles = (style for source in sources for style in _STYLE.findall(source))
    return all(style.isascii() and not JINJA.search(style) for style in styles)


def _short_rules(style: str) -> str:
    if max(map(len, style.splitlines())) <= _LONG:
        return style
    return _RULE_END.sub(lambda match: match[0] + "\n" * (match[0] == "}"), style)
