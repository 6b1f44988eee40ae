"""What a report says in words, apart from the mail it is about."""

import re
from dataclasses import dataclass
from typing import Final

from senders.inbound import arf
from senders.inbound.mime import Headers, Mail, parse_headers
from senders.inbound.patterns import sign

MAX_NOTICE: Final = 32 * 1024
"""Characters of words that are looked at."""
_TEXTS: Final = frozenset({"text/plain", "text/html", "text", "message/delivery-status"})
_CORE: Final = frozenset(
    {"received", "from", "to", "subject", "date", "message-id", "return-path", "mime-version"}
)
_HEADER_LINE = re.compile(r"(?:[>|] ?)?([A-Za-z][A-Za-z0-9-]{1,60})[ \t]?:[ \t]?\S?.*")
_QUOTE = re.compile(r"^[>|] ?", re.MULTILINE)
_CUT = sign("cut")


@dataclass(frozen=True, slots=True)
class Notice:
    """The words of a report.

    Attributes:
        text: Them, without the mail it is about.
        original: The headers of that mail, as far as they are there.
    """

    text: str
    original: Headers


def read(mail: Mail) -> Notice:
    """The words and the mail they are about."""
    original = arf.original_headers(mail)
    plain = [part.text() for part in mail.parts if part.kind in _TEXTS and part.kind != "text/html"]
    shown = plain if any(text.strip() for text in plain) else []
    if not shown:
        shown = [part.text() for part in mail.parts if part.kind == "text/html"]
    words: list[str] = []
    for text in shown:
        kept, headers = separate(text[: 4 * MAX_NOTICE])
        words.append(kept)
        if headers is not None and (original is None or not original.fields):
            original = headers
    return Notice("\n".join(words)[:MAX_NOTICE], original or Headers([]))


def separate(text: str) -> tuple[str, Headers | None]:
    """Words, and the headers of a mail quoted below them; all of it where none is."""
    at = _original_begins(text)
    if at is None:
        return text, None
    begin, end = at
    kept = text[:begin]
    if len(kept.strip()) < 20:
        # Some put the mail first, and what is wrong with it after.
        kept = text[:begin] + text[end:]
    headers = parse_headers(_QUOTE.sub("", text[begin:end]).encode("utf-8", "replace"))
    return kept, headers


def _original_begins(text: str) -> tuple[int, int] | None:
    """Begin and end of the block of headers that begins a quoted mail."""
    announced = _CUT.search(text)
    start = at = 0
    names: list[str] = []
    for line in text.split("\n"):
        end = at + len(line) + 1
        found = _HEADER_LINE.fullmatch(line)
        if found is not None:
            if not names:
                start = at
            names.append(found[1].lower())
        elif not (names and line[:1] in (" ", "\t") and line.strip()):
            if _is_mail(names, announced is not None and announced.start() <= start):
                return start, at
            names = []
        at = end
    if _is_mail(names, announced is not None and announced.start() <= start):
        return start, len(text)
    if announced is not None and announced.start() > 0:
        return announced.start(), len(text)
    return None


def _is_mail(names: list[str], announced: bool) -> bool:  # noqa: FBT001
    core = _CORE & set(names)
    if not core or {"final-recipient", "reporting-mta", "feedback-type"} & set(names):
        return False
    return len(core) >= 2 if announced else len(core) >= 3 and len(names) >= 3
