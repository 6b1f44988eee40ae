"""The pages of this project, and what can be found in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = (README, ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")))
"""Everything a reader is led to."""
_NOW = (
    "architecture",
    "catalog",
    "evaluation",
    "marketers",
    "operations",
    "programme",
    "simulation",
)
HAND_WRITTEN = (README, *(DOCS / f"{name}.md" for name in _NOW))
"""Pages that speak of the code as it is now; a record in decisions/ may speak of what was."""

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text, and the line of text before it."""

    language: str
    text: str
    above: str


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order."""
    text = page.read_text(encoding="utf-8")
    found = []
    for match in _FENCE.finditer(text):
        above = text[: match.start()].rstrip().rpartition("\n")[2]
        found.append(Block(match[1], match[2], above))
    return found


def block(page: Path, language: str, containing: str) -> Block:
    """The one block of a language with these words in it, or above it."""
    [found] = [
        b for b in blocks(page) if b.language == language and containing in b.above + "\n" + b.text
    ]
    return found


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def spans(page: Path) -> list[str]:
    """What stands between backticks in the prose."""
    return _SPAN.findall(prose(page))


def links(page: Path) -> list[str]:
    """The targets of the links in the prose."""
    return _LINK.findall(prose(page))


def code(page: Path) -> Iterator[str]:
    """Every piece of code of a page: spans, and the lines of shell blocks."""
    yield from spans(page)
    for found in blocks(page):
        if found.language == "sh":
            yield from (line for line in found.text.splitlines() if line and line[0] != "#")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).strip().replace(" ", "-") for h in headings}
