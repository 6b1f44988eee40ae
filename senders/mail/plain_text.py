"""A text part from HTML, laid out as the HTML is.

For messages that write no body of their own for it, and to compare what both parts say. A row of a
table becomes a line, a link's address stands below what it belongs to, a heading is underlined, a
picture is its alternative text unless the words beside it say the same.
"""

import re
from typing import Final

from senders.mail.html_tree import BLOCKS, UNSEEN, Element, parse

_HEADINGS: Final = {"h1": "=", "h2": "-"}
_BREAKS: Final = re.compile(r"\s+")
_LINK: Final = re.compile(r"(?:^|: )https?://\S+$")
_WIDEST: Final = 72
"""Characters of a heading's underline at most."""


def to_text(html: str) -> str:
    """The text of a mail's HTML: paragraphs apart, each in one line, as mail readers fold them."""
    paragraphs = _block(parse(html))
    return "\n\n".join(paragraphs).strip() + "\n"


def _block(element: Element) -> list[str]:
    """The paragraphs of an element; a paragraph may hold several lines."""
    if element.tag in UNSEEN or element.hidden():
        return []
    if element.tag == "tr":
        return _row(element)
    if element.tag == "hr":
        return ["--"]
    found: list[str] = []
    inline: list[Element | str] = []
    for child in element.children:
        if isinstance(child, Element) and (child.tag in BLOCKS or _holds_block(child)):
            found += _line(inline)
            inline = []
            found += _block(child)
        else:
            inline.append(child)
    found += _line(inline)
    if element.tag in _HEADINGS and found:
        line = found[-1].splitlines()[0]
        found[-1] += "\n" + _HEADINGS[element.tag] * min(len(line), _WIDEST)
    if element.tag == "li" and found:
        return ["* " + "\n".join(found).replace("\n", "\n  ")]
    if element.tag in {"ul", "ol"}:
        return ["\n".join(found)] if found else []
    return found


def _holds_block(element: Element) -> bool:
    return any(inner.tag in BLOCKS for inner in element.walk())


def _row(row: Element) -> list[str]:
    cells = [child for child in row.children if isinstance(child, Element)]
    shown = [_block(cell) for cell in cells if not cell.hidden()]
    shown = [cell for cell in shown if cell]
    if len(shown) < 2:
        return shown[0] if shown else []
    words, links = list[str](), list[str]()
    for cell in shown:
        for paragraph in cell:
            for line in paragraph.splitlines():
                text, _, url = line.rpartition(" ") if _LINK.search(line) else (line, "", "")
                words += [text.removesuffix(":")] if text else []
                links += [url] if url else []
    return ["\n".join([" - ".join(dict.fromkeys(words)), *dict.fromkeys(links)])]


def _line(children: list[Element | str]) -> list[str]:
    words: list[str] = []
    links: list[tuple[str, str]] = []
    pictures: list[str] = []
    for child in children:
        _inline(child, words, links, pictures)
    lines = [" ".join(line.split()) for line in "".join(words).split("\n")]
    said = "\n".join(line for line in lines if line)
    said = said or " ".join(dict.fromkeys(text for text in pictures if text))
    urls = list(dict.fromkeys(url for _, url in links))
    if len(urls) == 1 and said and "\n" not in said and said == links[0][0]:
        return [f"{said}:\n{urls[0]}"] if len(said) > _WIDEST // 2 else [f"{said}: {urls[0]}"]
    return ["\n".join(part for part in [said, *urls] if part)] if said or urls else []


def _inline(
    child: Element | str,
    words: list[str],
    links: list[tuple[str, str]],
    pictures: list[str],
) -> None:
    if isinstance(child, str):
        words.append(_BREAKS.sub(" ", child))
        return
    if child.tag in UNSEEN or child.hidden():
        return
    if child.tag == "br":
        words.append("\n")
    if child.tag == "img":
        pictures.append(child.attributes.get("alt", ""))
    if child.tag == "a" and child.attributes.get("href"):
        links.append((child.text(), child.attributes["href"]))
    for inner in child.children:
        _inline(inner, words, links, pictures)
