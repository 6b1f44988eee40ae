"""Text from outside made fit to show: one line, of a reasonable length."""

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069]+")


def clean(text: str, longest: int = 120) -> str:
    """The text in one line: control and direction characters become blanks, the rest is cut."""
    return " ".join(_CONTROL.sub(" ", text).split())[:longest]


def excerpt(text: str, longest: int) -> str:
    """How a text begins, in one line: cut after a whole word and marked where it goes on."""
    line = clean(text, len(text))
    if len(line) <= longest:
        return line
    begun = line[: longest - 1]
    whole, blank, _ = begun.rpartition(" ")
    return f"{(whole if blank else begun).rstrip(' ,;:.-')}…"
