"""Mails in an mbox file (RFC 4155), or the one mail that a file is."""

import re
from collections.abc import Iterator
from typing import Final

MAX_BYTES: Final = 256 * 2**20
"""More of a file is not read."""
_SEPARATOR = re.compile(rb"(?:\A|\n\r?\n)From [^\n]{1,300}\d\d:\d\d[^\n]{0,60}\n")
"""A line that begins a mail: `From sender date`, at the start or after a blank line."""


def mails(data: bytes) -> Iterator[bytes]:
    """Each mail of a file; the file itself where it doesn't begin with a separator."""
    found = list(_SEPARATOR.finditer(data))
    if not found or found[0].start() != 0 or data[:1] == b"\n":
        yield data
        return
    ends = [separator.start() for separator in found[1:]]
    for separator, end in zip(found, [*ends, len(data)], strict=True):
        yield data[separator.end() : end]
