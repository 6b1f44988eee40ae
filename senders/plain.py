"""Text from outside made fit to show: one line, of a reasonable length."""

import re

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    r"\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
"""Control, direction, zero-width and tag characters, and halves of surrogate pairs, which no
encoding can write."""
_READ = 16
"""Times the length shown that is looked at: a name of a megabyte costs no more than another."""


def clean(text: str, longest: int = 120) -> str:
    """The text in one line: control and direction characters become blanks, the rest is cut."""
    if len(text) <= longest and text.isprintable():
        return " ".join(text.split())  # nothing to replace, nothing to cut
    return " ".join(_CONTROL.sub(" ", text[: longest * _READ]).split())[:longest].rstrip()


def excerpt(text: str, longest: int) -> str:
    """How a text begins, in one line: cut after a whole word and marked where it goes on."""
    line = clean(text, longest * _READ)
    if len(line) <= longest:
        return line
    begun = line[: longest - 1]
    whole, blank, _ = begun.rpartition(" ")
    return f"{(whole if blank else begun).rstrip(' ,;:.-')}…"
