"""Words in a header: as they are where they may be, else as encoded words (RFC 2047), folded.

Not the standard library's folding: it loses spaces between encoded words, and leaves what only
looks like an encoded word to be decoded by readers.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Final

LINE: Final = 78
"""Characters of a line, without its end (RFC 5322, section 2.1.1)."""
_ENCODED_LINE: Final = 76
_WORD: Final = 75
"""Most characters of a line with an encoded word, and of one (RFC 2047, section 2)."""
_FRAME: Final = len("=?utf-8?q??=")
_SAFE: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
"""What an encoded word within a name may hold as it is (section 5, rule 3)."""
_FOLDABLE: Final = re.compile(r"[!-~]{1,900}(?: [!-~]{1,900})*")


def header(name: str, value: str) -> str:
    """A header field whose value is words, with its end.

    Args:
        name: Its name.
        value: Without control characters.

    Raises:
        UnicodeEncodeError: It holds half of a surrogate pair.
    """
    if value.isascii() and "=?" not in value:
        if len(name) + len(value) + 2 <= LINE:
            return f"{name}: {value}\r\n"
        if _FOLDABLE.fullmatch(value):
            return _folded(f"{name}:", value) + "\r\n"
    return f"{name}: {encoded(value, len(name) + 2)}\r\n"


def encoded(value: str, before: int) -> str:
    """A text as encoded words, each on a line of its own.

    Args:
        value: The text.
        before: Characters of the first line that stand before it.

    Raises:
        UnicodeEncodeError: It holds half of a surrogate pair.
    """
    data = value.encode()
    letters = _q_length(data) <= (len(data) + 2) // 3 * 4
    words = _chunks(value, _ENCODED_LINE - before, letters=letters)
    return "\r\n ".join(
        f"=?utf-8?q?{_q(word)}?=" if letters else f"=?utf-8?b?{b64encode(word).decode()}?="
        for word in words
    )


def _folded(begin: str, value: str) -> str:
    lines = [begin]
    for word in value.split(" "):
        if len(lines[-1]) + 1 + len(word) > LINE and lines[-1] != begin:
            lines.append("")
        lines[-1] += f" {word}"
    return "\r\n".join(lines)


def _chunks(value: str, first: int, *, letters: bool) -> Iterator[bytes]:
    """Its bytes in pieces that fit into a word; no character is cut in two (section 5)."""
    room = min(first, _WORD) - _FRAME
    chunk, used = b"", 0
    for character in value:
        data = character.encode()
        cost = _q_length(data) if letters else len(data)
        if chunk and used + cost > (room if letters else room // 4 * 3):
            yield chunk
            chunk, used, room = b"", 0, _WORD - _FRAME
        chunk += data
        used += cost
    yield chunk


def _q(data: bytes) -> str:
    return "".join(
        chr(byte) if byte in _SAFE else "_" if byte == 0x20 else f"={byte:02X}" for byte in data
    )


def _q_length(data: bytes) -> int:
    return sum(1 if byte in _SAFE or byte == 0x20 else 3 for byte in data)
