"""Groups of regular expressions in a text file, one a line, where Python code would be unreadable.

`[name]` begins a group; ` … ` stands for some words on the same line; `#` begins a comment. Every
repetition in these files is bounded, so that no text takes long.
"""

import re
from pathlib import Path
from typing import Final

_SOME_WORDS: Final = r"[^\n]{0,120}?"
_NAME = re.compile(r"\[([a-z_]+)\]")


def read_groups(path: Path) -> list[tuple[str, str]]:
    """Names and alternatives of a file's groups, in order."""
    groups: list[tuple[str, list[str]]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if (name := _NAME.fullmatch(line)) is not None:
            groups.append((name[1], []))
        elif line.strip() and not line.startswith("# "):
            groups[-1][1].append(line.replace(" … ", _SOME_WORDS))
    return [(name, "|".join(patterns)) for name, patterns in groups]


_SIGNS: Final = dict(read_groups(Path(__file__).with_name("signs.txt")))


def sign(name: str) -> "re.Pattern[str]":
    """The pattern of a group of `signs.txt`; upper and lower case are one."""
    return re.compile(_SIGNS[name], re.IGNORECASE | re.MULTILINE)
