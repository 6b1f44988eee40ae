"""Styles put onto the elements of template sources once, at start, instead of onto every mail.

That an element's style depends on nothing but its own tag and classes makes this possible: a
selector like `.card p` depends on where a template is used, which its source doesn't tell. A folder
whose styles need more than that has them inlined in each mail (docs/decisions/0514).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from senders.mail.sources import JINJA, masked

_SHEET: Final = re.compile(r"<style([^>]*)>(.*?)</style>\s*", re.DOTALL | re.IGNORECASE)
_KEPT: Final = "data-css-inline"
"""Marks the sheet that stays in the head: small screens, dark mode."""
_SKIPPED: Final = re.compile(r"<!--.*?-->|<style.*?</style>", re.DOTALL | re.IGNORECASE)
_TAG: Final = re.compile(r"""<([a-zA-Z][a-zA-Z0-9]*)((?:[^"'<>]|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE: Final = re.compile(r"""\s+(class|style)\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_QUOTED: Final = re.compile(r""""[^"]*"|'[^']*'""")
_RULE: Final = re.compile(r"\s*([^{}]+)\{([^{}]*)\}")
_COMPOUND: Final = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)?((?:\.[A-Za-z_][\w-]*)*)")
_MADE: Final = re.compile(r"""["'][^"']*<\s*[a-zA-Z/]|\|\s*safe\b|\bautoescape\b""")
"""In an expression: HTML that the source's own tags don't show."""
_LOOSE: Final = re.compile(r"\s*([{};,])\s*")
"""Blanks that a sheet does without; it goes out with every mail."""
_NAMED: Final = re.compile(r"\.([A-Za-z_][\w-]*)")


@dataclass(frozen=True, slots=True)
class _Rule:
    tag: str
    classes: frozenset[str]
    weight: tuple[int, int, int]
    """Classes, tag, place in the sheet: the cascade's order (CSS Cascade 4, section 6.4)."""
    declarations: tuple[str, ...]


def inlined(sources: Mapping[str, str]) -> dict[str, str] | None:
    """The sources with their styles on their elements; None where that can't be told from sources.

    Args:
        sources: Text of each HTML template, by file name.
    """
    rules: list[_Rule] = []
    kept = ""
    sheets = 0
    for source in sources.values():
        if _builds_html(source):
            return None
        for attributes, css in _SHEET.findall(source):
            if _KEPT in attributes:
                kept += css
                continue
            sheets += 1
            found = _rules(css)
            if found is None or sheets > 1:
                return None
            rules = found
    if not sheets:
        return None
    needed = frozenset(_NAMED.findall(kept))
    return {name: _inline(source, rules, needed) for name, source in sources.items()}


def _builds_html(source: str) -> bool:
    code = JINJA.findall(source)
    if any(_MADE.search(part) for part in code if not part.startswith("{#")):
        return True
    texts = [match[2] for match in _TAG.finditer(_SKIPPED.sub("", masked(source)))]
    styled = (a[2] or a[3] or "" for text in texts for a in _ATTRIBUTE.finditer(text))
    # An attribute that is there or not, or whose classes are put together.
    return any("\0" in _QUOTED.sub("", text) for text in texts) or any("\0" in a for a in styled)


def _rules(css: str) -> list[_Rule] | None:
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    if "@" in css or JINJA.search(css) or _RULE.sub("", css).strip():
        return None
    found: list[_Rule] = []
    for selectors, body in _RULE.findall(css):
        declarations = tuple(part.strip() for part in body.split(";") if part.strip())
        if '"' in body or "!important" in body or "(" in body:
            return None
        for selector in selectors.split(","):
            matched = _COMPOUND.fullmatch(selector.strip())
            if matched is None or not matched[0]:
                return None
            classes = frozenset(_NAMED.findall(matched[2]))
            weight = (len(classes), bool(matched[1]), len(found))
            found.append(_Rule((matched[1] or "").lower(), classes, weight, declarations))
    return sorted(found, key=lambda rule: rule.weight)


def _inline(source: str, rules: list[_Rule], needed: frozenset[str]) -> str:
    source = _SHEET.sub(_without_sheet, source)
    shown = masked(source)
    skipped = [match.span() for match in _SKIPPED.finditer(shown)]
    pieces: list[str] = []
    at = 0
    for match in _TAG.finditer(shown):
        if any(begin <= match.start() < end for begin, end in skipped):
            continue
        begin, end = match.span(2)
        pieces += [source[at:begin], _attributes(match, source[begin:end], rules, needed)]
        at = end
    return "".join([*pieces, source[at:]])


def _without_sheet(match: re.Match[str]) -> str:
    if _KEPT not in match[1]:
        return ""
    css = _LOOSE.sub(r"\1", match[2]).strip()
    return f"<style>{' '.join(css.split())}</style>\n"


def _attributes(tag: re.Match[str], text: str, rules: list[_Rule], needed: frozenset[str]) -> str:
    """A tag's attributes, styled; `text` is what stands there, expressions and all."""
    found = list(_ATTRIBUTE.finditer(tag[2]))
    there = {each[1].lower(): each[2] or each[3] or "" for each in found}
    for each in reversed(found):
        text = text[: each.start()] + text[each.end() :]
    classes = there.get("class", "").split()
    declared = _declared(tag[1].lower(), frozenset(classes), there.get("style", ""), rules)
    left = " ".join(name for name in classes if name in needed)
    written = f' class="{left}"' if left else ""
    if declared:
        written += f' style="{declared}"'
    return written + text


def _declared(tag: str, classes: frozenset[str], own: str, rules: list[_Rule]) -> str:
    matching = (rule for rule in rules if rule.tag in {"", tag} and rule.classes <= classes)
    declared: dict[str, str] = {}
    kept = [part.strip() for part in own.split(";") if part.strip()]
    for declaration in [each for rule in matching for each in rule.declarations] + kept:
        name = declaration.partition(":")[0].strip().lower()
        # What comes later wins, and stands later: a longhand after its shorthand.
        declared.pop(name, None)
        declared[name] = declaration
    return ";".join(declared.values())
