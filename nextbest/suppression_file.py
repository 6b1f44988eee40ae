"""Reading a list of addresses that must not be mailed, as other systems export them. Pure.

One address or SHA-256 a line, or CSV with a header. Lines that are neither are told by their
number, never by what stands in them.
"""

import codecs
import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from runtime.mailbox import parse_address, parse_domain
from schemas.keys import address_hash
from senders.recipients.suppression import digest_of
from senders.recipients.suppression_lists import is_digest

_ADDRESS_HEADERS: Final = frozenset(
    {"address", "email", "e-mail", "email address", "email_address", "emailaddress", "mail"}
)
_HASH_HEADERS: Final = frozenset({"sha256", "hash", "address_hash", "email_sha256"})
_DELIMITERS: Final = ",;\t"
_QUOTED = re.compile(r'"((?:[^"\\\r\n]|\\[ -~])*)"@([^@]+)')
LONGEST: Final = 1_000
"""Characters of a line; a longer one is no list of addresses."""


@dataclass(slots=True)
class Listed:
    """What a file holds.

    Attributes:
        digests: The hashes of its addresses, each once, in their order.
        bad_lines: A text for each line that is neither address nor hash, without what is in it.
    """

    digests: dict[str, None] = field(default_factory=dict)
    bad_lines: list[str] = field(default_factory=list)


def decode_list(data: bytes) -> str:
    """A file's text: UTF-8, with or without its mark, or UTF-16 with it, as spreadsheets write."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8-sig", errors="replace")


def read_list(text: str) -> Listed:
    """Read a list, whatever is in it.

    Each line is read for itself, so that a stray quote spoils one line and not the rest.
    """
    found = Listed()
    # Not splitlines(), which also ends lines at signs that may stand in a cell.
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    header: _Header | None = None
    for number, line in _filled(lines):
        if header is None:
            header = _header(line)
            if header.named:
                continue
        cell = header.cell(line)
        digest = digest_of_entry(cell) if len(line) <= LONGEST else None
        if digest is None:
            found.bad_lines.append(f"line {number}: {_complaint(line, cell)}")
        else:
            found.digests[digest] = None
    return found


def digest_of_entry(text: str) -> str | None:
    """The hash that an entry of a list stands for; None where it is neither address nor hash.

    An address that plain SMTP can't carry, as one with a quoted local part, has its hash too: a
    bounce or a list may name it. Quotes around what needs none make no difference (RFC 5321,
    section 4.1.2).
    """
    text = text.strip().removeprefix("<").removesuffix(">").strip()
    if is_digest(text.lower()):
        return text.lower()
    if parse_address(text) is not None:
        return digest_of(text)
    quoted = _QUOTED.fullmatch(text)
    if quoted is None or len(text) > 254:
        return None
    domain = parse_domain(quoted[2])
    local = re.sub(r"\\(.)", r"\1", quoted[1])
    if domain is None or len(local) > 64:
        return None
    plain = parse_address(f"{local}@{domain}")
    return digest_of(plain.mailbox) if plain else address_hash(f'"{local}"@{domain}')


def _filled(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(lines, 1) if line.strip(" \t\ufeff\0"))


@dataclass(frozen=True, slots=True)
class _Header:
    """Where in a line the address stands.

    Attributes:
        named: Whether the first line is a header.
        column: Its column.
        delimiter: What separates columns; empty where lines are no CSV.
    """

    named: bool
    column: int
    delimiter: str

    def cell(self, line: str) -> str:
        whole = line.strip()
        if not self.named and digest_of_entry(whole) is not None:
            return whole
        delimiter = self.delimiter or next((sign for sign in _DELIMITERS if sign in line), ",")
        cells = _cells(line, delimiter)
        return cells[self.column] if self.column < len(cells) else ""


def _header(line: str) -> _Header:
    for delimiter in _DELIMITERS:
        names = [cell.strip().lower() for cell in _cells(line, delimiter)]
        for wanted in (_ADDRESS_HEADERS, _HASH_HEADERS):
            for column, name in enumerate(names):
                if name in wanted:
                    return _Header(True, column, delimiter)
    return _Header(False, 0, "")


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:
        return []


def _complaint(line: str, cell: str) -> str:
    if len(line) > LONGEST:
        return f"longer than {LONGEST} characters"
    if not cell.strip():
        return "there is nothing where the address should be"
    return "neither an address nor a SHA-256 in hex"
