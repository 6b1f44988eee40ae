"""Rules about what every message must have: a way out, an address, words for pictures, a text."""

import re
from collections.abc import Iterator
from typing import Final

from senders.linting.page import Page
from senders.linting.rule import Rule
from senders.linting.wording import plain
from senders.mail.html_tree import Element

_URL: Final = re.compile(r"https?://\S+")
_SMALLEST_PX: Final = 9.0
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)px")
SHORTEST_SHARE: Final = 0.5
"""Of the words of the HTML that a text part must have."""
_REASON: Final = re.compile(
    r"\b(?:because|since you|as you|you(?:'re| are) (?:getting|receiving|on)|you (?:get|receive"
    r"|asked|signed)"
    r"|weil|da sie|da du|sie erhalten|du erh(?:ä|ae)ltst|sie bekommen|du bekommst)\b"
)


def _no_unsubscribe(page: Page) -> Iterator[str]:
    if not page.marketing:
        return
    url = page.variables["unsubscribe_url"]
    links = [link for link in page.seen("a") if link.attributes.get("href", "") == url]
    if not any(_legible(link) for link in links):
        yield "the HTML shows no link to `unsubscribe_url`"
    if url not in page.rendered.text:
        yield "the text has no `unsubscribe_url`"


def _legible(link: Element) -> bool:
    return bool(link.text().strip()) and all(
        float(size) >= _SMALLEST_PX
        for element in link.walk()
        for name, value in element.style().items()
        if name in {"font", "font-size"}
        for size in _SIZE.findall(value.partition("/")[0])
    )


def _no_address(page: Page) -> Iterator[str]:
    wanted = [plain(line) for line in page.variables["postal_address"] if line.strip()]
    for part in ("html", "text"):
        words = " ".join(page.words[part].split())
        if not wanted or not all(line in words for line in wanted):
            yield f"the {part} lacks the postal address"


def _no_alt(page: Page) -> Iterator[str]:
    for picture in page.elements("img"):
        if "alt" not in picture.attributes:
            yield f'a picture has no alt text: "{picture.attributes.get("src", "")[:60]}"'
        elif _is_file(picture.attributes["alt"]):
            yield f'a picture\'s alt text is a file name: "{picture.attributes["alt"]}"'
    for link in page.seen("a"):
        pictures = [each for each in link.walk() if each.tag == "img"]
        if pictures and not link.text():
            yield "a linked picture has an empty alt text, so the link says nothing"


def _is_file(alt: str) -> bool:
    return re.search(r"\.(?:jpe?g|png|gif|webp|svg)$", alt.strip(), re.IGNORECASE) is not None


def _no_width(page: Page) -> Iterator[str]:
    for picture in page.elements("img"):
        if not picture.attributes.get("width", "").rstrip("%").isdigit():
            yield f'a picture has no width: "{picture.attributes.get("src", "")[:60]}"'


def _no_lang(page: Page) -> Iterator[str]:
    root = next(page.elements("html"), None)
    lang = root.attributes.get("lang", "") if root else ""
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*", lang):
        yield f'<html> has lang="{lang}"' if lang else "<html> has no lang"


def _no_text(page: Page) -> Iterator[str]:
    text, html = (_words(page.words[part]) for part in ("text", "html"))
    if not text:
        yield "the text part is empty"
    elif text < html * SHORTEST_SHARE:
        yield f"the text part has {text} words, the HTML {html}"
    if re.search(r"</?(?:p|div|td|tr|table|a|span|br|strong|b|html)\b[^>]*>", page.rendered.text):
        yield "the text part holds HTML tags"


def _words(text: str) -> int:
    return len(_URL.sub("", text).split())


def _says_less(page: Page) -> Iterator[str]:
    for product in page.variables["products"]:
        name = plain(product.name)
        if name in page.words["html"] and name not in page.words["text"]:
            yield f'the HTML shows "{product.name}", the text doesn\'t'
    code = plain(page.variables["code"])
    if code and code in page.words["html"] and code not in page.words["text"]:
        yield "the HTML shows the code, the text doesn't"


def _no_reason(page: Page) -> Iterator[str]:
    for part in ("html", "text"):
        if not _REASON.search(page.words[part]):
            yield f"the {part} doesn't say why the person gets it"


REQUIRED_RULES: Final = (
    Rule(
        "unsubscribe",
        "error",
        "Marketing mail must show a way out, in both parts, to be read and followed: "
        '<a href="{{ unsubscribe_url }}">Unsubscribe</a>, at least 9 px.',
        _no_unsubscribe,
    ),
    Rule(
        "postal-address",
        "error",
        "Every mail must name its sender's postal address, every line of `postal_address`.",
        _no_address,
    ),
    Rule(
        "alt-text",
        "error",
        'Say in alt="" what the picture shows; leave it empty only where it shows nothing.',
        _no_alt,
    ),
    Rule("picture-width", "warning", "Outlook shows it at its full size.", _no_width),
    Rule("lang", "error", 'Name the language of the words: <html lang="en">.', _no_lang),
    Rule(
        "text-part",
        "error",
        "Readers without HTML, and filters, look at the text part: it says what the HTML says.",
        _no_text,
    ),
    Rule("text-differs", "warning", "Both parts should say the same.", _says_less),
    Rule(
        "reason",
        "warning",
        'Say why the person gets it: "You get this mail because you signed up …".',
        _no_reason,
    ),
)
