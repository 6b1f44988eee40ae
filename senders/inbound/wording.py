"""The reason that a server's words stand for, by the patterns in `wordings.txt`."""

import re
from pathlib import Path
from typing import Final

from senders.inbound.patterns import read_groups

WORDINGS_FILE: Final = Path(__file__).with_name("wordings.txt")
MAX_TEXT: Final = 8_192
"""Characters of words that are looked at; servers' explanations are shorter."""
_BLANKS = re.compile(r"[ \t\r]+|\n[ \t]+")
_CURLY: Final = {0x2019: "'", 0x00AD: None}
"""Typographers' apostrophes, and soft hyphens."""
_WORDINGS: Final = [(name, re.compile(pattern)) for name, pattern in read_groups(WORDINGS_FILE)]


def reason_in(text: str) -> str:
    """The reason that a text stands for, or empty."""
    text = _BLANKS.sub(" ", text[:MAX_TEXT].lower().translate(_CURLY))
    for reason, pattern in _WORDINGS:
        if pattern.search(text):
            return reason
    return ""
