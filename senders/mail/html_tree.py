"""HTML as a small tree: for the text part, and for the rules that look at a message.

Python's tolerant parser; elements left open end where their parent does. Depth and size are
bounded, so that no markup, however odd, takes long or recurses far.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_NOTHING: Final = re.compile(r"0+(\.0+)?(px|pt|em|rem|%)?(\s*!important)?")
VOID: Final = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)
MAX_DEPTH: Final = 200


@dataclass(slots=True)
class Element:
    """An element.

    Attributes:
        tag: Its name, lower case.
        attributes: By name, lower case; empty for one without a value. The first of a name counts.
        children: Elements and texts in order.
    """

    tag: str
    attributes: dict[str, str]
    children: "list[Element | str]" = field(default_factory=list)

    def style(self) -> dict[str, str]:
        """Its own declarations, lower case."""
        pairs = (part.partition(":") for part in self.attributes.get("style", "").split(";"))
        return {name.strip().lower(): value.strip().lower() for name, _, value in pairs if value}

    def hidden(self) -> bool:
        """Whether it is written not to be seen."""
        if "hidden" in self.attributes or "style" not in self.attributes:
            return "hidden" in self.attributes
        style = self.style()
        return (
            style.get("display", "").startswith("none")
            or style.get("visibility", "").startswith("hidden")
            or style.get("mso-hide", "").startswith("all")
            or _NOTHING.fullmatch(style.get("font-size", "")) is not None
            or _NOTHING.fullmatch(style.get("opacity", "")) is not None
        )

    def walk(self) -> "Iterator[Element]":
        """Itself and every element in it, in order."""
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def shown(self) -> "Iterator[Element]":
        """Like `walk`, without what is hidden."""
        if self.tag in UNSEEN or self.hidden():
            return
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.shown()

    def text(self) -> str:
        """What it says in one line, alternative texts of pictures included; not what is hidden."""
        return " ".join(self.lines().split())

    def lines(self) -> str:
        """What it says, a line for each block; white space is as in the source otherwise."""
        return "".join(self.pieces())

    def pieces(self) -> "Iterator[str]":
        """The pieces of `lines`."""
        if self.tag in UNSEEN or self.hidden():
            return
        block = self.tag in BLOCKS
        if block:
            yield "\n"
        if self.tag == "br":
            yield " "
        if self.tag == "img":
            yield f" {self.attributes.get('alt', '')} "
        for child in self.children:
            if isinstance(child, str):
                yield _BREAKS.sub(" ", child)
            else:
                yield from child.pieces()
        if block:
            yield "\n"


BLOCKS: Final = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "center",
        "dd",
        "div",
        "dl",
        "dt",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_BREAKS: Final = re.compile(r"\s+")
UNSEEN: Final = frozenset({"head", "style", "script", "title", "template", "noscript"})


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes: dict[str, str] = {}
        for name, value in attrs:
            attributes.setdefault(name, value or "")
        element = Element(tag, attributes)
        self.open[-1].children.append(element)
        if tag not in VOID and len(self.open) < MAX_DEPTH:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self.open) - 1, 0, -1):
            if self.open[at].tag == tag:
                del self.open[at:]
                return

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Element:
    """The root of a tree of what HTML holds; its own tag is empty."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
