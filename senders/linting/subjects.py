"""Rules about the subject and the preheader: what a phone shows of a mail before it is opened."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from senders.linting.page import Page
from senders.linting.rule import Rule

LONGEST: Final = 70
"""Characters; what mail readers on a desktop show."""
PHONE: Final = 50
"""Characters; phones show 35 to 50 of them."""
_REPLY: Final = re.compile(r"^\W*(?:re|fw|fwd|aw|wg|antw|sv|tr)(?:\[\d+\])?\s*:", re.IGNORECASE)
_MARKS: Final = re.compile(r"[!?]\s*[!?]|[$€£]{2,}|(?:^|\s)[*~=#_-]{3,}|!!")
_SHOUTED: Final = re.compile(r"\b[^\W\d_]{4,}\b")
_TRICKS: Final = re.compile(
    r"\byou(?:'ve| have)? won\b|\bcongratulations\b|\bwinner\b|\baccount (?:is )?(?:suspended"
    r"|locked|on hold|limited)"
    r"|\b(?:invoice|payment|package|delivery) (?:overdue|failed|problem|pending|on hold)\b"
    r"|\b100 ?% free\b"
    r"|\brisk[- ]free\b|\bguaranteed\b|\bgewonnen\b|\bherzlichen gl(?:ü|ue)ckwunsch\b"
)


def _empty(page: Page) -> Iterator[str]:
    if not page.words["subject"]:
        yield "the subject is empty"


def _too_long(page: Page) -> Iterator[str]:
    shown = _width(page.rendered.subject)
    if shown > LONGEST and page.sample != "long":
        yield f'the subject has {shown} characters: "{page.rendered.subject[:LONGEST]}…"'


def _cut_on_phones(page: Page) -> Iterator[str]:
    shown = _width(page.rendered.subject)
    if PHONE < shown <= LONGEST and page.sample != "long":
        subject = page.rendered.subject
        yield f'the subject has {shown} characters, phones cut after "{subject[:PHONE]}"'


def _width(text: str) -> int:
    """Columns: wide characters, emoji among them, take two."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    marks = sum(unicodedata.category(character) in {"Mn", "Cf"} for character in text)
    return len(text) + wide - marks


def _deceptive(page: Page) -> Iterator[str]:
    subject = page.words["subject"]
    if _REPLY.search(page.rendered.subject) or _REPLY.search(subject):
        yield "the subject pretends to answer or forward something"
    trick = _TRICKS.search(subject) if page.marketing else None
    if trick:
        yield f'the subject says "{trick[0]}"'


def _shouting(page: Page) -> Iterator[str]:
    subject = page.rendered.subject
    if _MARKS.search(subject):
        yield "the subject piles up punctuation"
    words = _SHOUTED.findall(subject)
    loud = [word for word in words if word.isupper()]
    if len(loud) >= 2 or (loud and len(loud) * 2 >= len(words)):
        yield f'the subject shouts "{" ".join(loud)}"'


def _emoji(page: Page) -> Iterator[str]:
    found = [
        c for c in page.rendered.subject if unicodedata.category(c) == "So" and c not in "©®™°"
    ]
    if len(found) > 1:
        yield f"the subject has {len(found)} pictographs"


def _no_preheader(page: Page) -> Iterator[str]:
    preheader = page.words["preheader"]
    if not preheader:
        yield "the preheader is empty, so mail readers show whatever the body begins with"
    elif page.words["subject"].rstrip(".!?") == preheader.rstrip(".!?"):
        yield "the preheader repeats the subject"


SUBJECT_RULES: Final = (
    Rule("subject-empty", "error", "Say what the mail is about.", _empty),
    Rule(
        "subject-long",
        "error",
        f"Mail readers cut after {LONGEST} characters at the latest, phones after 35 to {PHONE}: "
        "say what matters first, and less.",
        _too_long,
    ),
    Rule("subject-cut", "warning", "Put what matters first.", _cut_on_phones),
    Rule(
        "subject-deceptive",
        "error",
        "A subject that pretends to be something else is spam to readers, filters and the law "
        "(15 U.S.C. 7704 (a) (2)).",
        _deceptive,
    ),
    Rule("subject-shouting", "error", "Filters and readers take it for spam.", _shouting),
    Rule("subject-emoji", "warning", "One is enough; screen readers read out each.", _emoji),
    Rule("preheader", "warning", "Let it go on where the subject ends.", _no_preheader),
)
