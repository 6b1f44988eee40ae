"""The recipient and the server's reply in the words of a report that follows no standard."""

import re
from dataclasses import dataclass
from typing import Final

from senders.inbound.addresses import ADDRESS, find_all, tidy
from senders.inbound.mime import Headers
from senders.inbound.patterns import sign

_SERVICE = sign("service")
_ALONE: Final = re.compile(
    r"^[\s*\-•|]*(?:to:?\s*)?<?[^\s<>@]{1,64}@[^\s<>@]{1,190}>?[\s:;.,]*(?:\.\.\.|\(|:|$)",
    re.IGNORECASE,
)
_SPEAKS_OF = sign("speaks_of")
_NOT_OF = sign("not_of")
_ANNOUNCES = sign("announces")
_SUMMARY: Final = re.compile(
    r"^[\s>*]*(?:to|cc|from|an|von|de|à|sent|subject|date)\s?:", re.IGNORECASE
)
"""Lines that sum up the mail itself."""
_SENDERS: Final = ("from", "sender", "reply-to", "return-path", "errors-to")
_LINES_ANNOUNCED: Final = 4
_LINE: Final = 2_000
"""Characters of a line that are looked at."""
_MENTIONS: Final = 200
_SURE: Final = 5.0
_REPLY_LINE = sign("reply")


@dataclass(frozen=True, slots=True)
class Guess:
    """Whom a notice speaks of.

    Attributes:
        address: The address, or empty.
        sure: Whether more than its mere mention speaks for it.
    """

    address: str = ""
    sure: bool = False


def recipient_in(text: str, headers: Headers, original: Headers) -> Guess:
    """The address a notice most likely speaks of.

    Args:
        text: The notice.
        headers: Of the mail that brought it.
        original: Of the mail it is about, as far as there.
    """
    to = _addresses(original, ("to", "cc", "delivered-to", "x-original-to", "envelope-to"))
    own = _addresses(headers, (*_SENDERS, "to", "delivered-to", "x-original-to"))
    own |= _addresses(original, _SENDERS)
    best, most = "", 0.0
    for place, mention in enumerate(_mentions(text)):
        points = _points(mention, to, own) - min(place, 20) / 100
        if points > most:
            best, most = mention.address, points
    if best:
        return Guess(best, most >= _SURE)
    return Guess(next(iter(find_all(original.get("to"))), ""))


@dataclass(frozen=True, slots=True)
class _Mention:
    address: str
    line: str
    announced: bool


def _addresses(headers: Headers, names: tuple[str, ...]) -> set[str]:
    return {address for name in names for address in find_all(headers.get(name))}


def _mentions(text: str) -> list[_Mention]:
    found: list[_Mention] = []
    announced = 0
    for line in text.split("\n"):
        if _ANNOUNCES.search(line[:400]):
            announced = _LINES_ANNOUNCED
        elif line.strip():
            announced -= 1
        if "@" in line:
            found += (
                _Mention(address, line[:_LINE], announced > 0)
                for match in ADDRESS.finditer(line[:_LINE])
                if (address := tidy(match[1]))
            )
        if len(found) > _MENTIONS:
            break
    return found


def _points(mention: _Mention, to: set[str], own: set[str]) -> float:
    address, line = mention.address, mention.line
    points = 1.0 + 3 * mention.announced
    if address in to:
        points += 3
    elif address in own:
        points -= 4
    elif _SERVICE.search(address):
        points -= 3
    if _ALONE.match(line):
        points += 2
    if "rcpt to" in line.lower():
        points += 2
    elif _SPEAKS_OF.search(line):
        points += 1
    if _SUMMARY.match(line):
        points -= 2
    if _NOT_OF.search(line) and address not in to:
        points -= 2
    return points


def reply_in(text: str) -> str:
    """The lines of a notice that quote a server's reply, or empty."""
    lines = [line.strip() for line in text.split("\n")]
    found = []
    for at, line in enumerate(lines):
        if _REPLY_LINE.search(line[:1_000]):
            # Servers' replies are wrapped; two more lines belong to it where no blank follows.
            found.append(" ".join(lines[at : at + 3]) if line else line)
        if len(found) >= 6:
            break
    return "\n".join(found)
