"""Rules about where a message leads: links and pictures that are broken, insecure, or not ours."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from senders.linting.page import Page
from senders.linting.rule import Rule
from senders.mail.html_tree import Element

_TEMPLATE: Final = re.compile(r"\{\{|\}\}|\{%|%7b%7b|\$\{|\[\[|\*\|", re.IGNORECASE)
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f\\<>\"]|%0[ad]", re.IGNORECASE)
_HOST: Final = re.compile(r"(?!www\.?$)[^.\s]+(?:\.[^.\s]+)+\.?")
_ELSEWHERE: Final = frozenset({"mailto", "tel", "sms", "geo"})
_IN_TEXT: Final = re.compile(r"\bhttp://[^\s<>\"]+", re.IGNORECASE)
_SAYS_NOTHING: Final = frozenset(
    [
        "click here",
        "here",
        "link",
        "click",
        "read more",
        "more",
        "this",
        "tap here",
        "hier",
        "hier klicken",
        "mehr",
    ]
)


def problem_of(url: str) -> str:
    """What is wrong with a link's target, in words; empty for nothing."""
    problem = _problem(url)
    return f'a link {problem}: "{url[:80]}"' if problem else ""


def _problem(url: str) -> str:
    plain = url.strip()
    if not plain or plain.startswith("#"):
        return "leads nowhere"
    if _TEMPLATE.search(url):
        return "holds an expression that was not filled in"
    if _UNFIT.search(url):
        return "holds a character that no URL may hold"
    return _problem_of_parts(url)


def _problem_of_parts(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "is no URL"
    if parts.scheme in _ELSEWHERE:
        return "" if parts.path else "names nobody"
    if parts.scheme != "https":
        return "goes over HTTP without TLS" if parts.scheme == "http" else 'has no "https://"'
    return "" if _HOST.fullmatch(host) else "names no host"


def targets(page: Page) -> Iterator[str]:
    """What the message links to and shows."""
    for element in page.elements("a", "area", "img"):
        if element.tag != "img" and "href" in element.attributes:
            yield element.attributes["href"]
        elif element.tag == "img":
            yield element.attributes.get("src", "")


def _broken(page: Page) -> Iterator[str]:
    for target in targets(page):
        problem = problem_of(target)
        if problem:
            yield problem
    for link in page.elements("a"):
        if "href" not in link.attributes and link.text() and "name" not in link.attributes:
            yield f'"{link.text()[:60]}" looks like a link and leads nowhere'
    for found in _IN_TEXT.finditer(page.rendered.text):
        yield f'a link in the text goes over HTTP without TLS: "{found[0][:80]}"'
    if "{{" in page.rendered.text or "{%" in page.rendered.text:
        yield "the text holds an expression that was not filled in"


def _says_nothing(page: Page) -> Iterator[str]:
    for link in page.seen("a"):
        words = link.text().lower().strip(" .!\u203a\u00bb\u2192")
        if words in _SAYS_NOTHING:
            yield f'a link says "{link.text()}"'
        elif not words and "href" in link.attributes and not _pictures(link):
            yield "a link holds nothing to follow"


def _pictures(link: Element) -> bool:
    return any(element.tag == "img" for element in link.walk())


LINK_RULES: Final = (
    Rule(
        "broken-link",
        "error",
        "Lead to an https:// address with a host, by a variable of the README where there is one.",
        _broken,
    ),
    Rule(
        "link-text",
        "warning",
        "Say where a link leads: people who listen hear only its words.",
        _says_nothing,
    ),
)
