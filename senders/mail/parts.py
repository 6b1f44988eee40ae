"""The parts of a mail's body, as bytes with lines ending in CRLF: 7bit where that is possible.

Every mail passes through here with tens of thousands of characters, so the common one is looked at
as a whole: templates are made ready at start (`senders.mail.sources`), and only what isn't so after
all is taken line by line.
"""

from binascii import b2a_qp
from typing import Final

LONGEST_LINE: Final = 998
"""RFC 5322, section 2.1.1, without the line's end."""
_PLAIN: Final = bytes([*b"\t\r\n", *range(32, 127)])
"""What may stand in a body as it is (RFC 2045, section 6.2, 7bit)."""


def text_part(text: str) -> bytes:
    """A part of plain text."""
    return _part("plain", text.encode())


def html_part(html: str) -> bytes:
    """A part of HTML, in ASCII: what isn't becomes character references, wherever those are read.

    They are not within <style>, so a mail whose styles hold more than ASCII is encoded as a whole.
    """
    if html.isascii() or not html[: html.rfind("</style>") + 1].isascii():
        return _part("html", html.encode())
    return _part("html", html.encode("ascii", "xmlcharrefreplace"))


def _part(kind: str, body: bytes) -> bytes:
    part = _ended(body)
    if part.isascii() and not part.translate(None, _PLAIN):
        long = _too_long(part)
        if long:
            # Between attributes, words and rules a line's end is as good as a space, or as nothing.
            part = _ended(b"\n".join(map(_broken, body.splitlines())))
            long = _too_long(part)
        if not long:
            return _head(kind, "7bit") + part
    # RFC 2045, section 6.7: keeps lines short and ASCII whatever they hold.
    return _head(kind, "quoted-printable") + b2a_qp(part, istext=True)


def _head(kind: str, encoding: str) -> bytes:
    return (
        f'Content-Type: text/{kind}; charset="utf-8"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode()


def _ended(body: bytes) -> bytes:
    """Its lines, each with its end."""
    if b"\r" in body:
        return b"\r\n".join(body.splitlines()) + b"\r\n"
    return body.replace(b"\n", b"\r\n") + (b"" if body.endswith(b"\n") else b"\r\n")


def _broken(line: bytes) -> bytes:
    """A line too long in several: at spaces behind attributes, and behind the rules of styles."""
    if len(line) <= LONGEST_LINE:
        return line
    before, opened, rest = line.partition(b"<style")
    rules, closed, after = rest.partition(b"</style>")
    words = (part.replace(b'" ', b'"\n') for part in (before, after))
    return b"".join((next(words), opened, rules.replace(b"}", b"}\n"), closed, next(words)))


def _too_long(body: bytes) -> bool:
    """Whether any of its lines is; looks at one line's end in a thousand bytes."""
    at, reach = 0, LONGEST_LINE + len(b"\r\n")
    while len(body) - at > reach:
        at = body.rfind(b"\n", at, at + reach) + 1
        if not at:
            return True
    return False
