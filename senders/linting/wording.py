"""Words as a rule compares them: what looks the same to a reader is the same here."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

_ALIKE: Final = str.maketrans(
    "\u2018\u2019\u02bc\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04bb\u0501"
    "\u2010\u2011\u2012\u2013\u2014\u2212\u0391\u0395\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03b1",
    "'''aeopcyxijshd------aeoptyxoa",
)
"""Quotes and dashes of all kinds, and Cyrillic and Greek letters that pass for Latin ones."""
_SPACED: Final = re.compile(r"(?<!\w)(?:\w[ .\-_*]){3,}\w(?!\w)")
_BETWEEN: Final = re.compile(r"[ .\-_*]")
_ENDS: Final = re.compile(r"(?<=[.!?:;…])\s+|\n")
_NEGATED: Final = re.compile(
    r"(?:\b(?:no|not|never|without|nothing|isn't|don't|kein\w*|nicht|nie|ohne) (?:\w+ )?)$"
)


def plain(text: str) -> str:
    """The text in lower case, without what doesn't show, blanks as single ones; lines stay."""
    shown = "".join(c for c in unicodedata.normalize("NFKC", text) if _shows(c))
    shown = shown.lower().translate(_ALIKE)
    lines = (" ".join(line.split()) for line in shown.split("\n"))
    return _SPACED.sub(lambda found: _BETWEEN.sub("", found[0]), "\n".join(lines))


def _shows(character: str) -> bool:
    return unicodedata.category(character) != "Cf" and character != "\u034f"


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text that went through `plain`; a line ends one too."""
    return (part.strip() for part in _ENDS.split(text) if part.strip())


def negated(sentence: str, at: int) -> bool:
    """Whether what begins at `at` is said not to be: "no hurry", "nothing urgent"."""
    return _NEGATED.search(sentence[max(0, at - 30) : at]) is not None
