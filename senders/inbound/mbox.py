"""Mails in an mbox file (RFC 4155), or the one mail that a file is."""

import re
from collections.abc import Iterator
from typing import Final

MAX_MAILS: Final = 100_000
_SEPARATOR = re.compile(rb"(?:\A|\n\r?\n)From [^\n]{1,300}\d\d:\d\d[^\n]{0,60}\n")
"""A line that begins a mail: `From sender date`, at the start or after a blank line."""


def mails(data: bytes) -> Iterator[bytes]:
    """Each mail of a file; the file itself where it has no separators."""
    starts = [found.end() for found in _SEPARATOR.finditer(data)][:MAX_MAILS]
    if not starts or starts[0] != data.find(b"\n") + 1:
        yield data
        return
    ends = [found.start() for found in _SEPARATOR.finditer(data)][1 : MAX_MAILS + 1]
    for begin, end in zip(starts, [*ends, len(data)], strict=False):
        yield data[begin:end]
