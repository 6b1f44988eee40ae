"""Finding mail addresses in what servers write, quoted and internationalised ones too."""

import re
from typing import Final

MAX_ADDRESS: Final = 254
"""Octets (RFC 5321, section 4.5.3.1.3, without the brackets)."""

_ATOM = r"[^\s<>()\[\],;:\"'`@\\\u3000-\u303f\uff00-\uffef]"
ADDRESS: Final = re.compile(
    rf"(?<![\w.+@-])((?:\"[^\"\s@]{{1,62}}\"|{_ATOM}{{1,64}})"
    r"@(?:[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}|\[[0-9A-Fa-fx.:IPv]{3,50}\]))"
)
"""An address within text. Every repetition is bounded, so that no text takes long."""

_XTEXT = re.compile(r"\+([0-9A-F]{2})")
_ROUTE = re.compile(r"^@[^:]{1,253}:")
_LABEL = re.compile(r"^(?:mailto:|dda:|smtp[=:]|imceaex-|rfc822[;:]?\s?)+", re.IGNORECASE)
"""What some put before an address, Exchange for instance."""
_TRAILING: Final = ".,;:!?-_"


def find_all(text: str) -> list[str]:
    """Every address in a text, tidied, in order, each once."""
    if "@" not in text:
        return []
    found = (tidy(match[1]) for match in ADDRESS.finditer(text))
    return list(dict.fromkeys(address for address in found if address))


def tidy(text: str) -> str:
    """An address as a field or a sentence holds it, without what is around it; empty if none.

    The domain is in lower case, and so is the local part: nobody of note tells two people apart by
    it, and servers change it on the way.
    """
    text = text.strip().strip("<>").strip()
    text = _ROUTE.sub("", text)
    text = _LABEL.sub("", text)
    text = text.strip("'`*").rstrip(_TRAILING).lower()
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or len(text) > MAX_ADDRESS or " " in domain:
        return ""
    if not (local[0] == local[-1] == '"') and re.search(r"[\s<>]", local):
        return ""
    return text


def of_field(value: str) -> str:
    """The address in a recipient field of a DSN: `rfc822; user@example.com` (RFC 3464, 2.3.2)."""
    kind, semicolon, rest = value.partition(";")
    if not semicolon:
        kind, rest = "", value
    rest = re.sub(r"\([^()]*\)", "", rest).strip()
    if kind.strip().lower() == "utf-8":
        rest = re.sub(r"\\x\{([0-9A-Fa-f]{2,6})\}", _unescape, rest)
    found = find_all(rest)
    if found:
        return found[0]
    # xtext (RFC 3461, section 4), which some leave in.
    return tidy(_XTEXT.sub(lambda hexed: chr(int(hexed[1], 16)), rest))


def _unescape(hexed: "re.Match[str]") -> str:
    number = int(hexed[1], 16)
    return chr(number) if number <= 0x10FFFF else ""
