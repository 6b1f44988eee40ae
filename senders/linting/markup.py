"""Rules about markup: what mail readers block or cut, what tells others, what was left unfilled."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from senders.linting.page import Page
from senders.linting.rule import Rule
from senders.mail.rendering import MAX_BYTES
from senders.mail.samples import BASE

_ACTIVE: Final = frozenset(
    [
        "script",
        "form",
        "input",
        "select",
        "textarea",
        "button",
        "iframe",
        "frame",
        "object",
        "embed",
        "applet",
        "audio",
        "video",
        "base",
        "portal",
    ]
)
_TRACKERS: Final = re.compile(
    r"(?:^|\.)(?:google-analytics|googletagmanager|doubleclick|facebook|hotjar|mixpanel|segment|"
    r"mailtrack|yesware|hubspot|litmus|emltrk|bananatag|list-manage|sendgrid|mandrillapp|"
    r"pixel|adnxs|criteo|bing|linkedin|tiktok|amplitude|matomo|piwik|scorecardresearch"
    r"|quantserve)\.",
    re.IGNORECASE,
)
_REMOTE: Final = re.compile(r"@import|@font-face|url\(\s*['\"]?\s*(?:https?:)?//", re.IGNORECASE)
_UNFILLED: Final = re.compile(
    r"\{\{|\}\}|\{%|%\}|\*\|\w+\|\*|%%?\w+%%|\$?\{ ?[a-z_][\w.]* ?\}|<<[\w ]+>>"
    r"|\[(?:(?:first|last|your|product|company)[ _]?name|name|vorname|nachname|anrede)\]"
    r"|\b(?:hello|hi|hey|dear|hallo|liebe[r]?|welcome|willkommen) [,!]"
    r"|\bundefined\b|\bnull\b|\bnone\b(?= ?[.,!]|$)|\bnan\b|lorem ipsum|\btodo\b|\bxxx+\b|\btbd\b",
    re.IGNORECASE,
)


def _active(page: Page) -> Iterator[str]:
    for element in page.elements():
        if element.tag in _ACTIVE:
            yield f"<{element.tag}>"
        for name in element.attributes:
            if name.startswith("on") and len(name) > 2:
                yield f"<{element.tag} {name}=…>"
        if element.tag == "meta" and element.attributes.get("http-equiv", "").lower() == "refresh":
            yield "<meta http-equiv=refresh>"


def _third_parties(page: Page) -> Iterator[str]:
    for picture in page.elements("img"):
        url = picture.attributes.get("src", "")
        host = _host(url)
        if url.startswith(f"{BASE}/"):
            continue
        small = any(
            re.fullmatch(r"[0-3](?:px)?", picture.attributes.get(side, "")) is not None
            or re.match(r"[0-3]px|0", picture.style().get(side, "")) is not None
            for side in ("width", "height")
        )
        if host and (small or picture.hidden() or _TRACKERS.search(host)):
            yield f"a picture to count opens, from {host}"
    for element in page.elements("link"):
        if element.attributes.get("href"):
            yield f"a style sheet or font from {_host(element.attributes['href']) or 'elsewhere'}"
    styled = [element.attributes.get("style", "") for element in page.elements()]
    sheets = [str(child) for element in page.elements("style") for child in element.children]
    for css in [*styled, *sheets]:
        if _REMOTE.search(css):
            yield "a style that loads something from elsewhere"


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def _large(page: Page) -> Iterator[str]:
    size = page.rendered.size
    if size > MAX_BYTES:
        yield f"the HTML has {size:,} bytes"


def _nearly_large(page: Page) -> Iterator[str]:
    size = page.rendered.size
    if MAX_BYTES * 0.75 < size <= MAX_BYTES:
        yield f"the HTML has {size:,} bytes"


def _unfilled(page: Page) -> Iterator[str]:
    for part, words in page.words.items():
        found = _UNFILLED.search(words)
        if found:
            yield f'the {part} says "{found[0]}"'


def _promotes(page: Page) -> Iterator[str]:
    if page.marketing:
        return
    found = _PROMOTION.search("\n".join(page.words.values()))
    if found:
        yield f'it says "{found[0]}"'
    if any(
        element.attributes.get("href", "") == page.variables["unsubscribe_url"]
        for element in page.seen("a")
    ):
        yield "it offers to unsubscribe from what is owed"


_PROMOTION: Final = re.compile(
    r"\b(?:you (?:may|might)(?: also)? (?:like|love)|recommended|recommendations? for you"
    r"|\d+ ?% off|discount"
    r"|special offer|our (?:best|new) (?:offers|deals|arrivals)|shop now|sale|voucher|coupon"
    r"|new arrivals?"
    r"|bestsellers?|buy (?:now|again|more)|(?:das|dies) k(?:ö|oe)nnte (?:dir|ihnen)|rabatt\w*"
    r"|gutschein\w*|angebote?)\b"
)

MARKUP_RULES: Final = (
    Rule(
        "active-content",
        "error",
        "Mail readers drop it, and filters take the mail for an attack. Link to a page instead.",
        _active,
    ),
    Rule(
        "third-party",
        "error",
        "It tells somebody else that, when and where the mail was read. Pictures to count opens "
        "come from `pixel_url` alone, which is empty unless the person agreed.",
        _third_parties,
    ),
    Rule("too-big", "error", "Gmail clips mails above 102 KB, and the way out with it.", _large),
    Rule("nearly-too-big", "warning", "Gmail clips mails above 102 KB.", _nearly_large),
    Rule(
        "unfilled",
        "error",
        "Something was not filled in: ask whether a variable holds anything before it is shown.",
        _unfilled,
    ),
    Rule(
        "promotion",
        "error",
        "A transactional mail goes to people who agreed to no promotion: leave it out.",
        _promotes,
    ),
)
