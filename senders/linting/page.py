"""A message as a person would see it, with what was true of the case it was rendered for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from senders.linting.wording import plain, sentences
from senders.mail.html_tree import Element, parse
from senders.mail.message_kinds import Message
from senders.mail.rendering import Rendered


@dataclass(slots=True)
class Page:
    """What rules look at.

    Attributes:
        message: What the programme says of it.
        sample: Name of the case.
        variables: What the templates got.
        rendered: What came of it.
        root: The HTML as a tree.
        words: By part (`subject`, `preheader`, `html`, `text`), through `wording.plain`.
    """

    message: Message
    sample: str
    variables: Mapping[str, Any]
    rendered: Rendered
    root: Element = field(init=False)
    words: dict[str, str] = field(init=False)
    _all: list[Element] = field(init=False)
    _seen: list[Element] = field(init=False)

    def __post_init__(self) -> None:
        self.root = parse(self.rendered.html)
        self._all, self._seen = list(self.root.walk()), list(self.root.shown())
        self.words = {
            "subject": plain(self.rendered.subject),
            "preheader": plain(self.rendered.preheader),
            "html": plain(self.root.lines()),
            "text": plain(_paragraphs(self.rendered.text)),
        }

    def sentences(self) -> Iterator[tuple[str, str]]:
        """Part and sentence, of all parts."""
        for part, text in self.words.items():
            for sentence in sentences(text):
                yield part, sentence

    def elements(self, *tags: str) -> Iterator[Element]:
        """Elements of these names, of any where none is given; hidden ones too."""
        return (element for element in self._all if not tags or element.tag in tags)

    def seen(self, *tags: str) -> Iterator[Element]:
        """Elements of these names, of any where none is given, that are not hidden."""
        return (element for element in self._seen if not tags or element.tag in tags)

    @property
    def marketing(self) -> bool:
        """Whether it is a marketing message."""
        return self.message.kind == "marketing"


def _paragraphs(text: str) -> str:
    """Lines folded by hand put together: blank lines, bullets and links part paragraphs."""
    out: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        apart = not stripped or stripped.startswith(("*", "-", "http", ">"))
        out.append("\n" + stripped if apart else " " + stripped)
    return "".join(out)
